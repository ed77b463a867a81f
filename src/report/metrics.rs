//! What a report knows about a metric: from the tables of the trainer and of the scores, or only its
//! name.

use super::load::Sweep;
use crate::run::{Direction, EPOCH_METRICS, EPOCH_SCORES};
use crate::run::{Mode, SCORE_METRICS, score_metric};

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
            let base = known(&score.name);
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
                found.push(known(name));
            }
        }
    }
    found
}

/// Scores in the order of tables, the others after them.
pub(super) fn rank(name: &str) -> usize {
    let order = ["fid", "conditional_accuracy", "kid", "coverage"];
    order.iter().position(|n| *n == name).unwrap_or(order.len())
}

fn known(name: &str) -> MetricInfo {
    let metric = score_metric(name)
        .or_else(|| EPOCH_METRICS.iter().chain(EPOCH_SCORES).find(|m| m.name == name));
    MetricInfo {
        name: name.to_owned(),
        label: label(name),
        unit: metric.map_or("", |m| m.unit).to_owned(),
        direction: metric.map_or(Direction::Neutral, |m| m.direction),
        meaning: metric.map_or("", |m| m.meaning).to_owned(),
        score: false,
    }
}

fn label(name: &str) -> String {
    match name {
        "fid" | "kid" | "fjd" | "cas" => name.to_uppercase(),
        "real_p" => "Real_P".into(),
        "fake_p" => "Fake_P".into(),
        "gen_loss" => "Gen_loss".into(),
        "dis_loss" => "Dis_loss".into(),
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
