//! What is found out: one answer to one comparison, or about one axis.

use super::stats::{Interval, PermutationTest};
use super::verdict::Verdict;
use crate::spec::Question;

/// One question and its answers.
#[derive(Clone, Debug)]
pub struct Family {
    /// What was asked.
    pub question: Question,
    /// Index of the metric in [`Analysis::metrics`](super::Analysis::metrics); none if no run has it.
    pub metric: Option<usize>,
    /// The chance that some finding of it is one of chance alone: 5 % over the number of families.
    pub alpha: f64,
    /// One a comparison or axis.
    pub findings: Vec<Finding>,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A variant, against the baseline; its index.
    Variant(usize),
    /// An axis by its name, its levels beside each other.
    Axis(String),
}

/// The answer to one comparison, or about one axis.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// Variant minus baseline, or the change from the first level to the last along the straight
    /// line through them; none without values, or an order of the levels.
    pub estimate: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Values on each side, or at each level.
    pub n: Vec<usize>,
    /// Blocks that lacked a level and were left out.
    pub left_out: usize,
    /// The permutation test; of p 1 where nothing could be tested.
    pub test: PermutationTest,
    /// Its p after the correction over the family: Holm's, or Bonferroni's with a margin.
    pub p_adjusted: f64,
    /// Smallest p after the correction, had every test of the family given its smallest.
    pub smallest_adjusted: f64,
    /// Adjusted p of "equal within the margin", where a margin was declared.
    pub p_equal: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
    /// Where it cannot be told: seeds that would tell with a power of 80 %, if effect and spread
    /// are what was seen; none if more than 100.
    pub seeds_to_tell: Option<usize>,
    /// The levels of an axis.
    pub levels: Option<Levels>,
    /// Of a sweep that is looked at: which look told it, the first being 0.
    pub look: Option<usize>,
}

impl Finding {
    /// Whether more seeds may tell more: nothing is told of it yet, or something is, but not from
    /// which level on nothing is gained.
    pub(super) fn is_open(&self) -> bool {
        !self.verdict.is_told() || self.is_end_open()
    }

    /// Whether it is open from which level on nothing is gained, which a margin asks of every axis
    /// with an order.
    pub(super) fn is_end_open(&self) -> bool {
        let asked = self.p_equal.is_some() && self.verdict != Verdict::Equal;
        let ends = |levels: &Levels| levels.ordered && levels.rows.len() > 2;
        asked && self.levels.as_ref().is_some_and(|l| ends(l) && l.equal_from.is_none())
    }

    /// The level from which on nothing is gained, where that was told.
    pub(super) fn end(&self) -> Option<&str> {
        let levels = self.levels.as_ref()?;
        Some(levels.rows[levels.equal_from?].value.as_str())
    }
}

/// An axis, level by level.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// Whether the levels have an order.
    pub ordered: bool,
    /// Value as text, number of values, mean and its 95 % interval.
    pub rows: Vec<LevelRow>,
    /// Index of the level from which on no change was shown: the levels before it differ from what
    /// follows. None where nothing was shown, or the change goes on to the last level but one.
    pub no_change_seen_from: Option<usize>,
    /// Index of the lowest level from which on all are equal to the last within the margin.
    pub equal_from: Option<usize>,
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelRow {
    /// Its value as TOML.
    pub value: String,
    /// Values that enter the test.
    pub values: Vec<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// 95 % interval of the mean, by the spread that all levels share.
    pub interval: Option<Interval>,
}
