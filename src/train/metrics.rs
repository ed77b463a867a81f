//! What is measured while training: a metric is a name, a unit and a direction.

use serde::{Deserialize, Serialize};

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Larger is better.
    Higher,
    /// Smaller is better.
    Lower,
    /// Neither: it describes the game.
    Neutral,
}

/// A measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Column of `metrics.csv` and last part of the TensorBoard tag.
    pub name: &'static str,
    /// What one of it is.
    pub unit: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// One line for documents and table headings; says the mode (train or eval) where it matters.
    pub meaning: &'static str,
}

/// Metrics of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepMetrics {
    /// Mean of σ(D(real)) over the batch, train mode.
    pub real_p: f64,
    /// Mean of σ(D(fake)) over the batch, train mode.
    pub fake_p: f64,
    /// G's loss.
    pub gen_loss: f64,
    /// D's loss.
    pub dis_loss: f64,
}

/// Metrics of one epoch, in the order of [`EPOCH_METRICS`].
#[derive(Clone, Debug, PartialEq)]
pub struct EpochMetrics {
    /// Epoch, from 0.
    pub epoch: u64,
    /// Generator updates so far.
    pub step: u64,
    /// One value a metric of [`EPOCH_METRICS`].
    pub values: Vec<f64>,
}

impl EpochMetrics {
    /// Value of the metric with this name.
    pub fn get(&self, name: &str) -> Option<f64> {
        let index = EPOCH_METRICS.iter().position(|m| m.name == name)?;
        self.values.get(index).copied()
    }
}

const fn neutral(name: &'static str, unit: &'static str, meaning: &'static str) -> Metric {
    Metric { name, unit, direction: Direction::Neutral, meaning }
}

/// The metrics of an epoch. The first four are the columns of the article's `loss.csv`.
pub const EPOCH_METRICS: &[Metric] = &[
    neutral("real_p", "probability", "mean D(real) over samples, train mode"),
    neutral("fake_p", "probability", "mean D(fake) over samples, train mode"),
    neutral("gen_loss", "nats", "G's loss, unweighted mean over batches"),
    neutral("dis_loss", "nats", "D's loss, unweighted mean over batches"),
    neutral("real_accuracy", "share", "real images D calls real, train mode"),
    neutral("fake_accuracy", "share", "fakes D calls fake, train mode"),
    neutral("real_logit_std", "logit", "std of D's logit over real images, train mode"),
    neutral("fake_logit_std", "logit", "std of D's logit over fakes, train mode"),
    neutral("gen_grad_norm", "1", "L2 norm of G's gradient, mean over steps"),
    neutral("dis_grad_norm", "1", "L2 norm of D's gradient, mean over steps"),
    neutral("gen_lr", "1", "G's learning rate at the last step"),
    neutral("dis_lr", "1", "D's learning rate at the last step"),
];
