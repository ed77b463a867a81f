//! Events: plain values between the trainer, which emits them, and the recorders.

use std::borrow::Cow;

use crate::score::Scores;
use crate::train::{Checkpoint, EpochMetrics, Outcome, StepMetrics};

/// One thing that happened in a run.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// Training begins, or begins again after `epochs_done` epochs.
    Started {
        /// Epochs that an earlier attempt finished; 0 for a new run.
        epochs_done: u64,
        /// Epochs the run will have at its end.
        epochs: u64,
        /// Steps the run will have at its end.
        steps: u64,
    },
    /// A generator update was made.
    Step {
        /// Epoch, from 0.
        epoch: u64,
        /// Generator updates so far, this one included: from 1.
        step: u64,
        /// Its metrics.
        metrics: StepMetrics,
    },
    /// An epoch ended.
    Epoch(&'a EpochMetrics),
    /// The sample grid was drawn at the end of an epoch.
    Samples {
        /// Epoch, from 0.
        epoch: u64,
        /// Generator updates so far.
        step: u64,
        /// The pictures.
        grid: &'a Grid,
    },
    /// Weights are due to be kept, at the end of an epoch.
    Weights {
        /// Epoch, from 0.
        epoch: u64,
        /// Whether these are the run's last ones.
        last: bool,
        /// Both networks' tensors, in a fixed order.
        tensors: &'a [NamedTensor<'a>],
    },
    /// The run can be resumed from here; comes after all that happened up to here.
    Checkpoint(&'a Checkpoint<'a>),
    /// The scores of a run that completed.
    Scores(&'a Scores),
    /// The run ended. The last event.
    Finished(&'a Outcome),
}

/// A grid of generated images: rows are classes, columns are fixed noises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Classes.
    pub rows: usize,
    /// Noises.
    pub columns: usize,
    /// Pixels down of one image.
    pub image_height: usize,
    /// Pixels across of one image.
    pub image_width: usize,
    /// The whole picture, row-major, `rows·image_height × columns·image_width`, 0 is black.
    pub pixels: Vec<u8>,
}

impl Grid {
    /// Images (`height × width` bytes each, one after the other) set side by side in `columns`
    /// columns, row after row; what is left of the last row is black.
    pub fn tiled(images: &[u8], height: usize, width: usize, columns: usize) -> Self {
        let rows = (images.len() / (height * width)).div_ceil(columns);
        let line = columns * width;
        let mut pixels = vec![0; rows * height * line];
        for (i, image) in images.chunks_exact(height * width).enumerate() {
            let (row, column) = (i / columns, i % columns);
            for (y, from) in image.chunks_exact(width).enumerate() {
                let start = (row * height + y) * line + column * width;
                pixels[start..start + width].copy_from_slice(from);
            }
        }
        Self { rows, columns, image_height: height, image_width: width, pixels }
    }
}

/// A tensor with its name, shape and row-major values: its own, or those of a network that is being
/// trained, of which no copy is needed to write them down.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor<'a> {
    /// Such as `generator.joint0.weight`.
    pub name: String,
    /// Its lengths, outermost first.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Cow<'a, [f32]>,
}

/// Someone who writes events down.
///
/// # Errors
/// An error ends the run as failed: a record that cannot be written is not passed over.
pub trait Recorder {
    /// Takes the next event of the run.
    fn record(&mut self, event: &Event<'_>) -> anyhow::Result<()>;

    /// Whether a checkpoint is due by the clock, outside the epochs it is due at anyway.
    fn wants_checkpoint(&mut self) -> bool {
        false
    }
}
