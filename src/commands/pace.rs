//! How long runs take on this machine, foretold.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::data::DataCache;
use crate::model::{Batch, DataShape, StepInfo};
use crate::plan::{Plan, Variant};
use crate::spec::Settings;

/// Multiply-adds a second of one thread here and now, by timing a few steps of the default
/// settings on images of the baseline's shape.
pub(super) fn measured_rate(plan: &Plan, library: &DataCache) -> Result<f64> {
    let model = plan.model;
    let settings = Settings::defaults(model.schema());
    let data = library.get(&plan.variants[plan.baseline].settings.data)?;
    let (images, pixels) = (settings.train.batch, data.train.pixels_each());
    let mut network = model.start(&settings, 0, &data);
    let labels: Vec<u8> = (0..images).map(|i| (i % data.classes) as u8).collect();
    let blank = vec![0.0; images * pixels];
    let batches =
        vec![Batch { pixels: &blank, labels: &labels }; model.batches_per_step(&settings)];
    let mut fastest = Duration::MAX;
    for step in 0..5 {
        let start = Instant::now();
        let at = StepInfo { step, steps: 5, steps_per_epoch: 5 };
        // What it learns from a blank batch is thrown away; only the time counts.
        let _ = network.step(&batches, at);
        fastest = fastest.min(start.elapsed());
    }
    let shape = DataShape { pixels, classes: data.classes, scored: 0 };
    Ok(model.cost(&settings, shape).step_multiply_adds as f64 / fastest.as_secs_f64())
}

/// Predicted seconds of one run.
pub(super) fn seconds(variant: &Variant, rate: f64) -> f64 {
    variant.steps as f64 * variant.cost.step_seconds(rate)
}
