//! What to know beside an answer: runs without a result, looks, doubts.

use super::analysis::Analysis;
use super::format::{count, list};
use super::load::{RunData, Sweep};
use super::looks::Course;
use super::metrics;
use super::searched;
use super::sentence::{Sentence, Span};
use super::verdict::ALPHA;
use crate::run::{RunStatus, Value};
use crate::spec::Looks;

/// Everything that is not a completed run of the plan, counted.
pub(super) fn notices(sweep: &Sweep, analysis: &Analysis) -> Vec<Vec<Span>> {
    let mut out = Vec::new();
    let mut parts = Vec::new();
    for state in RunStatus::OF_RECORDS {
        let n = analysis.total(state);
        if n > 0 && state != RunStatus::Completed {
            parts.push(format!("{n} {}", state.word()));
        }
    }
    if analysis.is_provisional() {
        let text = "Provisional: not all runs of the plan have ended, and what is said may change \
                    with those that come.";
        out.push(Sentence::default().text(text).0);
    }
    if let (Some(looks), Some(course)) = (&sweep.manifest.looks, &analysis.course) {
        out.extend(on_looks(sweep, looks, course));
    }
    if let (Some(search), Some(course)) = (&sweep.manifest.search, &analysis.search) {
        out.push(Sentence::default().text(searched::spent(sweep, search, course)).0);
    }
    if sweep.manifest.declared_late {
        let text = "Exploratory: what is asked was declared after runs had been trained, so the 5 % \
                    do not hold. Seeds that nobody has seen yet, in a sweep of their own, would \
                    prove it.";
        out.push(Sentence::default().text(text).0);
    }
    if let Some(before) = sweep.manifest.seeds_before.filter(|_| sweep.manifest.variants.len() > 1)
    {
        let text = format!(
            "Exploratory: {} became {} after runs had been trained. Whoever adds seeds until something \
             is found errs in more than 5 %; looks, seeds = {{ from = …, to = …, step = … }}, add them \
             at one error rate.",
            count(before, "seed"),
            sweep.manifest.seeds.len(),
        );
        out.push(Sentence::default().text(text).0);
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
    out.extend(not_computable(sweep, analysis));
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

/// Runs that were scored and have no primary metric all the same; why.
fn not_computable(sweep: &Sweep, analysis: &Analysis) -> Option<Vec<Span>> {
    let info = analysis.primary_info()?;
    let why = |run: &RunData| match &run.score(&info.name)?.value {
        Value::NotComputable(reason) => Some(reason.clone()),
        Value::Value(_) => None,
    };
    let reasons: Vec<_> = sweep.runs.iter().filter_map(why).collect();
    let first = reasons.first()?;
    let text = format!("{} without {}: {first}.", count(reasons.len(), "run"), info.label);
    Some(Sentence::default().text(text).0)
}

/// How a sweep that is looked at has gone so far.
fn on_looks(sweep: &Sweep, looks: &Looks, course: &Course) -> Vec<Vec<Span>> {
    let mut out = Vec::new();
    let seeds: Vec<String> = course.taken.iter().map(|look| look.seeds.to_string()).collect();
    let text = match course.taken.last() {
        None => return out,
        Some(last) => {
            let open = match last.open {
                0 => "everything that was asked is told".to_owned(),
                open => format!("{} left open", count(open, "finding")),
            };
            let next = if course.done { "" } else { " so far" };
            format!(
                "Looked at {} seeds: {open}{next}, with {} of the {} that all looks would need.",
                list(&seeds),
                count(last.runs, "run"),
                sweep.runs.len(),
            )
        }
    };
    out.push(Sentence::default().text(text).0);
    if looks.to > looks.spend_to {
        let most = 100.0 * ALPHA * looks.to as f64 / looks.spend_to as f64;
        let text = format!(
            "The last look was put off from {} to {} after runs had been trained: of sweeps \
             that go on so, up to {most:.1} % err.",
            count(looks.spend_to, "seed"),
            looks.to
        );
        out.push(Sentence::default().text(text).0);
    }
    out
}
