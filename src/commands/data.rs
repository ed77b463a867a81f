//! `data list`, `data show`, `data convert`: what images there are, what a set holds, and a set as
//! IDX files.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::exit::{Exit, Usage};
use crate::cli::{DataAction, DataArgs};
use crate::data::{DataSet, Images, well_known};
use crate::record::{png, write_whole};
use crate::run::{Grid, weakness};
use crate::score::{Reference, conditional};
use crate::text::grouped;

/// Images of each class on a contact sheet.
const ACROSS: usize = 20;

/// Carries out what is asked of images.
///
/// # Errors
/// If they cannot be read, or a file not be written.
pub(super) fn run(args: &DataArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.action {
        DataAction::List => list(out)?,
        DataAction::Show { images, sheet, scorer, scorers } => {
            let data = DataSet::load(&images.settings())?;
            show(&data, out)?;
            if let Some(path) = sheet {
                write_whole(path, &png(&contact_sheet(&data))?)?;
                writeln!(out, "contact sheet: {}, a row a class", path.display())?;
            }
            if *scorer {
                show_scorer(&data, scorers, out)?;
            }
        }
        DataAction::Convert { images, out: dir, spread } => {
            let data = DataSet::load(&images.settings())?;
            let data = if *spread {
                Arc::unwrap_or_clone(data).spread()
            } else {
                Arc::unwrap_or_clone(data)
            };
            convert(&data, dir, out)?;
        }
    }
    Ok(Exit::Completed)
}

fn list(out: &mut dyn Write) -> Result<()> {
    for set in well_known() {
        let place = match set.dir {
            Some(dir) => dir.display().to_string(),
            None if set.name == "mnist" => "inside the program".to_owned(),
            None => format!("not here; {}", set.fetch),
        };
        writeln!(out, "{:<15} {:<15} {place}", set.name, set.title)?;
    }
    Ok(())
}

fn show(data: &DataSet, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}", data.name)?;
    writeln!(out, "  found    {}", data.info.found)?;
    writeln!(out, "  licence  {}", data.info.licence.as_deref().unwrap_or("not known"))?;
    writeln!(out, "  hash     {}", data.hash)?;
    writeln!(out, "  train    {}", part(&data.train))?;
    match &data.test {
        Some(test) => writeln!(out, "  test     {}", part(test))?,
        None => writeln!(
            out,
            "  test     none: {} of the train images are held out to be reported on",
            grouped(data.held_out() as u128)
        )?,
    }
    let (train, test) = (counts(&data.train, data.classes), data.test.as_ref());
    let test = test.map(|test| counts(test, data.classes));
    let names = &data.info.class_names;
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    let heading = if names.is_empty() { "" } else { "name" };
    write!(out, "\n  class  {heading:<width$}    train")?;
    writeln!(out, "{}", if test.is_some() { "     test" } else { "" })?;
    for class in 0..data.classes {
        let name = names.get(class).map_or("", String::as_str);
        write!(out, "  {class:>5}  {name:<width$} {:>8}", grouped(train[class]))?;
        if let Some(test) = &test {
            write!(out, " {:>8}", grouped(test[class]))?;
        }
        let empty = if train[class] == 0 { "  no train image" } else { "" };
        writeln!(out, "{empty}")?;
    }
    for remark in &data.info.remarks {
        writeln!(out, "note: {remark}")?;
    }
    if train[0] == 0 {
        writeln!(
            out,
            "note: no image has the label 0: if labels were meant to begin at 1, take 1 from each"
        )?;
    }
    Ok(())
}

/// `60,000 images of 28 x 28, greys from 0 to 255`.
fn part(images: &Images) -> String {
    let range = images.pixels.iter().fold((u8::MAX, u8::MIN), |(a, b), &p| (a.min(p), b.max(p)));
    format!(
        "{} images of {} x {}, greys from {} to {}",
        grouped(images.len() as u128),
        images.height,
        images.width,
        range.0,
        range.1
    )
}

/// Images of each class.
fn counts(images: &Images, classes: usize) -> Vec<u128> {
    let mut counts = vec![0; classes];
    images.labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    counts
}

/// The first images of each class, a row a class; where a class has fewer, the rest is black.
fn contact_sheet(data: &DataSet) -> Grid {
    let Images { pixels, labels, height, width } = &data.train;
    let each = height * width;
    let mut tiles = vec![0; data.classes * ACROSS * each];
    let mut seen = vec![0; data.classes];
    for (image, &label) in pixels.chunks_exact(each).zip(labels) {
        let class = usize::from(label);
        if seen[class] < ACROSS {
            let start = (class * ACROSS + seen[class]) * each;
            tiles[start..start + each].copy_from_slice(image);
            seen[class] += 1;
        }
    }
    Grid::tiled(&tiles, *height, *width, ACROSS)
}

fn show_scorer(data: &Arc<DataSet>, scorers: &Path, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "scorer …")?;
    out.flush()?;
    let scorer = super::scorer::of(data, scorers)?;
    let about = scorer.about();
    writeln!(
        out,
        "  sha256 {}, trained on {}\n  accuracy {:.4} on {}",
        scorer.hash(),
        about.trained_on,
        about.accuracy,
        about.measured_on
    )?;
    let accuracy = about.accuracy;
    let reference = Reference::new(Arc::new(scorer), Arc::clone(data))?;
    let real = reference.report_images();
    let seen = reference.scorer().embed(&real.unit());
    if let Ok(seen) = conditional(&seen.logits, real.labels, data.classes) {
        for (class, accuracy) in seen.per_class.iter().enumerate() {
            let name = data.info.class_names.get(class).map_or("", String::as_str);
            let accuracy = accuracy.map_or("-".to_owned(), |a| format!("{a:.4}"));
            writeln!(out, "  {class:>5}  {accuracy}  {name}")?;
        }
    }
    match weakness(accuracy, real.labels.len(), data.classes) {
        Some(why) => {
            writeln!(out, "note: a weak scorer: {why}; every score that hangs on it is marked †")?
        }
        None => writeln!(out, "good enough that scores are not marked")?,
    }
    Ok(())
}

fn convert(data: &DataSet, dir: &Path, out: &mut dyn Write) -> Result<()> {
    let cannot = || format!("cannot write to {}", dir.display());
    std::fs::create_dir_all(dir).with_context(cannot)?;
    if std::fs::read_dir(dir).with_context(cannot)?.next().is_some() {
        return Err(Usage(format!("{} is not empty: name another folder", dir.display())).into());
    }
    for (name, bytes) in data.idx_files() {
        let path = dir.join(name);
        write_whole(&path, &bytes)?;
        writeln!(out, "{}: {} bytes", path.display(), grouped(bytes.len() as u128))?;
    }
    writeln!(out, "hash {}", data.hash)?;
    Ok(())
}
