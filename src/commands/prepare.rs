//! A sweep's folder made ready for its runs to be trained, here or elsewhere.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Result, bail};

use super::carry::job;
use super::exit::{Exit, Usage};
use super::options::Options;
use super::replaced;
use super::states::{NAMED, states};
use crate::data::DataCache;
use crate::exec;
use crate::model::Model;
use crate::plan::{Plan, Run};
use crate::record::lock::SweepLock;
use crate::record::store::RunState;
use crate::record::{Manifest, RunRecord, SweepPaths, store};
use crate::report;
use crate::run::RunStatus;
use crate::spec::Overrides;
use crate::text::{bytes, count};

/// A sweep's folder that holds its plan and all that a run needs to be trained from it.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) paths: SweepPaths,
    /// Where each run of the plan stands.
    pub(super) states: Vec<RunState>,
    /// Keeps others out until it is dropped.
    pub(super) lock: SweepLock,
}

/// Reads an experiment file and puts its plan into the sweep's folder. It breaks where the folder
/// holds what the plan would overwrite, and says so.
///
/// # Errors
/// The mistakes of the file, a folder that somebody else holds, or what could not be read or written.
pub(super) fn prepare(
    model: &'static dyn Model,
    file: &Path,
    overrides: &Overrides,
    library: &DataCache,
    options: &Options,
    out: &mut dyn Write,
) -> Result<ControlFlow<Exit, Prepared>> {
    let plan = super::experiment::plan(model, file, overrides, library)?;
    let paths = SweepPaths::new(&options.runs_dir, &plan.experiment);
    check_memory(&plan, &paths, options)?;
    let mut lock = SweepLock::take(&paths, options.shard, options.take_over.is_some())?;
    let mut manifest = Manifest::from(&plan);
    manifest.declared_late = is_declared_late(&manifest, &paths);
    keep_what_is_spent(&mut manifest, &paths);
    manifest.seeds_before = seeds_before(&manifest, &paths);
    if !options.replace
        && let Some(other) = replaced::other_experiment(&manifest, &paths, file)
    {
        write!(out, "{other}")?;
        return Ok(ControlFlow::Break(Exit::BadExperiment));
    }
    let states = states(&plan, &paths, options.rerun.damaged);
    if let Some(refusal) = refusal(&plan, &states, options, out)? {
        return Ok(ControlFlow::Break(refusal));
    }
    if store::read_manifest(&paths).ok().as_ref() != Some(&manifest) {
        if lock.shared {
            bail!(
                "{} is being trained in parts from another plan; wait for these to end",
                paths.root().display()
            );
        }
        report::write_hparams(paths.root(), &manifest)?;
    }
    if !lock.shared {
        store::tidy(&paths);
    }
    store::freeze(&paths, &plan)?;
    replaced::remember(&paths, file)?;
    // Last: where a plan lies, all that belongs to it does.
    store::create_sweep(&paths, &manifest, &plan.text)?;
    lock.ready();
    Ok(ControlFlow::Continue(Prepared { plan, paths, states, lock }))
}

/// The plan that lies in the folder, if runs that both it and this one have have ended.
fn begun_with(manifest: &Manifest, paths: &SweepPaths) -> Option<Manifest> {
    let found = store::read_manifest(paths).ok()?;
    let ended = |run: &RunRecord| {
        found.runs.contains(run) && paths.run(&run.variant, run.seed).outcome().exists()
    };
    manifest.runs.iter().any(ended).then_some(found)
}

/// Whether the folder has runs that ended while something else was asked of them, or nothing yet.
fn is_declared_late(manifest: &Manifest, paths: &SweepPaths) -> bool {
    begun_with(manifest, paths).is_some_and(|f| f.declared_late || !f.asks_as(manifest))
}

/// Where looks go on further than was planned, the earlier ones have spent what they have spent.
fn keep_what_is_spent(manifest: &mut Manifest, paths: &SweepPaths) {
    let found = begun_with(manifest, paths).filter(|found| found.asks_as(manifest));
    let spend_to = found.and_then(|found| Some(found.looks?.spend_to));
    if let (Some(looks), Some(spend_to)) = (&mut manifest.looks, spend_to) {
        looks.spend_to = spend_to;
    }
}

/// How many seeds a fixed list had when runs of it ended first, if it has more now.
fn seeds_before(manifest: &Manifest, paths: &SweepPaths) -> Option<usize> {
    let fixed = |plan: &Manifest| plan.looks.is_none() && plan.search.is_none();
    let found = begun_with(manifest, paths).filter(|found| fixed(found) && fixed(manifest))?;
    let added = manifest.seeds.iter().any(|seed| !found.seeds.contains(seed));
    let before = found.seeds_before.or(added.then_some(found.seeds.len()))?;
    (before < manifest.seeds.len()).then_some(before)
}

/// Why nothing is trained: the folder holds what this plan would overwrite.
fn refusal(
    plan: &Plan,
    states: &[RunState],
    options: &Options,
    out: &mut dyn Write,
) -> Result<Option<Exit>> {
    let stale: Vec<_> = plan
        .runs
        .iter()
        .zip(states)
        .filter(|(_, state)| state.status == RunStatus::Stale)
        .collect();
    if stale.is_empty() || options.rerun.stale {
        return Ok(None);
    }
    let were = if stale.len() == 1 { "was" } else { "were" };
    let runs = count(stale.len(), "run");
    writeln!(out, "{runs} of {} {were} trained differently:", plan.experiment)?;
    for (run, state) in stale.iter().take(NAMED) {
        writeln!(out, "  {}, seed {}: {}", run.variant_name, run.seed, state.reason)?;
    }
    if stale.len() > NAMED {
        writeln!(out, "  and {} more", stale.len() - NAMED)?;
    }
    writeln!(
        out,
        "nothing was trained. `--rerun stale` replaces these runs; another file name or \
         `--runs-dir` keeps them"
    )?;
    Ok(Some(Exit::BadExperiment))
}

/// Refuses a `--memory` in which a run that is to be trained does not fit even alone: that is a
/// slip, or a machine that cannot train it.
fn check_memory(plan: &Plan, paths: &SweepPaths, options: &Options) -> Result<()> {
    let Some(limit) = options.memory else { return Ok(()) };
    let too_large = |run: &&Run| job(plan, run, options).memory > limit;
    let mine = plan.runs.iter().filter(|run| options.shard.holds(&run.key));
    let to_train = |run: &&Run| {
        let damaged = options.rerun.damaged;
        options
            .rerun
            .wants(exec::run_state(paths, run, &plan.variants[run.variant], damaged).status)
    };
    let mut large = mine.filter(too_large).filter(to_train);
    let Some(run) = large.next() else { return Ok(()) };
    let (need, limit) = (bytes(job(plan, run, options).memory), bytes(limit));
    Err(Usage(format!(
        "--memory {limit} is less than one run needs: {}, seed {} takes about {need}\n  \
         = help: allow at least that, take smaller layers or a smaller batch, or leave --memory out",
        run.variant_name, run.seed
    ))
    .into())
}
