//! Arrays from numpy's `.npy` files.

use std::fs;
use std::path::Path;

use super::{PixelRange, SampleProblem, Samples};
use crate::error::{Context, Error, Result, bail, ensure};
use crate::files::Array;

/// Labelled images from two files: `images` of shape `[n, height·width]`, `[n, height, width]` or
/// `[n, 1, height, width]`, float in `range` or uint8 from 0 to 255; `labels` of shape `[n]` or
/// `[n, 1]`, any integer type.
///
/// # Errors
/// If a file cannot be read, has another shape or type, or holds what cannot be scored.
pub fn read_samples(
    images: &Path,
    labels: &Path,
    range: PixelRange,
    (height, width): (usize, usize),
    classes: usize,
) -> Result<Samples> {
    let (pixels, range) =
        read_images(images, range, height, width).with_context(|| images.display().to_string())?;
    let labels_read = read_labels(labels, classes).with_context(|| labels.display().to_string())?;
    let each = height * width;
    ensure!(
        pixels.len() == labels_read.len() * each,
        "{} has {} images, but {} has {} labels",
        images.display(),
        pixels.len() / each,
        labels.display(),
        labels_read.len()
    );
    Samples::new(pixels, range, labels_read, each, classes)
        .map_err(|problem| match problem {
            SampleProblem::Pixel { value: -1.0..0.0, .. } => {
                Error::invalid(format!("{problem}; for pixels in [-1, 1] say --range signed"))
            }
            SampleProblem::Pixel { value: 1.0..=255.0, .. } => {
                Error::invalid(format!("{problem}; divide by 255, or save uint8"))
            }
            problem => problem.into(),
        })
        .with_context(|| images.display().to_string())
}

fn read_images(
    path: &Path,
    range: PixelRange,
    height: usize,
    width: usize,
) -> Result<(Vec<f32>, PixelRange)> {
    let array = Array::parse(&fs::read(path)?)?;
    let [h, w] = [height as u64, width as u64];
    let fits = match array.shape() {
        [_, pixels] => *pixels == h * w,
        [_, rows, columns] | [_, 1, rows, columns] | [_, rows, columns, 1] => {
            [*rows, *columns] == [h, w]
        }
        _ => false,
    };
    ensure!(
        fits,
        "the shape is {:?}; needed is [n, {}] or [n, {height}, {width}]",
        array.shape(),
        h * w
    );
    match array.kind() {
        "f4" => Ok((array.values::<f32>()?, range)),
        "f8" => Ok((array.values::<f64>()?.into_iter().map(|x| x as f32).collect(), range)),
        "u1" => {
            let bytes = array.values::<u8>()?;
            Ok((bytes.into_iter().map(|x| f32::from(x) / 255.0).collect(), PixelRange::Unit))
        }
        _ => bail!("the type is {}; needed is float32, float64 or uint8", array.descr()),
    }
}

fn read_labels(path: &Path, classes: usize) -> Result<Vec<u8>> {
    let array = Array::parse(&fs::read(path)?)?;
    ensure!(
        matches!(array.shape(), [_] | [_, 1]),
        "the shape is {:?}; needed is [n]",
        array.shape()
    );
    let wide = array.integers()?;
    wide.iter()
        .enumerate()
        .map(|(image, &label)| {
            u8::try_from(label)
                .ok()
                .filter(|&l| usize::from(l) < classes)
                .ok_or_else(|| SampleProblem::Label { image, label, classes }.into())
        })
        .collect()
}
