//! Two sweeps side by side: the same variants, paired by seed.

use super::analysis::{Difference, difference};
use super::{Analysis, Report};

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
    /// Mean in A and in B.
    pub means: (Option<f64>, Option<f64>),
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
            rows.push(ComparedMetric {
                variant: ours.name.clone(),
                metric,
                means: (x.mean, y.mean),
                difference: difference(y, x, &format!("compare\n{}\n{}", ours.name, info.name)),
            });
        }
    }
    let mut same_key = 0;
    let mut unequal = Vec::new();
    for run in &a.sweep.runs {
        let twin = b.sweep.runs.iter().find(|r| r.record.key == run.record.key);
        let Some(twin) = twin.filter(|t| t.state == run.state && !run.curves.epochs.is_empty())
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
