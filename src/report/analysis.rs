//! From a sweep to the numbers a report shows: summaries per variant, comparisons with the
//! baseline, and the one test of the primary metric.

use std::collections::BTreeSet;

use super::load::Sweep;
use super::metrics::MetricInfo;
use super::stats::{self, Interval, Iqm, StandardizedEffect};
use crate::run::Direction;
use crate::run::RunStatus;

/// Family-wise error rate of the primary metric's tests.
pub const ALPHA: f64 = 0.05;

/// All numbers of a report.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Every metric that some run has, in the order of tables.
    pub metrics: Vec<MetricInfo>,
    /// The one metric that is tested; `None` while no run has completed.
    pub primary: Option<Primary>,
    /// Index of the baseline.
    pub baseline: usize,
    /// One a variant, in the manifest's order.
    pub variants: Vec<VariantSummary>,
    /// What real images score against real images, one a metric: the floor, or the ceiling.
    pub real: Vec<Option<f64>>,
}

/// The metric the answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Primary {
    /// Index in [`Analysis::metrics`].
    pub metric: usize,
    /// Why it is this one.
    pub choice: Choice,
}

/// Where the primary metric comes from. Never from the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The experiment file names it.
    Named,
    /// The file names none, and the runs have a FID.
    Default,
    /// There is no score at all: a loss stands in, which cannot say what is better.
    StandIn,
}

/// What the runs of one variant say.
#[derive(Clone, Debug)]
pub struct VariantSummary {
    /// Its name.
    pub name: String,
    /// Runs in the plan.
    pub planned: usize,
    /// Runs by [`RunStatus::OF_RECORDS`].
    pub counts: [usize; RunStatus::OF_RECORDS.len()],
    /// One a metric of [`Analysis::metrics`].
    pub finals: Vec<Summary>,
    /// Against the baseline, one a metric; empty for the baseline itself.
    pub differences: Vec<Difference>,
    /// Test of the primary metric; `None` for the baseline and without a primary metric.
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
    /// 95 % bootstrap interval of the mean.
    pub interval: Option<Interval>,
}

impl Summary {
    fn new(values: Vec<(u64, f64)>, name: &str) -> Self {
        let x: Vec<f64> = values.iter().map(|v| v.1).collect();
        Self {
            mean: stats::mean(&x),
            std: stats::std_dev(&x),
            median: stats::median(&x),
            iqm: stats::iqm(&x),
            interval: stats::mean_interval(&x, name),
            values,
        }
    }
}

/// A variant minus the baseline, seed by seed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Seed and difference, of seeds that both completed.
    pub pairs: Vec<(u64, f64)>,
    /// Mean difference.
    pub mean: Option<f64>,
    /// 95 % bootstrap interval of the mean difference, pairs resampled.
    pub interval: Option<Interval>,
    /// Correlation of the two sides over seeds: above 0 pairing pays.
    pub correlation: Option<f64>,
}

/// The test of the primary metric for one variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Two-sided sign-flip p; 1 without pairs.
    pub p: f64,
    /// The same after Holm's correction over all variants of the plan.
    pub p_holm: f64,
    /// Smallest p these pairs could have given.
    pub smallest: f64,
    /// Smallest p after the correction, had every variant given its smallest.
    pub smallest_holm: f64,
    /// Whether all sign patterns were counted.
    pub exact: bool,
    /// d_z with its interval.
    pub effect: Option<StandardizedEffect>,
    /// Cliff's delta, variant against baseline.
    pub cliffs_delta: Option<f64>,
    /// Probability that a run of the variant is better; `None` if the metric has no direction.
    pub improvement: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// What the test lets one say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Better than the baseline.
    Better,
    /// Worse than the baseline.
    Worse,
    /// Different, in a metric that has no better.
    Different,
    /// The seeds could have shown a difference and did not.
    Unclear,
    /// These seeds could not have shown any difference.
    Underpowered,
    /// No seed has a value on both sides.
    NoPairs,
}

/// Computes everything from the loaded records.
pub fn analyse(sweep: &Sweep) -> Analysis {
    let metrics = super::metrics::present(sweep);
    let primary = choose_primary(sweep, &metrics);
    let baseline = sweep.baseline();
    let mut variants: Vec<VariantSummary> =
        (0..sweep.manifest.variants.len()).map(|v| summarise(sweep, &metrics, v)).collect();
    let reference = variants[baseline].finals.clone();
    for (index, variant) in variants.iter_mut().enumerate() {
        if index == baseline {
            continue;
        }
        variant.differences = (variant.finals.iter().zip(&reference).zip(&metrics))
            .map(|((a, b), metric)| difference(a, b, &key(&variant.name, &metric.name)))
            .collect();
    }
    if let Some(primary) = primary {
        test(&mut variants, &reference, baseline, primary.metric, &metrics[primary.metric]);
    }
    let scored = sweep.runs.iter().find_map(|r| r.scores.as_ref());
    let real_score = |metric: &MetricInfo| {
        scored?.real_vs_real.iter().find(|s| s.name == metric.name)?.value.number()
    };
    let real = metrics.iter().map(real_score).collect();
    Analysis { metrics, primary, baseline, variants, real }
}

/// Names the random stream of a bootstrap.
fn key(variant: &str, metric: &str) -> String {
    format!("{variant}\n{metric}")
}

fn choose_primary(sweep: &Sweep, metrics: &[MetricInfo]) -> Option<Primary> {
    let find = |name: &str| metrics.iter().position(|m| m.name == name);
    let with = |choice| move |metric| Primary { metric, choice };
    match &sweep.manifest.primary_metric {
        Some(name) => find(name).map(with(Choice::Named)),
        None => find("fid")
            .map(with(Choice::Default))
            .or_else(|| metrics.iter().rposition(|m| m.of_steps).map(with(Choice::StandIn))),
    }
}

fn summarise(sweep: &Sweep, metrics: &[MetricInfo], index: usize) -> VariantSummary {
    let name = sweep.manifest.variants[index].name.clone();
    let mut counts = [0; RunStatus::OF_RECORDS.len()];
    for run in sweep.runs_of(index) {
        if let Some(index) = RunStatus::OF_RECORDS.iter().position(|s| *s == run.status) {
            counts[index] += 1;
        }
    }
    let finals = metrics
        .iter()
        .map(|metric| {
            let value = |run: &super::load::RunData| {
                run.final_value(&metric.name).map(|v| (run.record.seed, v))
            };
            let values = sweep.runs_of(index).filter_map(value).collect();
            Summary::new(values, &key(&name, &metric.name))
        })
        .collect();
    VariantSummary {
        planned: counts.iter().sum(),
        name,
        counts,
        finals,
        differences: Vec::new(),
        test: None,
    }
}

pub(super) fn difference(variant: &Summary, baseline: &Summary, name: &str) -> Difference {
    let (mut ours, mut theirs, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for (seed, a) in &variant.values {
        if let Some((_, b)) = baseline.values.iter().find(|(s, _)| s == seed) {
            ours.push(*a);
            theirs.push(*b);
            pairs.push((*seed, a - b));
        }
    }
    let d: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    Difference {
        mean: stats::mean(&d),
        interval: stats::mean_interval(&d, &format!("difference\n{name}")),
        correlation: stats::correlation(&ours, &theirs),
        pairs,
    }
}

fn test(
    variants: &mut [VariantSummary],
    reference: &[Summary],
    baseline: usize,
    metric: usize,
    info: &MetricInfo,
) {
    // The family is every variant of the plan: one that cannot be tested still counts.
    let family: Vec<usize> = (0..variants.len()).filter(|i| *i != baseline).collect();
    let flips: Vec<stats::PermutationTest> = family
        .iter()
        .map(|&i| {
            let d: Vec<f64> =
                variants[i].differences[metric].pairs.iter().map(|pair| pair.1).collect();
            stats::sign_flip(&d, &key(&variants[i].name, &info.name))
                .unwrap_or(stats::PermutationTest { p: 1.0, smallest: 1.0, exact: true })
        })
        .collect();
    let adjusted = stats::holm(&flips.iter().map(|f| f.p).collect::<Vec<_>>());
    let smallest = stats::holm(&flips.iter().map(|f| f.smallest).collect::<Vec<_>>());
    for (k, &i) in family.iter().enumerate() {
        let difference = &variants[i].differences[metric];
        let d: Vec<f64> = difference.pairs.iter().map(|pair| pair.1).collect();
        let x: Vec<f64> = variants[i].finals[metric].values.iter().map(|v| v.1).collect();
        let y: Vec<f64> = reference[metric].values.iter().map(|v| v.1).collect();
        let higher = info.direction == Direction::Higher;
        let verdict = if d.is_empty() {
            Verdict::NoPairs
        } else if smallest[k] > ALPHA {
            Verdict::Underpowered
        } else if adjusted[k] > ALPHA {
            Verdict::Unclear
        } else {
            match (info.direction, difference.mean.unwrap_or(0.0) > 0.0) {
                (Direction::Neutral, _) => Verdict::Different,
                (_, up) if up == higher => Verdict::Better,
                _ => Verdict::Worse,
            }
        };
        variants[i].test = Some(Test {
            p: flips[k].p,
            p_holm: adjusted[k],
            smallest: flips[k].smallest,
            smallest_holm: smallest[k],
            exact: flips[k].exact,
            effect: stats::paired_effect(&d),
            cliffs_delta: stats::cliffs_delta(&x, &y),
            improvement: (info.direction != Direction::Neutral)
                .then(|| stats::probability_of_improvement(&x, &y, higher))
                .flatten(),
            verdict,
        });
    }
}

impl Analysis {
    /// Runs of the plan in this state.
    pub fn total(&self, state: RunStatus) -> usize {
        self.variants.iter().map(|v| v.count(state)).sum()
    }

    /// Runs of the plan.
    pub fn planned(&self) -> usize {
        self.variants.iter().map(|v| v.planned).sum()
    }

    /// The primary metric's description.
    pub fn primary_info(&self) -> Option<&MetricInfo> {
        self.primary.map(|p| &self.metrics[p.metric])
    }

    /// Distinct numbers of seeds with a value of this metric, ascending.
    pub fn seed_counts(&self, metric: usize) -> BTreeSet<usize> {
        self.variants.iter().map(|v| v.finals[metric].values.len()).collect()
    }
}
