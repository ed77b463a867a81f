//! How a run ended.

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// Trained to its last step.
    Completed,
    /// A loss, gradient or parameter stopped being finite: a result, not an accident.
    Diverged,
    /// An error or a panic; see the reason.
    Failed,
    /// Ended before its last step by its own rule, `train.stop_on`: a result.
    Stopped,
    /// Stopped from outside before its end.
    Interrupted,
}

/// The last word of a run: written last and atomically to `outcome.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub kind: OutcomeKind,
    /// Generator updates done.
    pub steps: u64,
    /// Epochs finished.
    pub epochs: u64,
    /// Why it did not complete; empty if it did. For a diverged run: step and tensor; for one
    /// that its rule stopped: the light and since when it was red.
    pub reason: String,
}
