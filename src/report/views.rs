//! Other ways to look at the same runs: axis by axis, by budget, best epoch against last.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;
use super::load::{RunData, Sweep};
use super::stats::{self, Interval};
use crate::record::Manifest;
use crate::run::Direction;
use crate::run::RunStatus;

/// What the levels of one axis do, over all that else varied.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisEffect {
    /// Dotted key of the setting.
    pub axis: String,
    /// Each level, the baseline's first.
    pub levels: Vec<Level>,
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The value as TOML; empty where the variant leaves the base value.
    pub value: String,
    /// Variants at this level.
    pub variants: usize,
    /// Seeds that completed in every variant of the design.
    pub seeds: usize,
    /// Mean of the primary metric over those.
    pub mean: Option<f64>,
    /// Difference to the baseline's level with its 95 % interval, paired by seed.
    pub difference: Option<(f64, Option<Interval>)>,
}

/// The setting keys that some variant changes, sorted.
pub fn axes(manifest: &Manifest) -> Vec<String> {
    let keys: BTreeSet<&String> =
        manifest.variants.iter().flat_map(|v| v.changes.iter().map(|c| &c.0)).collect();
    keys.into_iter().cloned().collect()
}

/// The value a variant has on an axis; empty for the base's own.
fn level<'a>(sweep: &'a Sweep, variant: usize, axis: &str) -> &'a str {
    let changes = &sweep.manifest.variants[variant].changes;
    changes.iter().find(|(key, _)| key == axis).map_or("", |(_, value)| value)
}

/// Main effect of each axis on the primary metric; empty unless the variants are a full grid over
/// two axes or more, because in any other design the levels of one axis differ in the others too.
pub fn main_effects(sweep: &Sweep, analysis: &Analysis) -> Vec<AxisEffect> {
    let axes = axes(&sweep.manifest);
    let variants = 0..sweep.manifest.variants.len();
    let cell = |v: usize| -> Vec<&str> { axes.iter().map(|a| level(sweep, v, a)).collect() };
    let cells: BTreeSet<Vec<&str>> = variants.clone().map(cell).collect();
    let levels = |axis: &str| -> BTreeSet<&str> {
        variants.clone().map(|v| level(sweep, v, axis)).collect()
    };
    let grid: usize = axes.iter().map(|a| levels(a).len()).product();
    let full = cells.len() == variants.len() && cells.len() == grid;
    let Some(metric) = analysis.primary.map(|p| p.metric).filter(|_| full && axes.len() > 1) else {
        return Vec::new();
    };
    // Only seeds that completed everywhere: the means of two levels then stand on the same seeds.
    let value = |v: usize, seed: u64| {
        let values: &[(u64, f64)] = &analysis.variants[v].finals[metric].values;
        values.iter().find(|(s, _)| *s == seed).map(|(_, x)| *x)
    };
    let whole = |seed: &&u64| variants.clone().all(|v| value(v, **seed).is_some());
    let seeds: Vec<u64> = sweep.manifest.seeds.iter().filter(whole).copied().collect();
    let marginal = |axis: &str, at: &str| -> Vec<f64> {
        let members: Vec<usize> =
            variants.clone().filter(|v| level(sweep, *v, axis) == at).collect();
        let mean = |seed: &u64| {
            let x: Vec<f64> = members.iter().filter_map(|v| value(*v, *seed)).collect();
            stats::mean(&x).unwrap_or(f64::NAN)
        };
        seeds.iter().map(mean).collect()
    };
    axes.iter()
        .map(|axis| {
            let reference = level(sweep, analysis.baseline, axis);
            let base = marginal(axis, reference);
            let others = levels(axis).into_iter().filter(|l| *l != reference);
            let rows = std::iter::once(reference).chain(others).map(|at| {
                let x = marginal(axis, at);
                let d: Vec<f64> = x.iter().zip(&base).map(|(a, b)| a - b).collect();
                Level {
                    value: at.to_owned(),
                    variants: variants.clone().filter(|v| level(sweep, *v, axis) == at).count(),
                    seeds: seeds.len(),
                    mean: stats::mean(&x),
                    difference: (at != reference)
                        .then(|| stats::mean(&d).map(|m| (m, stats::student_interval(&d, 0.95))))
                        .flatten(),
                }
            });
            AxisEffect { axis: axis.clone(), levels: rows.collect() }
        })
        .collect()
}

/// By axis: the variants that differ from the baseline in it alone. Empty for fewer than two axes,
/// where the comparison with the baseline already says it.
pub fn one_factor(sweep: &Sweep) -> BTreeMap<String, Vec<usize>> {
    let axes = axes(&sweep.manifest);
    let baseline = sweep.baseline();
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for variant in 0..sweep.manifest.variants.len() {
        let differs = |axis: &&String| level(sweep, variant, axis) != level(sweep, baseline, axis);
        let moved: Vec<&String> = axes.iter().filter(differs).collect();
        if let [axis] = moved[..] {
            found.entry(axis.clone()).or_default().push(variant);
        }
    }
    if axes.len() < 2 { BTreeMap::new() } else { found }
}

/// Expected best final value of the primary metric when b of a variant's completed runs are
/// tried, for b = 1 to all; `None` without a direction.
pub fn budget(analysis: &Analysis) -> Option<Vec<Vec<f64>>> {
    let primary = analysis.primary?;
    let higher = match analysis.metrics[primary.metric].direction {
        Direction::Higher => true,
        Direction::Lower => false,
        Direction::Neutral => return None,
    };
    let best = |v: &super::variant::VariantSummary| {
        let x: Vec<f64> = v.finals[primary.metric].values.iter().map(|p| p.1).collect();
        stats::expected_best(&x, higher)
    };
    Some(analysis.variants.iter().map(best).collect())
}

/// Best epoch against last epoch of one curve, over the completed runs of one variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestEpoch {
    /// Mean over runs of the best epoch's value.
    pub best: f64,
    /// Mean over runs of the last epoch's value.
    pub last: f64,
    /// Mean number of epochs done at the best one.
    pub epochs: f64,
}

/// [`BestEpoch`] of each variant, for each metric that has a direction and a curve.
pub fn best_epochs(sweep: &Sweep, analysis: &Analysis) -> Vec<(usize, Vec<Option<BestEpoch>>)> {
    let curved = |m: &usize| {
        let info = &analysis.metrics[*m];
        info.direction != Direction::Neutral
            && sweep.runs.iter().any(|r| r.curves.column(&info.name).is_some())
    };
    let metrics = (0..analysis.metrics.len()).filter(curved);
    metrics
        .map(|m| {
            let info = &analysis.metrics[m];
            let higher = info.direction == Direction::Higher;
            let variants = (0..analysis.variants.len())
                .map(|v| {
                    let runs: Vec<&RunData> =
                        sweep.runs_of(v).filter(|r| r.status == RunStatus::Completed).collect();
                    best_epoch(&runs, &info.name, higher)
                })
                .collect();
            (m, variants)
        })
        .collect()
}

fn best_epoch(runs: &[&RunData], metric: &str, higher: bool) -> Option<BestEpoch> {
    let (mut best, mut last, mut epochs) = (Vec::new(), Vec::new(), Vec::new());
    for run in runs {
        let column = run.curves.column(metric)?;
        let values = column.iter().enumerate().filter_map(|(e, v)| v.map(|v| (e, v)));
        // Of equal values the first.
        let better = |a: &(usize, f64), b: &(usize, f64)| {
            if higher { b.1 > a.1 } else { b.1 < a.1 }
        };
        let top = values.reduce(|a, b| if better(&a, &b) { b } else { a })?;
        best.push(top.1);
        epochs.push(top.0 as f64 + 1.0);
        last.push(column.last().copied().flatten()?);
    }
    Some(BestEpoch {
        best: stats::mean(&best)?,
        last: stats::mean(&last)?,
        epochs: stats::mean(&epochs)?,
    })
}
