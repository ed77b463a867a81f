//! Sample grids for a page: thinned over epochs, cropped and reduced until they fit a budget.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::curves;
use super::format::count;
use super::load::{RunData, Sweep};
use super::markdown::representative;
use crate::record::gif_frames;
use crate::text::evenly;

/// Bytes of all pictures of a page together, as they stand in it.
const BUDGET: usize = 1_700_000;
/// Epochs shown at most.
const EPOCHS: usize = 24;
/// Pictures shown at most, over all variants and epochs.
const FRAMES: usize = 160;
/// Grids have this many fixed noises; half of them are shown.
const NOISES: u32 = 20;
/// Longest side of a shown picture, pixels; larger ones are shown smaller.
const LARGEST: u32 = 4096;
/// Pixels that are read for a page, about: with large pictures, fewer epochs are shown.
const WORK: u64 = 1 << 30;

/// Said where runs have no GIF.
const NO_GIF: &str = " There is no samples.gif: the pictures are too large for one.";

/// The pictures of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Gallery {
    /// Epochs done at each position of the slider.
    pub(super) epochs: Vec<u64>,
    /// One a variant.
    pub(super) rows: Vec<Row>,
    /// What was left out or reduced, in words.
    pub(super) note: String,
}

/// The pictures of one variant.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Index of the variant.
    pub(super) variant: usize,
    /// Seed of the run that is shown.
    pub(super) seed: u64,
    /// Width of a picture, pixels.
    pub(super) width: u32,
    /// Height of a picture, pixels.
    pub(super) height: u32,
    /// Epochs done and the picture as a data URI, one a position of the slider.
    pub(super) frames: Vec<(u64, String)>,
}

/// Chooses and reads the pictures of the variants that are drawn.
pub(super) fn gallery(sweep: &Sweep) -> Gallery {
    let shown: Vec<(&RunData, u64)> =
        curves::drawn(sweep).into_iter().filter_map(|v| representative(sweep, v)).collect();
    let Some(longest) = shown.iter().map(|(run, _)| run).max_by_key(|r| r.samples.len()) else {
        return Gallery::default();
    };
    let largest = shown.iter().filter_map(|(run, epoch)| {
        let file = sweep.paths.run(&run.record.variant, run.record.seed).samples(*epoch);
        let (width, height) = image::image_dimensions(file).ok()?;
        let no_gif = gif_frames(width, height) == 0;
        Some((u64::from(width) * u64::from(height), width.max(height), no_gif))
    });
    let (pixels, side, no_gif) = largest.max().unwrap_or((1, 1, false));
    let affordable = (WORK / pixels.max(1)) as usize / shown.len();
    let mut limit = EPOCHS.min(FRAMES / shown.len()).min(affordable).max(1);
    let mut shrink = side.div_ceil(LARGEST).max(1);
    let mut read = Cache::new();
    loop {
        let chosen = evenly(longest.samples.len(), limit);
        let epochs: Vec<u64> = chosen.into_iter().map(|i| longest.samples[i]).collect();
        let rows: Vec<Row> = shown
            .iter()
            .filter_map(|(run, _)| row(sweep, run, &epochs, shrink, &mut read))
            .collect();
        let size: usize = rows.iter().flat_map(|r| &r.frames).map(|f| f.1.len()).sum();
        if size <= BUDGET {
            let note =
                note(sweep, &rows, shown.len(), (epochs.len(), longest.samples.len()), shrink);
            let note = if no_gif { note + NO_GIF } else { note };
            return Gallery { epochs, rows, note };
        }
        // Fewer epochs, and when one is left, smaller pictures: at last of one pixel, which fit.
        if limit > 1 {
            limit = (limit * BUDGET / size).clamp(1, limit - 1);
        } else {
            shrink *= 2;
            read.clear();
        }
    }
}

fn note(
    sweep: &Sweep,
    rows: &[Row],
    shown: usize,
    (epochs, all): (usize, usize),
    shrink: u32,
) -> String {
    let mut parts = vec!["The first 10 noises of each class, in 16 greys".to_owned()];
    if shrink > 1 {
        parts.push(format!("too large for this page, so shown at 1/{shrink} of their size"));
    }
    if epochs < all {
        parts.push(format!("{epochs} of {}", count(all, "epoch")));
    }
    let variants = sweep.manifest.variants.len();
    if rows.len() < variants {
        parts.push(format!("{} of {}", rows.len(), count(variants, "variant")));
    }
    if rows.len() < shown {
        let lost = count(shown - rows.len(), "variant");
        parts.push(format!("the pictures of {lost} cannot be read"));
    }
    format!("{}. Every picture lies in the samples folder of its run.", parts.join("; "))
}

/// Reduced pictures by variant and epochs done; `None` for one that cannot be read.
type Cache = BTreeMap<(usize, u64), Option<Picture>>;

/// A reduced picture.
struct Picture {
    png: Vec<u8>,
    width: u32,
    height: u32,
}

fn row(sweep: &Sweep, run: &RunData, epochs: &[u64], shrink: u32, read: &mut Cache) -> Option<Row> {
    let paths = sweep.paths.run(&run.record.variant, run.record.seed);
    let mut row = Row {
        variant: run.variant,
        seed: run.record.seed,
        width: 0,
        height: 0,
        frames: Vec::new(),
    };
    for epoch in epochs {
        // A run that stopped early stays at its last picture.
        let there = *run.samples.iter().rev().find(|e| *e <= epoch).or(run.samples.first())?;
        let picture = read
            .entry((run.variant, there))
            .or_insert_with(|| reduce(&fs::read(paths.samples(there)).ok()?, shrink));
        let picture = picture.as_ref()?;
        (row.width, row.height) = (picture.width, picture.height);
        let uri = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&picture.png));
        row.frames.push((there, uri));
    }
    Some(row)
}

/// The left half of a grid as a PNG of 16 greys, each pixel the mean of `shrink × shrink` of them;
/// `None` if it is no such picture.
fn reduce(bytes: &[u8], shrink: u32) -> Option<Picture> {
    let mut reader = image::ImageReader::new(Cursor::new(bytes));
    reader.set_format(image::ImageFormat::Png);
    let picture = reader.decode().ok()?.into_luma8();
    let (full, down) = picture.dimensions();
    let across = if full % NOISES == 0 { full / 2 } else { full };
    let (width, height) = (across.div_ceil(shrink), down.div_ceil(shrink));
    let grey = |x: u32, y: u32| {
        let xs = x * shrink..across.min((x + 1) * shrink);
        let ys = y * shrink..down.min((y + 1) * shrink);
        let n = xs.len() as u64 * ys.len() as u64;
        let cell = ys.flat_map(|y| xs.clone().map(move |x| (x, y)));
        let sum: u64 = cell.map(|(x, y)| u64::from(picture.get_pixel(x, y).0[0])).sum();
        // Beyond the last column there is nothing: black.
        (2 * 15 * sum + 255 * n).checked_div(2 * 255 * n).unwrap_or(0)
    };
    let mut packed = Vec::with_capacity((width.div_ceil(2) as usize) * height as usize);
    for y in 0..height {
        for x in (0..width).step_by(2) {
            packed.push((grey(x, y) << 4 | grey(x + 1, y)) as u8);
        }
    }
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_compression(png::Compression::High);
    // Filters work on bytes; two pixels a byte compress best without.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().ok()?.write_image_data(&packed).ok()?;
    Some(Picture { png, width, height })
}
