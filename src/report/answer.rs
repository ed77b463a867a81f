//! The answer in two sentences, from the statistics alone.

use super::analysis::{Analysis, Choice};
use super::axis_answer::{self, to_tell};
use super::families::{Family, Finding, Subject};
use super::format::{Decimals, count, list, p_value};
use super::load::Sweep;
use super::looks::Course;
use super::metrics;
use super::sentence::{Sentence, Span};
use super::verdict::{ALPHA, Verdict};
use crate::run::Direction;
use crate::run::RunStatus;
use crate::spec::{Ask, Looks};

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
        Ask::Compare => compared(sweep, analysis, family),
        Ask::Trend | Ask::Factors => axis_answer::sentences(analysis, family),
    }
}

/// Each variant against the baseline.
fn compared(sweep: &Sweep, analysis: &Analysis, family: &Family) -> (Sentence, Sentence) {
    let say = Sentence::default;
    let Some(metric) = family.metric else { return (say(), say()) };
    let info = &analysis.metrics[metric];
    let label = info.in_sentence();
    let decimals = Decimals::of(analysis, metric);
    let direction = info.direction;
    let baseline = &analysis.variants[analysis.baseline];
    let others: Vec<(&str, &Finding)> = family
        .findings
        .iter()
        .filter_map(|f| match f.subject {
            Subject::Variant(v) => Some((sweep.manifest.variants[v].name.as_str(), f)),
            Subject::Axis(_) => None,
        })
        .collect();
    let having = |verdict| -> Vec<(&str, &Finding)> {
        let mut found: Vec<_> =
            others.iter().filter(|(_, f)| f.verdict == verdict).copied().collect();
        found.sort_by(|a, b| {
            let size = |f: &Finding| f.estimate.unwrap_or(0.0).abs();
            size(b.1).total_cmp(&size(a.1))
        });
        found
    };
    let runs = |f: &Finding| match f.n[..] {
        _ if family.question.paired => count(f.n[0], "paired seed"),
        [ours, theirs] if ours != theirs => format!("{ours} against {}", count(theirs, "run")),
        _ => format!("{} each", count(f.n[0], "run")),
    };
    let by_how_much = |f: &Finding| {
        let mean = f.estimate.unwrap_or(0.0);
        let way = if mean > 0.0 { "higher" } else { "lower" };
        let interval = f.interval.map_or_else(String::new, |i| {
            let (low, high) = if mean > 0.0 { (i.low, i.high) } else { (-i.high, -i.low) };
            format!("95 % CI {} to {}, ", decimals.show(low), decimals.show(high))
        });
        (format!("{} {way}", decimals.show(mean.abs())), format!("{interval}{}", runs(f)))
    };
    let tested = |f: &Finding| {
        let (size, over) = by_how_much(f);
        format!("its {label} is {size} ({over}, p = {})", p_value(f.p_adjusted))
    };
    let (better, worse) = (having(Verdict::Better), having(Verdict::Worse));
    let (different, unclear) = (having(Verdict::Different), having(Verdict::Unclear));
    let (underpowered, unpaired) = (having(Verdict::Underpowered), having(Verdict::NoPairs));
    let equal = having(Verdict::Equal);
    let within = || decimals.show(family.question.margin.unwrap_or_default());
    let open = [&unclear[..], &underpowered, &unpaired].concat();
    let head = || {
        let head = match &others[..] {
            [(name, _)] => {
                say().text("It cannot be told whether ").name(name).text(" differs from ")
            }
            _ => say().text("It cannot be told whether any variant differs from "),
        };
        head.text("the baseline ").name(&baseline.name)
    };
    // The largest difference seen is the one that most likely can be told.
    let tell = open.iter().filter_map(|(_, f)| f.seeds_to_tell).min();

    // The finding: the strongest thing that may be said.
    let mut told: Vec<&str> = Vec::new();
    let finding = if let Some((name, best)) = better.first() {
        told.push(name);
        say()
            .name(name)
            .text(" is better than the baseline ")
            .name(&baseline.name)
            .text(format!(": {}.", tested(best)))
    } else if let Some((name, worst)) = worse.first() {
        told.push(name);
        say()
            .text("No variant was found better than the baseline ")
            .name(&baseline.name)
            .text("; ")
            .name(name)
            .text(format!(" is worse: {}.", tested(worst)))
    } else if let Some((name, most)) = different.first() {
        told.push(name);
        say()
            .name(name)
            .text(" differs from the baseline ")
            .name(&baseline.name)
            .text(format!(": {}; no way of this metric is better.", tested(most)))
    } else if let Some((name, same)) = equal.first() {
        told.push(name);
        let p = p_value(same.p_equal.unwrap_or(1.0));
        say().name(name).text(" is as good as the baseline ").name(&baseline.name).text(format!(
            ": {label} is equal within {} ({}, p = {p}).",
            within(),
            runs(same)
        ))
    } else if !unclear.is_empty() {
        let p = unclear.iter().map(|(_, f)| f.p_adjusted).fold(1.0, f64::min);
        let smallest = if others.len() == 1 { "p" } else { "the smallest p" };
        head().text(format!(" in {label}: {smallest} is {}{}.", p_value(p), to_tell(tell)))
    } else {
        let most = open.iter().max_by_key(|(_, f)| f.n.iter().min());
        let why = match most.filter(|(_, f)| f.n.iter().all(|n| *n > 0)) {
            None => format!("no run has a final {label} on both sides"),
            Some((_, f)) => format!(
                "{} cannot carry the test (smallest attainable p = {})",
                runs(f),
                p_value(open.iter().map(|(_, f)| f.smallest_adjusted).fold(1.0, f64::min)),
            ),
        };
        head().text(format!(": {why}{}.", to_tell(tell)))
    };

    // The rest, in one more sentence.
    let rest = |group: &[(&'_ str, &Finding)]| -> Vec<String> {
        let names = group.iter().map(|(name, _)| (*name).to_owned());
        names.filter(|n| !told.contains(&n.as_str())).collect()
    };
    let mut detail = say();
    let mut parts = 0;
    let without = format!("no run has a final {label} on both sides");
    let equal_words = format!("equal within {}", within());
    for (group, words) in [
        (rest(&better), "also better"),
        (rest(&worse), if better.is_empty() { "also worse" } else { "worse" }),
        (rest(&different), "also different"),
        (rest(&equal), &equal_words),
        (rest(&unclear), "not told apart from the baseline"),
        (rest(&underpowered), "too few runs to tell"),
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
        let better_by = |f: &Finding| {
            f.estimate.map_or(f64::NEG_INFINITY, |d| match direction {
                Direction::Higher => d,
                Direction::Lower => -d,
                Direction::Neutral => d.abs(),
            })
        };
        let best = others.iter().max_by(|a, b| better_by(a.1).total_cmp(&better_by(b.1)));
        if let Some((name, best)) = best.filter(|(_, f)| f.estimate.is_some()) {
            let (size, over) = by_how_much(best);
            detail = say()
                .text("In these runs the mean ")
                .text(format!("{label} of "))
                .name(name)
                .text(format!(" was {size} ({over}): a description of them, not a finding."));
        }
    }
    (finding, detail)
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
    if analysis.is_provisional() && analysis.total(RunStatus::Completed) > 0 {
        let text = "Provisional: not all runs of the plan have ended, and what is said may change \
                    with those that come.";
        out.push(Sentence::default().text(text).0);
    }
    if let (Some(looks), Some(course)) = (&sweep.manifest.looks, &analysis.course) {
        out.extend(on_looks(sweep, looks, course));
    }
    if sweep.manifest.declared_late {
        let text = "Exploratory: what is asked was declared after runs had been trained, so the 5 % \
                    do not hold. Seeds that nobody has seen yet, in a sweep of their own, would \
                    prove it.";
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

/// How a sweep that is looked at has gone so far.
fn on_looks(sweep: &Sweep, looks: &Looks, course: &Course) -> Vec<Vec<Span>> {
    let mut out = Vec::new();
    let seeds: Vec<String> = course.taken.iter().map(|look| look.seeds.to_string()).collect();
    let text = match course.taken.last() {
        None => return out,
        Some(last) => {
            let open = match last.open {
                0 => "everything that was asked is told".to_owned(),
                open => format!("{} could not be told", count(open, "finding")),
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
