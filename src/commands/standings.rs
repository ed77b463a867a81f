//! Where the runs of a plan stand, as a person reads it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;

use crate::exec::{Reuse, Standing, standing};
use crate::plan::{Plan, Run};
use crate::record::SweepPaths;

/// Of a long list of runs, so many are named.
pub(super) const NAMED: usize = 20;

/// Where each run of the plan stands; see [`standing`].
pub(super) fn standings(plan: &Plan, paths: &SweepPaths, thorough: bool) -> Vec<Standing> {
    let stands = |run: &Run| standing(paths, run, &plan.variants[run.variant], thorough);
    plan.runs.par_iter().map(stands).collect()
}

/// How many runs stand how: `3 completed, 1 new`.
pub(super) fn counts<'a>(standings: impl Iterator<Item = &'a Standing>) -> String {
    let mut counts = BTreeMap::<&str, usize>::new();
    standings.for_each(|standing| *counts.entry(standing.word()).or_default() += 1);
    counts.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// Where the runs stand in a folder of sweeps: counts, what of the new ones is trained already
/// elsewhere, and the reason for each that is not as one would wish.
pub(super) fn show(
    plan: &Plan,
    standings: &[Standing],
    runs_dir: &Path,
    out: &mut dyn Write,
) -> Result<()> {
    let paths = SweepPaths::new(runs_dir, &plan.experiment);
    let place = paths.root().display();
    if standings.iter().all(|standing| *standing == Standing::New) && !paths.root().exists() {
        writeln!(out, "nothing of it is in {place} yet")?;
    } else {
        writeln!(out, "in {place}: {}", counts(standings.iter()))?;
    }
    reused(plan, standings, &paths, runs_dir, out)?;
    let reasons = plan.runs.iter().zip(standings).filter(|(_, s)| !s.why().is_empty());
    let lines: Vec<String> = reasons
        .map(|(run, s)| {
            format!("  {}, seed {}: {}: {}", run.variant_name, run.seed, s.word(), s.why())
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

fn reused(
    plan: &Plan,
    standings: &[Standing],
    paths: &SweepPaths,
    runs_dir: &Path,
    out: &mut dyn Write,
) -> Result<()> {
    let reuse = Reuse::new(runs_dir);
    let (mut whole, mut begun, mut steps) = (0, 0, 0);
    for (run, standing) in plan.runs.iter().zip(standings) {
        let variant = &plan.variants[run.variant];
        if !matches!(standing, Standing::New | Standing::Stale(_)) {
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
