//! One run, from the first step to its outcome.

mod metrics;
mod outcome;

pub use metrics::{Direction, EPOCH_METRICS, EpochMetrics, Metric, StepMetrics};
pub use outcome::{Outcome, OutcomeKind};
