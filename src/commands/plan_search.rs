//! What a search would cost: known exactly, but for which variants go on and which runs are stopped.

use std::io::Write;

use anyhow::Result;

use crate::plan::{Plan, Variant};
use crate::spec::Search;
use crate::text::{count, grouped};

/// The variants that a plan is shown by: of a search each once, at its full length.
pub(super) fn shown(plan: &Plan) -> Vec<(usize, &str)> {
    match &plan.search {
        None => plan.variants.iter().map(|v| v.name.as_str()).enumerate().collect(),
        Some(search) => {
            let last = search.epochs.len() - 1;
            let points = search.points.iter().enumerate();
            points.map(|(at, name)| (search.variant(at, last), name.as_str())).collect()
        }
    }
}

/// The sum of something over all runs that are trained, `of` being what a run of a variant takes from
/// its first step to its last: the least it may be and the most.
pub(super) fn sum(plan: &Plan, of: impl Fn(&Variant) -> f64) -> (f64, f64) {
    let seeds = plan.seeds.len() as f64;
    let Some(search) = &plan.search else {
        let all = plan.variants.iter().map(of).sum::<f64>() * seeds;
        return (all, all);
    };
    let (mut least, mut most) = (0.0, 0.0);
    for (rung, enter) in search.enter.iter().enumerate() {
        let added = |point: usize| {
            let whole = of(&plan.variants[search.variant(point, rung)]);
            let before = rung.checked_sub(1).filter(|_| goes_on(plan, search, point, rung));
            whole - before.map_or(0.0, |r| of(&plan.variants[search.variant(point, r)]))
        };
        let mut each: Vec<f64> = (0..search.points.len()).map(added).collect();
        each.sort_by(f64::total_cmp);
        least += each[..*enter].iter().sum::<f64>() * seeds;
        most += each[each.len() - enter..].iter().sum::<f64>() * seeds;
    }
    (least, most)
}

/// Whether a run of a rung goes on from where it ended at the rung before: no schedule runs over its
/// length, and its pictures were due there.
fn goes_on(plan: &Plan, search: &Search, point: usize, rung: usize) -> bool {
    let variant = search.variant(point, rung);
    let run = &plan.runs[variant * plan.seeds.len()];
    let every = run.settings.record.samples_every.max(1);
    run.prefix_key.is_some() && search.epochs[rung - 1].is_multiple_of(every)
}

/// `12` or `12 to 15`.
pub(super) fn range((least, most): (f64, f64), show: impl Fn(f64) -> String) -> String {
    let (least, most) = (show(least), show(most));
    if least == most { most } else { format!("{least} to {most}") }
}

/// The rungs, and what they save.
pub(super) fn show(plan: &Plan, out: &mut dyn Write) -> Result<()> {
    let Some(search) = &plan.search else { return Ok(()) };
    let rungs = search.enter.iter().zip(&search.epochs).enumerate();
    let rungs: Vec<String> = rungs
        .map(|(rung, (enter, epochs))| {
            let enter = if rung == 0 { count(*enter, "variant") } else { enter.to_string() };
            format!("{enter} to epoch {epochs}")
        })
        .collect();
    let seeds = plan.seeds.len();
    let trained: usize =
        search.enter.iter().enumerate().map(|(rung, n)| n * search.added(rung)).sum();
    let all = search.points.len() * search.epochs.last().copied().unwrap_or(0);
    let [trained, all] = [trained * seeds, all * seeds].map(|n| grouped(n as u128));
    writeln!(
        out,
        "search by {}: {}; {trained} epochs, where all to the end are {all}; a short list of {}",
        search.metric,
        rungs.join(", "),
        search.shortlist
    )?;
    let anew = (0..search.points.len())
        .filter(|point| (1..search.epochs.len()).any(|rung| !goes_on(plan, search, *point, rung)));
    match anew.count() {
        0 => {}
        n => writeln!(
            out,
            "note: runs of {} are trained from their first step at every rung, which costs more epochs \
             than said: a schedule runs over their length, or a rung is no multiple of \
             record.samples_every",
            count(n, "variant")
        )?,
    }
    Ok(())
}
