//! Events: plain values between the trainer, which emits them, and the recorders.

use super::checkpoint::Checkpoint;
use super::grid::Grid;
use super::metric::{EpochMetrics, Numbers};
use super::outcome::Outcome;
use super::scores::Scores;
use super::tensor::NamedTensor;
use crate::error::Result;

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
        metrics: &'a Numbers,
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

/// Someone who writes events down.
///
/// # Errors
/// An error ends the run as failed: a record that cannot be written is not passed over.
pub trait Recorder {
    /// Takes the next event of the run.
    fn record(&mut self, event: &Event<'_>) -> Result<()>;

    /// Why the run is to stop here by its own rule, if what was recorded of it says so; asked at the
    /// end of each epoch.
    ///
    /// # Errors
    /// If what was recorded cannot be read.
    fn condemned(&mut self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Whether a checkpoint is due by the clock, outside the epochs it is due at anyway.
    fn wants_checkpoint(&mut self) -> bool {
        false
    }
}
