//! How learning rate and momentum change over a run.

use super::settings::{OptimizerKind, OptimizerSettings, Schedule};
use crate::model::StepInfo;

/// The learning rate of an update.
pub fn learning_rate(settings: &OptimizerSettings, at: StepInfo) -> f64 {
    let lr = settings.lr;
    // From 0 at the first update to 1 at the last.
    let share = at.step as f64 / at.steps.saturating_sub(1).max(1) as f64;
    match settings.schedule {
        Schedule::Constant => lr,
        Schedule::Exponential { factor, floor } => {
            (lr * libm::exp(-libm::log(factor) * at.step as f64)).max(floor)
        }
        Schedule::Linear { floor } => lr + (floor - lr) * share,
        Schedule::Cosine { floor } => {
            floor + (lr - floor) * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * share))
        }
    }
}

/// SGD's momentum at an update: from `momentum` to `momentum_final` in a straight line, epoch by
/// epoch, over the first `momentum_ramp` epochs. 0 for other rules.
pub fn momentum(settings: &OptimizerSettings, at: StepInfo) -> f64 {
    let OptimizerKind::Sgd { momentum, momentum_final, momentum_ramp, .. } = settings.kind else {
        return 0.0;
    };
    if momentum_ramp == 0 {
        return momentum;
    }
    let epoch = at.step / at.steps_per_epoch.max(1);
    let share = (epoch as f64 / momentum_ramp as f64).min(1.0);
    momentum + (momentum_final - momentum) * share
}
