//! What a report knows about a metric: from the tables of the trainer and of the scores, or only its
//! name.

use super::load::Sweep;
use crate::run::{Direction, EPOCH_SCORES};
use crate::run::{Mode, SCORE_METRICS, by_scorer, score_metric};

/// A metric as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricInfo {
    /// Its name in the records.
    pub name: String,
    /// Its name in headings.
    pub label: String,
    /// What one of it is; may be empty.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// One line, with mode and sample count where they are known; may be empty.
    pub meaning: String,
    /// Whether it is a score at the end of a run rather than a column of every epoch.
    pub score: bool,
    /// Whether it is the network's own.
    pub own: bool,
    /// Whether each step has it too.
    pub of_steps: bool,
}

impl MetricInfo {
    /// `lower is better`, `higher is better` or `describes the game`.
    pub fn direction_words(&self) -> &'static str {
        match self.direction {
            Direction::Higher => "higher is better",
            Direction::Lower => "lower is better",
            Direction::Neutral => "neither way is better",
        }
    }

    /// The same of each epoch's value: an epoch is scored on fewer fakes than a run's end, and
    /// against the images that choose, not those that are reported on.
    pub fn epoch_meaning(&self) -> String {
        match EPOCH_SCORES.iter().find(|m| m.name == self.name) {
            Some(metric) if score_metric(&self.name).is_some() => {
                format!("{}; 1000 samples an epoch, eval mode", metric.meaning)
            }
            _ => self.meaning.clone(),
        }
    }

    /// The label inside a sentence: `conditional accuracy`, but `FID` and `Real_P`.
    pub fn in_sentence(&self) -> String {
        let name = self.label.contains('_') || self.label.starts_with("Parzen");
        let mut letters = self.label.chars();
        match (letters.next(), letters.next()) {
            (Some(first), Some(second)) if second.is_lowercase() && !name => {
                first.to_lowercase().chain([second]).chain(letters).collect()
            }
            _ => self.label.clone(),
        }
    }

    /// Label with the unit in brackets.
    pub fn heading(&self) -> String {
        match self.unit.as_str() {
            "" | "1" => self.label.clone(),
            unit => format!("{} ({unit})", self.label),
        }
    }
}

/// Every metric that some run has: the scores, then the columns of `metrics.csv`.
pub(super) fn present(sweep: &Sweep) -> Vec<MetricInfo> {
    let mut found: Vec<MetricInfo> = Vec::new();
    for run in &sweep.runs {
        for score in run.scores.iter().flat_map(|s| &s.metrics) {
            if found.iter().any(|m| m.name == score.name) {
                continue;
            }
            let mode = match score.mode {
                Mode::Train => "train mode",
                Mode::Eval => "eval mode",
            };
            let base = known(sweep, &score.name);
            let comma = if base.meaning.is_empty() { "" } else { "; " };
            found.push(MetricInfo {
                unit: score.unit.clone(),
                direction: score.direction,
                meaning: format!("{}{comma}{} samples, {mode}", base.meaning, score.n),
                score: true,
                ..base
            });
        }
    }
    // In the order of the scores' own table, the main ones first.
    let place = |m: &MetricInfo| SCORE_METRICS.iter().position(|s| s.name == m.name);
    found.sort_by_key(|m| (rank(&m.name), place(m), m.name.clone()));
    for run in &sweep.runs {
        for (name, _) in &run.curves.columns {
            if !found.iter().any(|m| m.name == *name) {
                found.push(known(sweep, name));
            }
        }
    }
    if weakness(sweep).is_some() {
        for metric in found.iter_mut().filter(|metric| by_scorer(&metric.name)) {
            metric.label.push_str(WEAK);
        }
    }
    found
}

/// Follows the label of every number that hangs on a weak scorer.
pub(super) const WEAK: &str = " †";

/// Why the scores of some run are to be taken with care, if their classifier is a weak one.
pub(super) fn weakness(sweep: &Sweep) -> Option<String> {
    sweep.runs.iter().find_map(|run| run.scores.as_ref()?.weakness())
}

/// Scores in the order of tables, the others after them.
pub(super) fn rank(name: &str) -> usize {
    let order = ["fid", "conditional_accuracy", "kid", "coverage"];
    order.iter().position(|n| *n == name).unwrap_or(order.len())
}

fn known(sweep: &Sweep, name: &str) -> MetricInfo {
    let declared = sweep.manifest.metrics.iter().find(|m| m.name == name);
    let score = score_metric(name);
    let label = declared.map(|m| m.label.clone()).filter(|label| !label.is_empty());
    MetricInfo {
        name: name.to_owned(),
        label: label.unwrap_or_else(|| label_of(name)),
        unit: score.map(|m| m.unit).or(declared.map(|m| &*m.unit)).unwrap_or("").to_owned(),
        direction: score
            .map(|m| m.direction)
            .or(declared.map(|m| m.direction))
            .unwrap_or(Direction::Neutral),
        meaning: score
            .map(|m| m.meaning)
            .or(declared.map(|m| &*m.meaning))
            .unwrap_or("")
            .to_owned(),
        score: false,
        own: declared.is_some_and(|m| m.own),
        of_steps: declared.is_some_and(|m| m.of_steps),
    }
}

fn label_of(name: &str) -> String {
    match name {
        "fid" | "kid" | "fjd" | "cas" => name.to_uppercase(),
        "parzen_ll" => "Parzen log-likelihood".into(),
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or(words.clone(), |first| {
                first.to_uppercase().collect::<String>() + letters.as_str()
            })
        }
    }
}
