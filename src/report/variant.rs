//! What is known of a variant: its runs, its values, how it stands against the baseline.

use super::stats::{self, Interval, Iqm, StandardizedEffect};
use super::verdict::Verdict;
use crate::run::RunStatus;

/// What the runs of one variant say.
#[derive(Clone, Debug)]
pub struct VariantSummary {
    /// Its name.
    pub name: String,
    /// Runs in the plan.
    pub planned: usize,
    /// Runs by [`RunStatus::OF_RECORDS`].
    pub counts: [usize; RunStatus::OF_RECORDS.len()],
    /// One a metric of [`Analysis::metrics`](super::Analysis::metrics).
    pub finals: Vec<Summary>,
    /// Against the baseline, one a metric; empty for the baseline itself.
    pub differences: Vec<Difference>,
    /// Test of the primary metric; `None` for the baseline and where no such test was declared.
    pub test: Option<Test>,
}

impl VariantSummary {
    /// Runs in this state.
    pub fn count(&self, state: RunStatus) -> usize {
        RunStatus::OF_RECORDS.iter().position(|s| *s == state).map_or(0, |i| self.counts[i])
    }
}

/// Final values of one metric over the completed runs of one variant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Seed and value, in the order of the plan.
    pub values: Vec<(u64, f64)>,
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation over seeds, n − 1.
    pub std: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Interquartile mean.
    pub iqm: Option<Iqm>,
    /// 95 % interval of the mean: Student's, from 50 seeds on the BCa bootstrap's.
    pub interval: Option<Interval>,
}

impl Summary {
    pub(super) fn new(values: Vec<(u64, f64)>, name: &str) -> Self {
        let x: Vec<f64> = values.iter().map(|v| v.1).collect();
        Self {
            mean: stats::mean(&x),
            std: stats::std_dev(&x),
            median: stats::median(&x),
            iqm: stats::iqm(&x),
            interval: stats::interval_of_mean(&x, name),
            values,
        }
    }
}

/// A variant minus the baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Seed and difference, of seeds that both completed.
    pub pairs: Vec<(u64, f64)>,
    /// Runs on both sides.
    pub n: (usize, usize),
    /// Difference of the means of both sides; where seeds are paired, the mean of the pairs.
    pub mean: Option<f64>,
    /// Its 95 % interval: Welch's, or Student's over pairs.
    pub interval: Option<Interval>,
    /// Correlation of the two sides over seeds: above 0 pairing pays.
    pub correlation: Option<f64>,
}

/// The test of the primary metric for one variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Two-sided p; 1 without values.
    pub p: f64,
    /// The same after the correction over all variants of the plan.
    pub p_holm: f64,
    /// Smallest p these runs could have given.
    pub smallest: f64,
    /// Smallest p after the correction, had every variant given its smallest.
    pub smallest_holm: f64,
    /// Whether all arrangements were counted.
    pub exact: bool,
    /// Adjusted p of "equal within the margin", where one was declared.
    pub p_equal: Option<f64>,
    /// d_z of pairs, d of independent runs, with its interval.
    pub effect: Option<StandardizedEffect>,
    /// Cliff's delta, variant against baseline.
    pub cliffs_delta: Option<f64>,
    /// Probability that a run of the variant is better; `None` if the metric has no direction.
    pub improvement: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
    /// Seeds that would likely tell, where it cannot be told.
    pub seeds_to_tell: Option<usize>,
}
