//! How long a run is: said once, for what it costs and for how it trains.

use crate::spec::Settings;

/// How long a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Generator updates an epoch.
    pub steps_per_epoch: u64,
    /// Generator updates in all.
    pub steps: u64,
    /// Epochs, the last of which may be cut short by `train.steps`.
    pub epochs: u64,
}

impl Length {
    /// The length of a run on `images` training images. A generator update takes as many batches
    /// as D has updates.
    pub fn of(settings: &Settings, images: usize) -> Self {
        let batches = images.div_ceil(settings.train.batch);
        let steps_per_epoch = batches.div_ceil(settings.update.discriminator_steps) as u64;
        let steps = match settings.train.steps as u64 {
            0 => steps_per_epoch.saturating_mul(settings.train.epochs as u64),
            steps => steps,
        };
        Self { steps_per_epoch, steps, epochs: steps.div_ceil(steps_per_epoch) }
    }
}

/// Where in its run an update is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// Generator updates made before this one.
    pub step: u64,
    /// Generator updates of the whole run.
    pub steps: u64,
    /// Generator updates an epoch.
    pub steps_per_epoch: u64,
}
