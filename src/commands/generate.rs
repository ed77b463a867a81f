//! `cgan-sweep generate RUN`: asks a trained generator for what one wants to see.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::exit::{Exit, Usage};
use super::target;
use crate::cli::GenerateArgs;
use crate::model::{Model, Purpose, Stream};
use crate::record::{RunPaths, png, write_weights, write_whole};
use crate::run::{Grid, NamedTensor};
use crate::score::SampleSource;
use crate::score::TrainedSampler;
use crate::spec::{DataSettings, Output};
use crate::text::{count, list};
use crate::train::byte;

/// A run's generator to be scored, with the data it was trained on.
pub(super) fn open(
    model: &dyn Model,
    run: &Path,
    epoch: Option<u64>,
) -> Result<(Box<dyn SampleSource>, DataSettings)> {
    let trained = TrainedSampler::open(model, &RunPaths::at(run), epoch)?;
    let data = trained.settings().data.clone();
    Ok((Box::new(trained), data))
}

/// What is asked of the generator.
struct Request {
    labels: Vec<u8>,
    z: Vec<f32>,
    /// Images beside each other in the picture.
    columns: usize,
}

/// Generates images and writes them; says on `out` what was written.
///
/// # Errors
/// If the run cannot be opened, the class does not exist, or the file cannot be written.
pub(super) fn run(model: &dyn Model, args: &GenerateArgs, out: &mut dyn Write) -> Result<Exit> {
    target::check(&args.out, &["png", "npy", "safetensors"], &[])?;
    let trained = TrainedSampler::open(model, &RunPaths::at(&args.run), None)?;
    let request = request(args, &trained)?;
    let images = trained.generate(&request.z, &request.labels);
    let write = match args.out.extension().and_then(|e| e.to_str()) {
        Some("npy") => as_array,
        Some("safetensors") => as_tensors,
        _ => as_picture,
    };
    write(&args.out, &trained, &request, images)?;
    let names = &trained.data().class_names;
    let of = match request.labels.first().and_then(|label| names.get(usize::from(*label))) {
        Some(name) if args.label.is_some() => format!(" of {name}"),
        _ => String::new(),
    };
    writeln!(out, "{}{of}: {}", count(request.labels.len(), "image"), args.out.display())?;
    if args.label.is_none() && !names.is_empty() {
        writeln!(out, "rows, from the top: {}", names.join(", "))?;
    }
    if let Some(weights) = trained.drawn_with() {
        writeln!(out, "drawn with {weights}")?;
    }
    Ok(Exit::Completed)
}

fn request(args: &GenerateArgs, trained: &TrainedSampler) -> Result<Request> {
    let classes = trained.data().classes;
    let (count, per_class) = (args.count as usize, args.per_class as usize);
    let (labels, each, columns): (Vec<u8>, usize, usize) = match &args.label {
        Some(class) => {
            let label = label(class, classes, &trained.data().class_names)?;
            (vec![label as u8; count], count, (count as f64).sqrt().ceil() as usize)
        }
        None => {
            let rows = (0..classes).flat_map(|class| vec![class as u8; per_class]);
            (rows.collect(), per_class, per_class)
        }
    };
    if args.interpolate && each < 2 {
        let why = "--interpolate goes from one noise to another: ask for at least 2 images";
        return Err(Usage(why.into()).into());
    }
    // Each class gets the same noises, so a column of the picture differs in its label alone.
    let stream = Stream::new(args.seed);
    let z = if args.interpolate {
        let ends = trained.noise(stream, Purpose::Generate, 2);
        let (from, to) = ends.split_at(ends.len() / 2);
        line(from, to, each)
    } else {
        trained.noise(stream, Purpose::Generate, each)
    };
    Ok(Request { z: z.repeat(labels.len() / each), labels, columns })
}

/// The label of a class that is named by its label or by its name, or by a part of the name that no
/// other class has.
fn label(class: &str, classes: usize, names: &[String]) -> Result<usize, Usage> {
    // A name may be a digit too, such as that of EMNIST's `7`: there both are the same.
    if let Ok(label) = class.parse::<i64>() {
        let last = classes - 1;
        return usize::try_from(label).ok().filter(|label| *label < classes).ok_or_else(|| {
            Usage(format!("label {label} is none of this generator's classes: 0 to {last}"))
        });
    }
    let lower = class.to_lowercase();
    let is: [&dyn Fn(&str) -> bool; 3] =
        [&|name| name == class, &|name| name.to_lowercase() == lower, &|name| {
            name.to_lowercase().contains(&lower)
        }];
    for is in is {
        let found: Vec<usize> = (0..names.len()).filter(|&i| is(&names[i])).collect();
        match found[..] {
            [] => {}
            [label] => return Ok(label),
            _ => {
                let found: Vec<String> = found.iter().map(|&i| names[i].clone()).collect();
                return Err(Usage(format!("`{class}` may be {}", list(&found))));
            }
        }
    }
    Err(Usage(if names.is_empty() {
        format!(
            "`{class}` is no label, and this generator's classes have no names: 0 to {}",
            classes - 1
        )
    } else {
        format!("`{class}` is none of this generator's classes: {}", list(names))
    }))
}

/// `n` points from `a` to `b`, at least two, row-major.
fn line(a: &[f32], b: &[f32], n: usize) -> Vec<f32> {
    let share = |i: usize| i as f32 / (n - 1) as f32;
    (0..n).flat_map(|i| a.iter().zip(b).map(move |(a, b)| a + (b - a) * share(i))).collect()
}

fn as_picture(
    path: &Path,
    trained: &TrainedSampler,
    request: &Request,
    images: Vec<f32>,
) -> Result<()> {
    let data = trained.data();
    let pixels: Vec<u8> = images.iter().map(|v| byte(*v, trained.output())).collect();
    let grid = Grid::tiled(&pixels, data.height, data.width, request.columns);
    Ok(write_whole(path, &png(&grid)?)?)
}

fn as_array(
    path: &Path,
    trained: &TrainedSampler,
    request: &Request,
    images: Vec<f32>,
) -> Result<()> {
    use npyz::WriterBuilder;
    let data = trained.data();
    let shape = [request.labels.len(), data.height, data.width].map(|n| n as u64);
    let mut bytes = Vec::new();
    let mut array = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&shape)
        .writer(&mut bytes)
        .begin_nd()
        .context("cannot lay out the array")?;
    array.extend(unit_range(trained.output(), images))?;
    array.finish()?;
    Ok(write_whole(path, &bytes)?)
}

fn as_tensors(
    path: &Path,
    trained: &TrainedSampler,
    request: &Request,
    images: Vec<f32>,
) -> Result<()> {
    let data = trained.data();
    let n = request.labels.len();
    let tensor = |name: &str, shape: Vec<usize>, values: Vec<f32>| NamedTensor {
        name: name.into(),
        shape,
        values: values.into(),
    };
    let labels = request.labels.iter().map(|label| f32::from(*label)).collect();
    let length = request.z.len() / n.max(1);
    write_weights(
        path,
        &[
            tensor(
                "images",
                vec![n, data.height, data.width],
                unit_range(trained.output(), images),
            ),
            tensor("labels", vec![n], labels),
            tensor("noise", vec![n, length], request.z.clone()),
        ],
    )?;
    Ok(())
}

/// Pixels in [0, 1], whatever the output function.
fn unit_range(output: Output, mut images: Vec<f32>) -> Vec<f32> {
    if output == Output::Tanh {
        images.iter_mut().for_each(|v| *v = (*v + 1.0) / 2.0);
    }
    images
}
