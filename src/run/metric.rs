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
    /// One place a metric of [`EPOCH_SCORES`], or none where the epoch was not scored.
    pub scores: Vec<Option<f64>>,
}

impl EpochMetrics {
    /// Value of the metric with this name.
    pub fn get(&self, name: &str) -> Option<f64> {
        let place = |metrics: &[Metric]| metrics.iter().position(|m| m.name == name);
        match place(EPOCH_METRICS) {
            Some(index) => self.values.get(index).copied(),
            None => self.scores.get(place(EPOCH_SCORES)?).copied().flatten(),
        }
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
    neutral(
        "idle_pieces",
        "share",
        "pieces of D's maxout layers that won for no image, train mode",
    ),
    neutral("zero_units", "share", "D's maxout units at 0, over images, train mode"),
];

const fn scored(
    name: &'static str,
    unit: &'static str,
    direction: Direction,
    meaning: &'static str,
) -> Metric {
    Metric { name, unit, direction, meaning }
}

/// What a scored epoch has besides: of 1,000 fakes, all in eval mode, held against the images that
/// choose. The scores of a run's end have the same names and stand apart, in `scores.json`.
pub const EPOCH_SCORES: &[Metric] = &[
    scored(
        "conditional_accuracy",
        "share",
        Direction::Higher,
        "fakes the scorer calls their label",
    ),
    scored("kid", "1", Direction::Lower, "unbiased polynomial MMD² of scorer features"),
    scored("mean_log_p", "nats", Direction::Higher, "mean log p(label | image) under the scorer"),
    neutral("predicted_entropy", "nats", "entropy of the labels the scorer predicts"),
    scored(
        "label_total_variation",
        "share",
        Direction::Lower,
        "total variation, predicted to asked labels",
    ),
    neutral("intra_class_ratio", "1", "diversity within a class, fake over real, mean"),
    neutral("intra_class_ratio_min", "1", "the same, of the least diverse class"),
    neutral("train_sign", "1", "mean sign of D's logit on 1,000 train images, eval mode"),
    neutral("held_out_sign", "1", "the same on 1,000 images that D is not trained on"),
];
