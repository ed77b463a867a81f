//! Curves over epochs: mean and band over the seeds of a variant, thinned to what a page can show.

use super::load::{RunData, Sweep};
use super::search;
use super::stats::{self, Bands, Interval};
use crate::run::RunStatus;
use crate::text::evenly;

/// Points that a curve keeps at most.
pub(super) const POINTS: usize = 72;

/// Variants that are drawn at most; the tables have all.
pub(super) const DRAWN: usize = 12;

/// One metric of one variant over the epochs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    /// Index of the variant.
    pub(super) variant: usize,
    /// Epochs done, mean and 95 % interval of the mean, at each point.
    pub(super) points: Vec<(u64, f64, Option<Interval>)>,
}

/// The variants that are drawn: the baseline and the first of the others; of a search those at the
/// farthest rung.
pub(super) fn drawn(sweep: &Sweep) -> Vec<usize> {
    if sweep.manifest.search.is_some() {
        let mut shown = search::shown(sweep);
        shown.truncate(DRAWN);
        return shown;
    }
    let baseline = sweep.baseline();
    let others = (0..sweep.manifest.variants.len()).filter(|v| *v != baseline);
    let mut shown: Vec<usize> = std::iter::once(baseline).chain(others.take(DRAWN - 1)).collect();
    shown.sort_unstable();
    shown
}

/// The curve of one metric over the completed runs of a variant, at no more than `limit` epochs,
/// evenly spread with the first and the last; `None` without values.
pub(super) fn curve(
    sweep: &Sweep,
    variant: usize,
    metric: &str,
    limit: usize,
    bands: &mut Bands,
) -> Option<Curve> {
    let runs: Vec<&RunData> =
        sweep.runs_of(variant).filter(|r| r.status == RunStatus::Completed).collect();
    let length = runs.iter().map(|r| r.curves.epochs.len()).max()?;
    let columns: Vec<&[Option<f64>]> =
        runs.iter().filter_map(|r| r.curves.column(metric)).collect();
    let mut points = Vec::new();
    for epoch in evenly(length, limit) {
        let x: Vec<f64> = columns.iter().filter_map(|c| c.get(epoch).copied().flatten()).collect();
        if let Some(mean) = stats::mean(&x) {
            points.push((epoch as u64 + 1, mean, bands.interval(&x)));
        }
    }
    (!points.is_empty()).then_some(Curve { variant, points })
}
