//! Curves over epochs: mean and band over the seeds of a variant, thinned to what a page can show.

use super::load::{RunData, Sweep};
use super::stats::{self, Bands, Interval};
use crate::run::RunStatus;

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

/// The variants that are drawn: the baseline and the first of the others.
pub(super) fn drawn(sweep: &Sweep) -> Vec<usize> {
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
    for epoch in spread(length, limit) {
        let x: Vec<f64> = columns.iter().filter_map(|c| c.get(epoch).copied().flatten()).collect();
        if let Some(mean) = stats::mean(&x) {
            points.push((epoch as u64 + 1, mean, bands.interval(&x)));
        }
    }
    (!points.is_empty()).then_some(Curve { variant, points })
}

/// At most `limit` of the indices below `n`, evenly spread, the first and the last among them; the
/// last alone where there is room for one.
pub(super) fn spread(n: usize, limit: usize) -> Vec<usize> {
    if n <= limit {
        return (0..n).collect();
    }
    if limit <= 1 {
        return (n - limit..n).collect();
    }
    let step = |i: usize| (i * (n - 1) + (limit - 1) / 2) / (limit - 1);
    (0..limit).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_repeats_nothing() {
        for (n, limit) in [(0, 5), (3, 5), (5, 5), (6, 5), (150, 72), (10_000, 24), (3, 2)] {
            let s = spread(n, limit);
            assert_eq!(s.len(), n.min(limit));
            assert!(s.windows(2).all(|w| w[0] < w[1]));
            assert_eq!(s.last().copied(), n.checked_sub(1));
        }
        assert_eq!((spread(3, 1), spread(3, 0)), (vec![2], vec![]));
    }
}
