//! A run that had better weights than its last.

use super::history::History;
use super::light::{Light, State};
use super::signal::{Curve, Signal, smoothed};
use super::thresholds::Thresholds;

/// By FID where it was taken at several epochs, otherwise by the fast KID; both smoothed over three
/// epochs, as the best of many noisy numbers is too good. What the numbers do from epoch to epoch
/// anyway is no collapse.
pub(super) fn late_collapse(history: &History, t: &Thresholds) -> Light {
    let recorded = |name| history.column(name).iter().flatten().count() >= 2;
    let (column, reason) = if recorded("fid") {
        ("fid", "FID over its best so far")
    } else {
        ("kid", "KID over its best so far")
    };
    let raw = history.column(column);
    let scored = history.column("predicted_entropy");
    // Samples that are all equal have no KID: no collapse is deeper.
    let gone = |epoch: usize| column == "kid" && raw[epoch].is_none() && scored[epoch].is_some();
    let mut best: Option<(f64, f64)> = None;
    let (curve, fires): (Curve, Vec<Option<bool>>) = smoothed(&raw)
        .into_iter()
        .enumerate()
        .map(|(epoch, value)| {
            if best.is_some() && gone(epoch) {
                return (None, Some(true));
            }
            let ratio = value.and_then(|value| {
                if best.is_none_or(|(best, _)| value < best) {
                    best = Some((value, usual_change(&raw[..=epoch])));
                }
                let (best, noise) = best?;
                // KID may be 0 or below: then the noise is the scale.
                let ratio = value / best.max(noise);
                let worse = ratio > t.late_fid_ratio && value - best > t.late_noise * noise;
                ratio.is_finite().then_some((ratio, worse))
            });
            ratio.unzip()
        })
        .unzip();
    let signal = Signal {
        name: "late-collapse",
        reason,
        threshold: t.late_fid_ratio,
        curve,
        from: 0,
        patience: 1,
    };
    let mut light = signal.light_where(&fires);
    // What passed was no late collapse.
    if light.state == State::Warn {
        (light.state, light.since) = (State::Ok, None);
        light.value = light.curve.iter().rev().flatten().next().copied();
        light.reason = reason.to_owned();
    }
    light
}

/// Median change from one number to the next, over the last ten changes; 0 if there are none.
fn usual_change(column: &[Option<f64>]) -> f64 {
    let numbers: Vec<f64> = column.iter().rev().flatten().take(11).copied().collect();
    let mut changes: Vec<f64> = numbers.windows(2).map(|pair| (pair[0] - pair[1]).abs()).collect();
    changes.sort_by(f64::total_cmp);
    changes.get(changes.len() / 2).copied().unwrap_or(0.0)
}
