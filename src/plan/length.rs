//! How long a run is: said once, for what it costs and for how it trains.

use crate::model::Model;
use crate::spec::Settings;

/// How long a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Steps an epoch.
    pub steps_per_epoch: u64,
    /// Steps in all.
    pub steps: u64,
    /// Epochs, the last of which may be cut short by `train.steps`.
    pub epochs: u64,
}

impl Length {
    /// The length of a run on `images` training images.
    pub fn of(model: &dyn Model, settings: &Settings, images: usize) -> Self {
        let batches = images.div_ceil(settings.train.batch);
        let steps_per_epoch = batches.div_ceil(model.batches_per_step(settings)) as u64;
        let steps = match settings.train.steps as u64 {
            0 => steps_per_epoch.saturating_mul(settings.train.epochs as u64),
            steps => steps,
        };
        Self { steps_per_epoch, steps, epochs: steps.div_ceil(steps_per_epoch) }
    }
}
