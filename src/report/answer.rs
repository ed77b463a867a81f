//! The answer in two sentences, from the statistics alone.

use super::analysis::{Analysis, Choice};
use super::finding::Family;
use super::format::{Decimals, count};
use super::load::Sweep;
use super::notices::notices;
use super::sentence::{Sentence, Span};
use super::{axis_answer, compared, searched};
use crate::run::RunStatus;
use crate::spec::Ask;

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

/// The answer to the experiment's question.
pub fn answer(sweep: &Sweep, analysis: &Analysis) -> Answer {
    let (finding, mut detail) = sentences(sweep, analysis);
    // What else was asked, a sentence or two a question.
    if analysis.total(RunStatus::Completed) > 0 {
        for family in analysis.families.iter().skip(1) {
            let (first, rest) = of_family(sweep, analysis, family);
            detail = detail.then(first).then(rest);
        }
    }
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
    if let (Some(search), Some(course)) = (&sweep.manifest.search, &analysis.search) {
        return searched::sentences(sweep, analysis, search, course);
    }
    if let (Some(looks), Some(course)) = (&sweep.manifest.looks, &analysis.course)
        && course.taken.is_empty()
        && !course.done
    {
        let first = count(looks.from, "seed");
        return (
            say().text(format!("There is no answer yet: the first look is at {first}.")),
            say(),
        );
    }
    let info = &analysis.metrics[primary.metric];
    let label = info.in_sentence();
    let decimals = Decimals::of(analysis, primary.metric);
    if analysis.variants.len() < 2 {
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
    let (finding, detail) = match analysis.families.first() {
        Some(family) => of_family(sweep, analysis, family),
        None => (say(), say()),
    };
    if primary.choice == Choice::StandIn {
        return (
            say().text(
                "No score was recorded, so nothing here says which variant makes better images.",
            ),
            say()
                .text(format!("{} stands in, which describes the game only; ", info.label))
                .join(finding),
        );
    }
    (finding, detail)
}

/// What one family of tests lets one say: the strongest of it, and what else.
fn of_family(sweep: &Sweep, analysis: &Analysis, family: &Family) -> (Sentence, Sentence) {
    match family.question.test {
        Ask::Compare => compared::sentences(sweep, analysis, family),
        Ask::Trend | Ask::Factors => axis_answer::sentences(analysis, family),
    }
}
