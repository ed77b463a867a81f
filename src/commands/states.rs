//! How far the runs of a plan have come, as a person reads it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;

use super::needed::{NOT_NEEDED, Needed, word};
use crate::exec::{self, Reuse};
use crate::plan::{Plan, Run};
use crate::record::SweepPaths;
use crate::record::store::RunState;
use crate::run::RunStatus;

/// Number of runs that are named of a long list.
pub(super) const NAMED: usize = 20;

/// How far each run of the plan has come; see [`exec::run_state`].
pub(super) fn states(plan: &Plan, paths: &SweepPaths, thorough: bool) -> Vec<RunState> {
    let state = |run: &Run| exec::run_state(paths, run, &plan.variants[run.variant], thorough);
    plan.runs.par_iter().map(state).collect()
}

/// How many runs have come how far, of their states and whether they are needed: `3 completed, 1 not
/// started`.
pub(super) fn counts(states: impl Iterator<Item = (RunStatus, bool)>) -> String {
    let mut counts = BTreeMap::<(RunStatus, bool), usize>::new();
    for (status, needed) in states {
        // Whatever was begun counts as what became of it.
        let unneeded = word(status, needed) == NOT_NEEDED;
        *counts.entry((status, unneeded)).or_default() += 1;
    }
    let counts: Vec<_> =
        counts.iter().map(|((s, unneeded), n)| format!("{n} {}", word(*s, !unneeded))).collect();
    counts.join(", ")
}

/// The runs in a folder of sweeps: counts, what of the new ones is trained already
/// elsewhere, and the reason for each that is not as one would wish.
pub(super) fn show(
    plan: &Plan,
    states: &[RunState],
    runs_dir: &Path,
    out: &mut dyn Write,
) -> Result<()> {
    let paths = SweepPaths::new(runs_dir, &plan.experiment);
    let place = paths.root().display();
    let needed = Needed::of_found(&paths, plan)?;
    if states.iter().all(|state| state.status == RunStatus::NotStarted) && !paths.root().exists() {
        writeln!(out, "nothing of it is in {place} yet")?;
    } else {
        let states = plan.runs.iter().zip(states);
        let counts = counts(states.map(|(run, state)| (state.status, needed.has(run))));
        writeln!(out, "in {place}: {counts}")?;
    }
    reused(plan, states, &needed, &paths, runs_dir, out)?;
    let reasons = plan.runs.iter().zip(states).filter(|(_, s)| is_told(s));
    let lines: Vec<String> = reasons
        .map(|(run, s)| {
            format!("  {}, seed {}: {}: {}", run.variant_name, run.seed, s.status.word(), s.reason)
        })
        .collect();
    for line in lines.iter().take(NAMED) {
        writeln!(out, "{line}")?;
    }
    if lines.len() > NAMED {
        writeln!(out, "  and {} more", lines.len() - NAMED)?;
    }
    Ok(())
}

/// Whether the reason says something that a person would want to know: not of an interrupted run.
fn is_told(state: &RunState) -> bool {
    state.status != RunStatus::Interrupted && !state.reason.is_empty()
}

fn reused(
    plan: &Plan,
    states: &[RunState],
    needed: &Needed,
    paths: &SweepPaths,
    runs_dir: &Path,
    out: &mut dyn Write,
) -> Result<()> {
    let reuse = Reuse::new(runs_dir);
    let (mut whole, mut begun, mut steps) = (0, 0, 0);
    for (run, state) in plan.runs.iter().zip(states) {
        let variant = &plan.variants[run.variant];
        let todo = matches!(state.status, RunStatus::NotStarted | RunStatus::Stale);
        if !todo || !needed.has(run) {
            continue;
        }
        let place = paths.run(&run.variant_name, run.seed);
        match reuse.saved_steps(run, &place, variant.data.images) {
            0 => {}
            saved if saved == variant.steps => (whole, steps) = (whole + 1, steps + saved),
            saved => (begun, steps) = (begun + 1, steps + saved),
        }
    }
    if whole + begun > 0 {
        writeln!(
            out,
            "{whole} of these are trained already elsewhere and {begun} in part: {steps} steps \
             would be taken over"
        )?;
    }
    Ok(())
}
