//! Images to score, checked before anything is computed from them.

use crate::error::Result;
use crate::model::Stream;
use crate::spec::Output;

/// How far outside [0, 1] a pixel may lie: the rounding of a change of scale.
const SLACK: f32 = 1e-5;

/// Labelled images in [0, 1], all finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    pixels: Vec<f32>,
    labels: Vec<u8>,
}

/// Why images cannot be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SampleProblem {
    /// Nothing to score.
    #[error("there are no images")]
    Empty,
    /// Pixels and labels do not belong together.
    #[error(
        "{pixels} pixels are not {labels} images of {each} pixels: one image a label is needed"
    )]
    Count {
        /// Numbers given.
        pixels: usize,
        /// Labels given.
        labels: usize,
        /// Pixels of an image of the data set.
        each: usize,
    },
    /// A label that the data set does not have.
    #[error("image {image} has label {label}, but the classes are 0 to {}", .classes - 1)]
    Label {
        /// Image, from 0.
        image: usize,
        /// Its label.
        label: i64,
        /// Classes of the data set.
        classes: usize,
    },
    /// A pixel that is no number, or not in the range.
    #[error("image {image} has a pixel that is {value}: pixels lie in {range}")]
    Pixel {
        /// Image, from 0.
        image: usize,
        /// The pixel.
        value: f32,
        /// Where it should lie.
        range: &'static str,
    },
}

/// The range of the pixels as they are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelRange {
    /// [0, 1]
    Unit,
    /// [-1, 1], as tanh gives
    Signed,
}

impl From<SampleProblem> for crate::error::Error {
    fn from(source: SampleProblem) -> Self {
        Self::other(source)
    }
}

impl From<Output> for PixelRange {
    fn from(output: Output) -> Self {
        match output {
            Output::Tanh => Self::Signed,
            Output::Sigmoid => Self::Unit,
        }
    }
}

impl Samples {
    /// Images in `range`, `labels.len() × each`, one after the other.
    ///
    /// # Errors
    /// If counts differ, a label is not below `classes`, or a pixel is not in the range.
    pub fn new(
        mut pixels: Vec<f32>,
        range: PixelRange,
        labels: Vec<u8>,
        each: usize,
        classes: usize,
    ) -> Result<Self, SampleProblem> {
        if labels.is_empty() {
            return Err(SampleProblem::Empty);
        }
        if each == 0 || labels.len().checked_mul(each) != Some(pixels.len()) {
            let (pixels, labels) = (pixels.len(), labels.len());
            return Err(SampleProblem::Count { pixels, labels, each });
        }
        if let Some(image) = labels.iter().position(|&l| usize::from(l) >= classes) {
            let label = labels[image].into();
            return Err(SampleProblem::Label { image, label, classes });
        }
        let (low, name) = match range {
            PixelRange::Unit => (0.0, "[0, 1]"),
            PixelRange::Signed => (-1.0, "[-1, 1]"),
        };
        // NaN lies in no range.
        let inside = low - SLACK..=1.0 + SLACK;
        if let Some(at) = pixels.iter().position(|x| !inside.contains(x)) {
            let (image, value) = (at / each, pixels[at]);
            return Err(SampleProblem::Pixel { image, value, range: name });
        }
        for pixel in &mut pixels {
            *pixel = ((*pixel - low) / (1.0 - low)).clamp(0.0, 1.0);
        }
        Ok(Self { pixels, labels })
    }

    /// The labels alone.
    pub(super) fn into_labels(self) -> Vec<u8> {
        self.labels
    }

    /// Pixels in [0, 1].
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// One label an image.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }
}

/// Labels for the fast scores of an epoch: 1,000, classes in turn.
pub(crate) fn fast_labels(classes: usize) -> Vec<u8> {
    (0..1_000).map(|i| (i % classes) as u8).collect()
}

/// Something that makes images for labels: a trained generator, dropout off.
pub trait SampleSource {
    /// One image a label, `labels.len() × pixels` row-major, with the range of its pixels. All
    /// noise comes from `stream`, so every variant is asked with the same z.
    ///
    /// # Errors
    /// If its weights cannot be read or do not fit.
    fn sample(&mut self, labels: &[u8], stream: Stream) -> Result<(Vec<f32>, PixelRange)>;

    /// Which weights its images are drawn with, where it has several sets of them.
    fn drawn_with(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(pixels: &[f32], range: PixelRange, labels: &[u8]) -> Result<Samples, SampleProblem> {
        Samples::new(pixels.to_vec(), range, labels.to_vec(), 2, 3)
    }

    #[test]
    fn signed_pixels_become_unit_ones() {
        let got = new(&[-1.0, 0.0, 1.0, 0.5], PixelRange::Signed, &[0, 2]).unwrap();
        assert_eq!(got.pixels(), [0.0, 0.5, 1.0, 0.75]);
    }

    #[test]
    fn every_problem_says_what_it_is() {
        use PixelRange::{Signed, Unit};
        let problems = [
            new(&[], Unit, &[]),
            new(&[0.0; 3], Unit, &[0, 1]),
            new(&[0.0; 4], Unit, &[0, 3]),
            new(&[0.0, 0.0, 0.0, f32::NAN], Unit, &[0, 1]),
            new(&[0.0, -0.5, 0.0, 0.0], Unit, &[0, 1]),
            new(&[0.0, -1.5, 0.0, 0.0], Signed, &[0, 1]),
            new(&[0.0, 0.0, f32::INFINITY, 0.0], Signed, &[0, 1]),
        ];
        let lines: Vec<String> = problems.into_iter().map(|p| p.unwrap_err().to_string()).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
