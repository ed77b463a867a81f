//! Who evaluates the networks of a run from outside.

use std::sync::atomic::AtomicBool;

use crate::error::Result;
use crate::model::Network;
use crate::run::{Numbers, Scores};

/// Set from outside to ask a run to stop after its current step.
pub type StopFlag = AtomicBool;

/// Judges the network of a run, in evaluation mode. Nothing flows back: it sees it only, and what
/// it draws comes from streams of its own, so a run trains to the same bits without it.
pub trait Evaluator {
    /// After an epoch: adds what it knows of [`EPOCH_SCORES`](crate::run::EPOCH_SCORES) and of the
    /// network's probes, if epochs are judged.
    fn epoch(&mut self, network: &dyn Network, numbers: &mut Numbers);

    /// After the last step and its records: all scores, if they are wanted and done before `stop` is set.
    /// The training of the network may be ended for it.
    ///
    /// # Errors
    /// Of the machine alone: a network that is bad has scores, or scores that say why there is no
    /// number.
    fn end(&mut self, network: &mut dyn Network, stop: &StopFlag) -> Result<Option<Scores>>;
}
