//! What is measured while training: a metric is a name, a unit and a direction.

use std::borrow::Cow;

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
    /// Its name in headings; empty to make it of `name`. A metric of each step is a column of
    /// `loss.csv` under this label, which must be `name` but for its capitals.
    pub label: &'static str,
    /// Its TensorBoard tag if each step has it too, such as `loss/generator`; else empty.
    pub step_tag: &'static str,
    /// What one of it is.
    pub unit: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// One line for documents and table headings; says the mode (train or eval) where it matters.
    pub meaning: &'static str,
}

impl Metric {
    /// A metric of epochs.
    pub const fn new(
        name: &'static str,
        unit: &'static str,
        direction: Direction,
        meaning: &'static str,
    ) -> Self {
        Self { name, label: "", step_tag: "", unit, direction, meaning }
    }

    /// The same, of each step too.
    pub const fn of_steps(self, label: &'static str, step_tag: &'static str) -> Self {
        Self { label, step_tag, ..self }
    }

    /// Whether each step has it.
    pub fn is_of_steps(&self) -> bool {
        !self.step_tag.is_empty()
    }
}

/// Numbers by the names of their metrics, in the order in which they are written down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers(Vec<(Cow<'static, str>, f64)>);

impl Numbers {
    /// The number of this name, if it is there.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    /// Each name with its number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// Adds another number.
    pub fn push(&mut self, name: impl Into<Cow<'static, str>>, value: f64) {
        self.0.push((name.into(), value));
    }
}

impl<N: Into<Cow<'static, str>>> FromIterator<(N, f64)> for Numbers {
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(numbers: I) -> Self {
        Self(numbers.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

/// Metrics of one epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochMetrics {
    /// Epoch, from 0.
    pub epoch: u64,
    /// Steps so far.
    pub step: u64,
    /// The network's own metrics and, where the epoch was scored, its scores; a score that has no
    /// number is missing.
    pub numbers: Numbers,
}

impl EpochMetrics {
    /// Number of the metric with this name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.numbers.get(name)
    }
}

const fn neutral(name: &'static str, unit: &'static str, meaning: &'static str) -> Metric {
    Metric::new(name, unit, Direction::Neutral, meaning)
}

const fn scored(
    name: &'static str,
    unit: &'static str,
    direction: Direction,
    meaning: &'static str,
) -> Metric {
    Metric::new(name, unit, direction, meaning)
}

/// The scores of an epoch: of 1,000 fakes, all in eval mode, held against the images that
/// choose. The scores of a run's end have the same names and stand apart, in `scores.json`.
pub const EPOCH_SCORES: &[Metric] = &[
    scored(
        "conditional_accuracy",
        "fraction",
        Direction::Higher,
        "fakes the scorer calls their label",
    ),
    scored("kid", "1", Direction::Lower, "unbiased polynomial MMD² of scorer features"),
    scored("mean_log_p", "nats", Direction::Higher, "mean log p(label | image) under the scorer"),
    neutral("predicted_entropy", "nats", "entropy of the labels the scorer predicts"),
    scored(
        "label_total_variation",
        "fraction",
        Direction::Lower,
        "total variation, predicted to asked labels",
    ),
    neutral("intra_class_ratio", "1", "diversity within a class, fake over real, mean"),
    neutral("intra_class_ratio_min", "1", "the same, of the least diverse class"),
];
