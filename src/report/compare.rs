//! Two sweeps side by side: the same variants, paired by seed.

use super::difference::difference;
use super::variant::{Difference, Summary};
use super::{Analysis, Report, stats};

/// What two sweeps have in common, and what not.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// One row a common variant and common metric.
    pub rows: Vec<ComparedMetric>,
    /// Variants of A alone.
    pub only_a: Vec<String>,
    /// Variants of B alone.
    pub only_b: Vec<String>,
    /// Runs with equal keys that completed on both sides: the same training, made twice.
    pub same_key: usize,
    /// Those of them whose final values are not all equal.
    pub unequal: Vec<String>,
}

/// One metric of one variant in both sweeps.
#[derive(Clone, Debug)]
pub struct ComparedMetric {
    /// The variant's name.
    pub variant: String,
    /// Index of the metric in A's analysis.
    pub metric: usize,
    /// Mean in A and in B, over the seeds of the difference.
    pub means: (Option<f64>, Option<f64>),
    /// Whether a seed has a value on one side alone, which then enters nothing here.
    pub unpaired: bool,
    /// B minus A, paired by seed.
    pub difference: Difference,
}

/// Compares two sweeps by the names of their variants and metrics.
pub fn compare(a: &Report, b: &Report) -> Comparison {
    let names =
        |x: &Analysis| -> Vec<String> { x.variants.iter().map(|v| v.name.clone()).collect() };
    let (in_a, in_b) = (names(&a.analysis), names(&b.analysis));
    let without = |x: &[String], y: &[String]| -> Vec<String> {
        x.iter().filter(|name| !y.contains(name)).cloned().collect()
    };
    let mut rows = Vec::new();
    for ours in &a.analysis.variants {
        let Some(theirs) = b.analysis.variants.iter().find(|v| v.name == ours.name) else {
            continue;
        };
        for (metric, info) in a.analysis.metrics.iter().enumerate() {
            let Some(other) = b.analysis.metrics.iter().position(|m| m.name == info.name) else {
                continue;
            };
            let (x, y) = (&ours.finals[metric], &theirs.finals[other]);
            let difference = difference(y, x, true);
            let pairs = difference.pairs.len();
            rows.push(ComparedMetric {
                variant: ours.name.clone(),
                metric,
                means: (paired_mean(x, &difference), paired_mean(y, &difference)),
                unpaired: x.values.len() > pairs || y.values.len() > pairs,
                difference,
            });
        }
    }
    let mut same_key = 0;
    let mut unequal = Vec::new();
    for run in &a.sweep.runs {
        let twin = b.sweep.runs.iter().find(|r| r.record.key == run.record.key);
        let Some(twin) = twin.filter(|t| t.status == run.status && !run.curves.epochs.is_empty())
        else {
            continue;
        };
        same_key += 1;
        if twin.curves != run.curves {
            unequal.push(run.folder());
        }
    }
    Comparison {
        rows,
        only_a: without(&in_a, &in_b),
        only_b: without(&in_b, &in_a),
        same_key,
        unequal,
    }
}

/// The mean over the seeds of a difference alone: beside it, any other would contradict it.
fn paired_mean(side: &Summary, difference: &Difference) -> Option<f64> {
    let paired = |seed: u64| difference.pairs.iter().any(|pair| pair.0 == seed);
    let x: Vec<f64> = side.values.iter().filter(|v| paired(v.0)).map(|v| v.1).collect();
    stats::mean(&x)
}
