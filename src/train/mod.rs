//! One run, from the first step to its outcome.

mod metrics;
mod outcome;
mod version;

pub use metrics::{Direction, EPOCH_METRICS, EpochMetrics, Metric, StepMetrics};
pub use outcome::{Outcome, OutcomeKind};
pub use version::TRAINER_VERSION;
