//! One run, from the first step to its outcome.

mod checkpoint;
mod judge;
mod metrics;
mod outcome;
mod run;
mod samples;
mod totals;
mod trained;

pub use checkpoint::Checkpoint;
pub use judge::{Judge, StopFlag};
pub use metrics::{Direction, EPOCH_METRICS, EPOCH_SCORES, EpochMetrics, Metric, StepMetrics};
pub use outcome::{Outcome, OutcomeKind};
pub use run::{parameters, train};
pub use samples::byte;
pub use totals::EpochTotals;
pub use trained::TrainedGenerator;
