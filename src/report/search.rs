//! The course of a search: who went on at each rung, who went out there and why, and the short list.
//! All of it follows from the records alone, whatever order they came in.

use super::load::{RunData, Sweep};
use super::metrics::MetricInfo;
use super::stats;
use crate::run::{Direction, RunStatus};

/// How far a search has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchCourse {
    /// How the metric is called by which variants are ranked.
    pub label: String,
    /// The rungs that all who entered them have ended.
    pub rungs: Vec<Rung>,
    /// Whether nothing is left to be trained: the last rung has ended, or nobody is left.
    pub done: bool,
    /// Whether each run of the plan is needed, as far as is known by now.
    pub needed: Vec<bool>,
    /// The best of the last rung but the baseline, best first, as places in
    /// [`points`](crate::spec::Search::points); empty until it has ended.
    pub shortlist: Vec<usize>,
}

/// A rung that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// Epochs that its runs have.
    pub epochs: usize,
    /// All who entered it, the best first; who has no mean comes last.
    pub placed: Vec<Placed>,
    /// How many of them, from the first on, went on; none at the last rung.
    pub went_on: usize,
}

/// How a variant did at a rung.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Its place in [`points`](crate::spec::Search::points).
    pub point: usize,
    /// Mean of the metric over its seeds; none where some run of it has none.
    pub mean: Option<f64>,
    /// Why it has no mean; empty if it has one.
    pub why: String,
}

/// Takes every rung whose needed runs have ended; `None` of a sweep that is no search.
pub(super) fn course(sweep: &Sweep, metrics: &[MetricInfo]) -> Option<SearchCourse> {
    let search = sweep.manifest.search.as_ref()?;
    let metric = metrics.iter().find(|metric| metric.name == search.metric);
    let direction = metric.map_or(Direction::Lower, |metric| metric.direction);
    let label = metric.map_or(&search.metric, |metric| &metric.label).clone();
    let needed = vec![false; sweep.runs.len()];
    let mut course = SearchCourse { label, needed, ..Default::default() };
    let mut entered = vec![true; search.points.len()];
    for (rung, epochs) in search.epochs.iter().enumerate() {
        let of_rung = |run: &RunData| {
            let (point, at) = search.place(run.variant);
            at == rung && entered[point]
        };
        for (needed, run) in course.needed.iter_mut().zip(&sweep.runs) {
            *needed |= of_rung(run);
        }
        if sweep.runs.iter().any(|run| of_rung(run) && !run.status.has_ended()) {
            return Some(course);
        }
        let points = (0..entered.len()).filter(|point| entered[*point]);
        let of_file: Vec<Placed> = points
            .map(|point| place(sweep, point, search.variant(point, rung), &search.metric))
            .collect();
        let means: Vec<Option<f64>> = of_file.iter().map(|placed| placed.mean).collect();
        let order = ranked(direction, &means);
        let placed: Vec<Placed> = order.into_iter().map(|at| of_file[at].clone()).collect();
        let able = placed.iter().filter(|placed| placed.mean.is_some()).count();
        let next = search.enter.get(rung + 1).copied();
        let went_on = next.map_or(0, |most| most.min(able));
        entered.fill(false);
        placed[..went_on].iter().for_each(|placed| entered[placed.point] = true);
        if next.is_none() {
            let baseline = search.place(sweep.baseline()).0;
            let best = placed[..able].iter().map(|placed| placed.point);
            course.shortlist =
                best.filter(|point| *point != baseline).take(search.shortlist).collect();
        }
        course.rungs.push(Rung { epochs: *epochs, placed, went_on });
        if went_on == 0 {
            break;
        }
    }
    course.done = true;
    Some(course)
}

/// The variants that tables and pictures show: all, and of a search those of the farthest rung that a
/// run of has begun; the others are in the tables of the rungs.
pub(super) fn shown(sweep: &Sweep) -> Vec<usize> {
    let Some(search) = &sweep.manifest.search else {
        return (0..sweep.manifest.variants.len()).collect();
    };
    let begun = || sweep.runs.iter().filter(|run| run.status != RunStatus::NotStarted);
    let farthest = begun().map(|run| search.place(run.variant).1).max().unwrap_or(0);
    let mut shown: Vec<usize> =
        begun().map(|run| run.variant).filter(|v| search.place(*v).1 == farthest).collect();
    shown.sort_unstable();
    shown.dedup();
    shown
}

/// The runs whose time is counted: of a search not those that another rung went on from, whose time that
/// of the longer run has in it.
pub(super) fn timed(sweep: &Sweep) -> Vec<&RunData> {
    let seeds = sweep.manifest.seeds.len();
    let goes_on = |place: usize, run: &RunData| {
        let Some(search) = &sweep.manifest.search else { return false };
        let is_last = search.place(run.variant).1 + 1 == search.epochs.len();
        // The same seed at the next rung: runs stand variant by variant, seed by seed.
        let next = sweep.runs.get(place + seeds).filter(|_| !is_last);
        next.is_some_and(|next| next.seconds.is_some() && next.began_elsewhere)
    };
    let runs = sweep.runs.iter().enumerate();
    let counted = runs.filter(|(place, run)| run.seconds.is_some() && !goes_on(*place, run));
    counted.map(|(_, run)| run).collect()
}

/// The mean of a variant's runs at a rung, which takes all of them: of runs that were lost nobody
/// knows what they would have had, and those that are left may be the better ones.
fn place(sweep: &Sweep, point: usize, variant: usize, metric: &str) -> Placed {
    let (mut values, mut lost) = (Vec::new(), Vec::new());
    for run in sweep.runs_of(variant) {
        match (run.final_value(metric), run.status) {
            (Some(value), _) => values.push(value),
            (None, RunStatus::Completed) => {
                lost.push(format!("seed {} has no {metric}", run.record.seed));
            }
            (None, status) => {
                let (seed, word) = (run.record.seed, status.word());
                lost.push(format!(
                    "seed {seed} {word} after {}: {}",
                    crate::text::count(run.epochs as usize, "epoch"),
                    run.reason
                ));
            }
        }
    }
    let mean = stats::mean(&values).filter(|_| lost.is_empty());
    Placed { point, mean, why: lost.join("; ") }
}

/// The places of means, the best first; ties stay in their order, and who has none comes last.
pub fn ranked(direction: Direction, means: &[Option<f64>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..means.len()).collect();
    places.sort_by(|a, b| match (means[*a], means[*b]) {
        (Some(a), Some(b)) if direction == Direction::Higher => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    places
}

impl SearchCourse {
    /// Runs that were needed.
    pub fn runs(&self) -> usize {
        self.needed.iter().filter(|needed| **needed).count()
    }

    /// What became of the variant at a place of a rung, both from 0, in words.
    pub(super) fn fate(&self, rung: usize, place: usize) -> String {
        let ended = &self.rungs[rung];
        let placed = &ended.placed[place];
        if placed.mean.is_none() {
            format!("out: {}", placed.why)
        } else if place < ended.went_on {
            "goes on".to_owned()
        } else if self.shortlist.contains(&placed.point) {
            "short list".to_owned()
        } else if ended.went_on > 0 {
            "out".to_owned()
        } else {
            "came to the end".to_owned()
        }
    }

    /// The rung at which a searched variant went out, and its place there from 1; none while it is
    /// in, or came to the end.
    pub fn out_at(&self, point: usize) -> Option<(usize, usize)> {
        self.rungs.iter().enumerate().find_map(|(rung, ended)| {
            let place = ended.placed.iter().position(|placed| placed.point == point)?;
            let last = ended.went_on == 0 && ended.placed[place].mean.is_some();
            (place >= ended.went_on && !last).then_some((rung, place + 1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_ties_stay_and_who_has_no_mean_comes_last() {
        let means = [Some(2.0), None, Some(1.0), Some(2.0), None];
        assert_eq!(ranked(Direction::Lower, &means), [2, 0, 3, 1, 4]);
        assert_eq!(ranked(Direction::Higher, &means), [0, 3, 2, 1, 4]);
    }
}
