//! What the comparison of each variant with the baseline lets one say.

use super::analysis::Analysis;
use super::axis_answer::to_tell;
use super::finding::{Family, Finding, Subject};
use super::format::{Decimals, count, p_value};
use super::load::Sweep;
use super::sentence::Sentence;
use super::verdict::Verdict;
use crate::run::Direction;

/// Each variant against the baseline: the strongest thing that may be said, and what else.
pub(super) fn sentences(
    sweep: &Sweep,
    analysis: &Analysis,
    family: &Family,
) -> (Sentence, Sentence) {
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
            // More seeds of the same would have none either.
            None => format!("no run has a final {label} on both sides"),
            Some((_, f)) => format!(
                "{} cannot carry the test (smallest attainable p = {}){}",
                runs(f),
                p_value(open.iter().map(|(_, f)| f.smallest_adjusted).fold(1.0, f64::min)),
                to_tell(tell),
            ),
        };
        head().text(format!(": {why}."))
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
