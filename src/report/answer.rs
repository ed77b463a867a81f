//! The answer in two sentences, from the statistics alone.

use super::analysis::{ALPHA, Analysis, Choice, VariantSummary, Verdict};
use super::format::{Decimals, count, list, p_value};
use super::load::Sweep;
use super::metrics;
use crate::run::Direction;
use crate::run::RunStatus;

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// A name from the experiment, to be escaped and set apart.
    Name(String),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was found.
    pub finding: Vec<Span>,
    /// What else to know.
    pub detail: Vec<Span>,
    /// Runs without a result, and why; empty if all completed.
    pub notices: Vec<Vec<Span>>,
}

/// Builds sentences from words and names.
#[derive(Default)]
struct Sentence(Vec<Span>);

impl Sentence {
    fn text(mut self, words: impl Into<String>) -> Self {
        self.0.push(Span::Text(words.into()));
        self
    }

    fn name(mut self, name: &str) -> Self {
        self.0.push(Span::Name(name.to_owned()));
        self
    }

    fn names(mut self, names: &[&str]) -> Self {
        for (i, name) in names.iter().enumerate() {
            let last = i + 1 == names.len();
            match i {
                0 => {}
                _ if last => self = self.text(" and "),
                _ => self = self.text(", "),
            }
            self = self.name(name);
        }
        self
    }
}

/// The smallest number of seeds with which `comparisons` tests can pass Holm's first step:
/// 2/2ⁿ ≤ α/m.
pub fn seeds_needed(comparisons: usize) -> u32 {
    let mut n = 1;
    while 2.0 / f64::powi(2.0, n) > ALPHA / comparisons.max(1) as f64 {
        n += 1;
    }
    n.unsigned_abs()
}

/// The answer to the experiment's question.
pub fn answer(sweep: &Sweep, analysis: &Analysis) -> Answer {
    let (finding, detail) = sentences(sweep, analysis);
    Answer { finding: finding.0, detail: detail.0, notices: notices(sweep, analysis) }
}

fn sentences(sweep: &Sweep, analysis: &Analysis) -> (Sentence, Sentence) {
    let say = Sentence::default;
    let done = analysis.total(RunStatus::Completed);
    let baseline = &analysis.variants[analysis.baseline];
    let Some(primary) = analysis.primary.filter(|_| done > 0) else {
        let finding = if done == 0 {
            let none = match analysis.planned() {
                1 => "its one run has not completed".to_owned(),
                runs => format!("none of the {runs} runs has completed"),
            };
            say().text(format!("There is no answer yet: {none}."))
        } else {
            say().text("There is no answer: no completed run has the primary metric.")
        };
        return (finding, say());
    };
    let info = &analysis.metrics[primary.metric];
    let label = info.in_sentence();
    let decimals = Decimals::of(analysis, primary.metric);
    let others: Vec<&VariantSummary> =
        analysis.variants.iter().filter(|v| v.test.is_some()).collect();
    if others.is_empty() {
        let s = &baseline.finals[primary.metric];
        let finding =
            say().text("There is one variant, so nothing is compared: ").name(&baseline.name);
        if s.values.is_empty() {
            let why = sweep.runs.iter().find_map(|r| match &r.score(&info.name)?.value {
                crate::run::Value::NotComputable(reason) => Some(reason.as_str()),
                _ => None,
            });
            let why = why.unwrap_or("no completed run has a finite value");
            return (finding.text(format!(" has no final {label}: {why}.")), say());
        }
        let interval = s.interval.map_or_else(String::new, |i| {
            format!(" (95 % CI {} to {})", decimals.show(i.low), decimals.show(i.high))
        });
        let finding = finding.text(format!(
            " has a final {label} of {}{interval} over {}.",
            decimals.opt(s.mean),
            count(s.values.len(), "seed")
        ));
        return (finding, say());
    }
    let direction = info.direction;
    let having = |verdict| -> Vec<&VariantSummary> {
        let is = |v: &&&VariantSummary| v.test.is_some_and(|t| t.verdict == verdict);
        let mut found: Vec<_> = others.iter().filter(is).copied().collect();
        found.sort_by(|a, b| {
            let size = |v: &VariantSummary| v.differences[primary.metric].mean.unwrap_or(0.0).abs();
            size(b).total_cmp(&size(a))
        });
        found
    };
    let names = |variants: &[&VariantSummary]| -> Vec<String> {
        variants.iter().map(|v| v.name.clone()).collect()
    };
    let by_how_much = |v: &VariantSummary| {
        let d = &v.differences[primary.metric];
        let mean = d.mean.unwrap_or(0.0);
        let way = if mean > 0.0 { "higher" } else { "lower" };
        let interval = d.interval.map_or_else(String::new, |i| {
            let (low, high) = if mean > 0.0 { (i.low, i.high) } else { (-i.high, -i.low) };
            format!("95 % CI {} to {}, ", decimals.show(low), decimals.show(high))
        });
        let seeds = count(d.pairs.len(), "paired seed");
        (format!("{} {way}", decimals.show(mean.abs())), format!("{interval}{seeds}"))
    };
    let tested = |v: &VariantSummary| {
        let (size, over) = by_how_much(v);
        let p = v.test.map_or(1.0, |t| t.p_holm);
        format!("its {label} is {size} ({over}, Holm-adjusted p = {})", p_value(p))
    };
    let stand_in = primary.choice == Choice::StandIn;
    let (better, worse) = (having(Verdict::Better), having(Verdict::Worse));
    let (different, unclear) = (having(Verdict::Different), having(Verdict::Unclear));
    let (underpowered, unpaired) = (having(Verdict::Underpowered), having(Verdict::NoPairs));
    let weak = [underpowered.clone(), unpaired.clone()].concat();

    // The finding: the strongest thing that may be said.
    let mut told: Vec<&str> = Vec::new();
    let finding = if let Some(best) = better.first() {
        told.push(&best.name);
        say()
            .name(&best.name)
            .text(" is better than the baseline ")
            .name(&baseline.name)
            .text(format!(": {}.", tested(best)))
    } else if let Some(worst) = worst_of(&worse) {
        told.push(&worst.name);
        say()
            .text("No variant was found better than the baseline ")
            .name(&baseline.name)
            .text("; ")
            .name(&worst.name)
            .text(format!(" is worse: {}.", tested(worst)))
    } else if let Some(most) = different.first() {
        told.push(&most.name);
        say()
            .name(&most.name)
            .text(" differs from the baseline ")
            .name(&baseline.name)
            .text(format!(": {}; no way of this metric is better.", tested(most)))
    } else if !unclear.is_empty() {
        let head = if others.len() == 1 {
            say().text("It cannot be told whether ").name(&others[0].name).text(" differs from ")
        } else {
            say().text("It cannot be told whether any variant differs from ")
        };
        let p = unclear.iter().filter_map(|v| v.test).map(|t| t.p_holm).fold(1.0, f64::min);
        head.text("the baseline ")
            .name(&baseline.name)
            .text(format!(" in {label}: the smallest Holm-adjusted p is {}.", p_value(p)))
    } else {
        let head = if others.len() == 1 {
            say().text("It cannot be told whether ").name(&others[0].name).text(" differs from ")
        } else {
            say().text("It cannot be told whether any variant differs from ")
        };
        let pairs = weak.iter().map(|v| v.differences[primary.metric].pairs.len()).max();
        let smallest = weak.iter().filter_map(|v| v.test).map(|t| t.smallest_holm);
        let needed = count(seeds_needed(others.len()) as usize, "seed");
        let why = match pairs.unwrap_or(0) {
            0 => format!("no seed has a final {label} on both sides, and {needed} are needed"),
            n => format!(
                "{} cannot carry the test (underpowered: smallest attainable p = {}; {needed} \
                 are needed)",
                count(n, "paired seed"),
                p_value(smallest.fold(1.0, f64::min)),
            ),
        };
        head.text("the baseline ").name(&baseline.name).text(format!(": {why}."))
    };

    // The rest, in one more sentence.
    if stand_in {
        return (
            say().text(
                "No score was recorded, so nothing here says which variant makes better images.",
            ),
            say()
                .text(format!("{} stands in, which describes the game only; ", info.label))
                .join(finding),
        );
    }
    let rest = |group: &[&VariantSummary]| -> Vec<String> {
        names(group).into_iter().filter(|n| !told.contains(&n.as_str())).collect()
    };
    let mut detail = say();
    let mut parts = 0;
    let without = format!("no seed has a final {label} on both sides");
    for (group, words) in [
        (rest(&better), "also better"),
        (rest(&worse), if better.is_empty() { "also worse" } else { "worse" }),
        (rest(&different), "also different"),
        (rest(&unclear), "not told apart from the baseline"),
        (rest(&underpowered), "underpowered"),
        (rest(&unpaired), &without),
    ] {
        // Where nothing is told, the finding has already said so of all.
        if group.is_empty() || told.is_empty() {
            continue;
        }
        let names: Vec<&str> = group.iter().map(String::as_str).collect();
        detail = detail.text(if parts == 0 { "" } else { "; " });
        detail = detail.text(format!("{words}: ")).names(&names);
        parts += 1;
    }
    if parts > 0 {
        return (finding, detail.text(".").capitalised());
    }
    if told.is_empty() {
        // What these runs happened to give, said as no more than that.
        let better_by = |v: &&&VariantSummary| {
            let d = v.differences[primary.metric].mean;
            d.map_or(f64::NEG_INFINITY, |d| match direction {
                Direction::Higher => d,
                Direction::Lower => -d,
                Direction::Neutral => d.abs(),
            })
        };
        let best = others.iter().max_by(|a, b| better_by(a).total_cmp(&better_by(b)));
        if let Some(best) = best.filter(|v| v.differences[primary.metric].mean.is_some()) {
            let (size, over) = by_how_much(best);
            detail = say()
                .text("In these runs the mean ")
                .text(format!("{label} of "))
                .name(&best.name)
                .text(format!(" was {size} ({over}): a description of them, not a finding."));
        }
    }
    (finding, detail)
}

fn worst_of<'a>(worse: &[&'a VariantSummary]) -> Option<&'a VariantSummary> {
    worse.first().copied()
}

impl Sentence {
    fn join(mut self, other: Self) -> Self {
        let mut spans = other.0;
        // After a semicolon a sentence goes on in lower case.
        if let Some(Span::Text(first)) = spans.first_mut()
            && let Some(rest) = first.strip_prefix("It ")
        {
            *first = format!("it {rest}");
        }
        self.0.append(&mut spans);
        self
    }

    fn capitalised(mut self) -> Self {
        let first = self.0.iter_mut().find_map(|span| match span {
            Span::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        });
        if let Some(text) = first {
            let mut letters = text.chars();
            if let Some(letter) = letters.next() {
                *text = letter.to_uppercase().collect::<String>() + letters.as_str();
            }
        }
        self
    }
}

/// Everything that is not a completed run of the plan, counted.
fn notices(sweep: &Sweep, analysis: &Analysis) -> Vec<Vec<Span>> {
    let mut out = Vec::new();
    let mut parts = Vec::new();
    for state in RunStatus::OF_RECORDS {
        let n = analysis.total(state);
        if n > 0 && state != RunStatus::Completed {
            parts.push(format!("{n} {}", state.word()));
        }
    }
    if !parts.is_empty() {
        let done = analysis.total(RunStatus::Completed);
        let head = format!("{done} of {} completed: ", count(analysis.planned(), "run"));
        let text =
            format!("{head}{}. They stay in the count of runs and enter no mean.", list(&parts));
        let mut sentence = Sentence::default().text(text);
        if analysis.total(RunStatus::Damaged) > 0 {
            sentence =
                sentence.text(" The damaged ones are trained again by sweep --rerun damaged.");
        }
        out.push(sentence.0);
    }
    if !sweep.strays.is_empty() {
        let names: Vec<&str> = sweep.strays.iter().map(String::as_str).take(10).collect();
        let more = sweep.strays.len() - names.len();
        let mut s = Sentence::default().text("Not part of the plan and left out: ").names(&names);
        if more > 0 {
            s = s.text(format!(" and {more} more"));
        }
        out.push(s.text(".").0);
    }
    let mut scorers: Vec<&str> = sweep
        .runs
        .iter()
        .filter_map(|r| Some(r.scores.as_ref()?.scorer.as_ref()?.hash.as_str()))
        .collect();
    scorers.sort_unstable();
    scorers.dedup();
    if scorers.len() > 1 {
        let text = format!(
            "The runs were scored by {} different classifiers: their scores do not compare.",
            scorers.len()
        );
        out.push(Sentence::default().text(text).0);
    }
    if let Some(why) = metrics::weakness(sweep) {
        let mark = metrics::WEAK.trim();
        let text =
            format!("{mark} by a weak scorer: {why}. Differences may be its own, not the images'.");
        out.push(Sentence::default().text(text).0);
    }
    if let Some(name) = &sweep.manifest.primary_metric
        && analysis.primary.is_none()
    {
        let s = Sentence::default().text("No run has the primary metric ").name(name);
        out.push(s.text(", which the experiment names.").0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_needed_as_in_the_literature() {
        // m = 1: 6, 5: 8, 10: 9, 20: 10.
        let needed: Vec<u32> = [1, 5, 10, 20].into_iter().map(seeds_needed).collect();
        assert_eq!(needed, [6, 8, 9, 10]);
    }
}
