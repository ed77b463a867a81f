//! What the commands that train have in common.

use std::time::Duration;

use crate::cli::TrainingArgs;

/// Where scorers of other data than MNIST are kept, under the folder of the sweeps.
pub(super) const SCORERS: &str = ".scorers";

/// The time of a `--checkpoint-minutes`; none for 0.
pub(super) fn checkpoint_after(minutes: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(minutes * 60.0).ok().filter(|after| !after.is_zero())
}

/// After which time whoever holds a run is taken to be gone, if ever.
pub(super) fn take_over(training: &TrainingArgs) -> Option<Duration> {
    training.take_over.map(Duration::from_secs)
}
