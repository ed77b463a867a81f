//! What the health checks share: a signal over the epochs, and the light it gives.

use super::light::{Light, State};

pub(super) type Curve = Vec<Option<f64>>;

/// Clears a warning about an initial phase that healthy runs have as well, once the run has recovered
/// from it; one that comes after the run had been `well` stays.
pub(super) fn but_for_a_phase(mut light: Light, well: &[bool]) -> Light {
    if light.state == State::Warn && !well.iter().take(light.since.unwrap_or(0)).any(|&well| well) {
        (light.state, light.since) = (State::Ok, None);
        light.value = light.curve.iter().rev().flatten().next().copied();
    }
    light
}

/// In which epochs a signal lies below the threshold and does not come up to it by itself: within
/// the last ten epochs it has not even made a tenth of what was missing. A run that still learns is
/// not sick.
pub(super) fn low_for_good(curve: &[Option<f64>], threshold: f64) -> Vec<Option<bool>> {
    let smooth = smoothed(curve);
    let rises = |epoch: usize| {
        let before = epoch.checked_sub(10).and_then(|e| smooth[e]);
        before.zip(smooth[epoch]).is_some_and(|(b, now)| now - b > 0.1 * (threshold - b).max(0.0))
    };
    (0..curve.len()).map(|epoch| Some(curve[epoch]? < threshold && !rises(epoch))).collect()
}

/// One signal over the epochs, with what it is held against.
pub(super) struct Signal<'a> {
    pub(super) name: &'a str,
    pub(super) reason: &'a str,
    pub(super) threshold: f64,
    pub(super) curve: Curve,
    /// First epoch that counts.
    pub(super) from: usize,
    pub(super) patience: usize,
}

impl Signal<'_> {
    /// The light of a signal that `fires` at some values.
    pub(super) fn light(self, fires: impl Fn(f64) -> bool) -> Light {
        let fires: Vec<Option<bool>> = self.curve.iter().map(|v| v.map(&fires)).collect();
        self.light_where(&fires)
    }

    /// The light of a signal that fires in these epochs.
    pub(super) fn light_where(self, fires: &[Option<bool>]) -> Light {
        let Self { name, reason, threshold, curve, from, patience } = self;
        let light = |state, since: Option<usize>, value, reason: String| Light {
            name: name.to_owned(),
            state,
            since,
            value,
            threshold: Some(threshold),
            reason,
            curve: curve.clone(),
        };
        let last = curve.iter().rev().flatten().next().copied();
        if fires.iter().all(Option::is_none) {
            return light(State::Unknown, None, None, format!("{reason}: not recorded"));
        }
        if fires.iter().skip(from).all(Option::is_none) {
            let reason = format!("{reason}: not judged before epoch {from}");
            return light(State::Unknown, None, last, reason);
        }
        let mut stretch = 0;
        let mut since = None;
        for (epoch, fired) in fires.iter().enumerate().skip(from) {
            match fired {
                Some(true) => stretch += 1,
                Some(false) => stretch = 0,
                // An epoch without a number neither lengthens nor ends a stretch.
                None => continue,
            }
            // The stretch may have holes, so look back for its start.
            if stretch == patience && since.is_none() {
                let hits = (from..=epoch).rev().filter(|&e| fires[e] == Some(true));
                since = hits.take(patience).last();
            }
        }
        match since {
            None => light(State::Ok, None, last, reason.to_owned()),
            Some(epoch) if stretch >= patience => {
                light(State::Fail, since, curve[epoch], reason.to_owned())
            }
            Some(epoch) => light(State::Warn, since, curve[epoch], format!("{reason}; it passed")),
        }
    }
}

/// Mean of up to three numbers: an epoch's and the two before it.
pub(super) fn smoothed(column: &[Option<f64>]) -> Curve {
    (0..column.len())
        .map(|epoch| {
            column[epoch]?;
            let near: Vec<f64> =
                column[epoch.saturating_sub(2)..=epoch].iter().flatten().copied().collect();
            Some(near.iter().sum::<f64>() / near.len() as f64)
        })
        .collect()
}
