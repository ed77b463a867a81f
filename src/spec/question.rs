//! What is asked of a sweep's numbers and by which test: declared before anything trains, or given
//! by the shape of the axes.

use serde::{Deserialize, Serialize};

use super::axes::Design;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// Each variant against the baseline.
    Compare,
    /// Whether the levels of one ordered axis rise or fall, and from which on nothing is gained.
    Trend,
    /// Each axis by itself, with the other axes and the seeds as blocks.
    Factors,
}

impl Ask {
    /// The words a file may have for it.
    pub(super) const WORDS: [&str; 3] = ["compare", "trend", "factors"];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Compare, Self::Trend, Self::Factors].into_iter().find(|ask| ask.word() == word)
    }
}

/// One family of tests: it is frozen in `plan.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// How it is answered.
    pub test: Ask,
    /// The axes it is about, by the name of their first setting; none where variants are compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<String>,
    /// The metric; the experiment's primary one if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// The smallest difference that matters, in units of the metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Whether runs of one seed are a pair or block. A factor's runs always are.
    pub paired: bool,
    /// Whether it is the one that the report opens with.
    pub primary: bool,
}

impl Question {
    /// The question of a design that declares none: the trend of one numeric axis of three levels
    /// or more, the factors of a full grid, otherwise each variant against the baseline.
    pub fn by_shape(design: &Design) -> Self {
        let grid = design.is_grid();
        match &design.axes[..] {
            [one] if grid && one.numeric && one.levels.len() > 2 => {
                Self::new(Ask::Trend, vec![one.name().to_owned()])
            }
            [_, _, ..] if grid => Self::new(
                Ask::Factors,
                design.axes.iter().map(|axis| axis.name().to_owned()).collect(),
            ),
            _ => Self::new(Ask::Compare, Vec::new()),
        }
    }

    pub(super) fn new(test: Ask, axes: Vec<String>) -> Self {
        // Blocks cost a trend hardly anything, and hold its error rate whatever seeds share.
        let paired = test != Ask::Compare;
        Self { test, axes, metric: None, margin: None, paired, primary: true }
    }
}
