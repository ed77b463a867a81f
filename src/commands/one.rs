//! `run-one DIR VARIANT SEED`: one run of a sweep that was planned before.
//!
//! What `--isolate process` starts, and what a cluster's job script would.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail, ensure};

use super::exit::{Exit, Usage};
use super::training::{SCORERS, checkpoint_after, take_over};
use crate::cli::RunOneArgs;
use crate::data::DataCache;
use crate::exec::{self, EventStream, InProcess, LogSink, Reuse, Scheduler};
use crate::model::Model;
use crate::plan::{self, Plan};
use crate::record::store::RunState;
use crate::record::{Clock, SweepPaths, store};
use crate::run::{Event, Recorder};
use crate::run::{OutcomeKind, RunStatus};
use crate::score::ReferenceCache;
use crate::spec;

pub(super) fn run(
    model: &'static dyn Model,
    args: &RunOneArgs,
    stop: Arc<AtomicBool>,
    out: &mut dyn Write,
) -> Result<Exit> {
    let paths = SweepPaths::at(&args.dir);
    let manifest = store::read_manifest(&paths)?;
    let record = manifest.runs.iter().find(|r| (&r.variant, r.seed) == (&args.variant, args.seed));
    let record = record.ok_or_else(|| {
        let dir = args.dir.display();
        Usage(format!("{dir} has no run of {}, seed {}", args.variant, args.seed))
    })?;
    let library = DataCache::default();
    let plan =
        frozen(model, &paths.variant_settings(&args.variant), &args.variant, args.seed, &library)?;
    let run = &plan.runs[0];
    ensure!(
        run.key == record.key,
        "{}, seed {} has the key {} in the plan and {} now: settings, data or trainer have changed",
        args.variant,
        args.seed,
        record.key,
        run.key
    );
    let rerun = args.training.rerun.iter().copied().collect::<crate::exec::Rerun>();
    let RunState { status, reason, .. } = exec::run_state(&paths, run, &plan.variants[0], false);
    match status {
        RunStatus::Stale if !rerun.stale => {
            bail!("its folder holds a run that was trained differently: {reason}")
        }
        RunStatus::Damaged if !rerun.damaged => {
            let folder = paths.run(&args.variant, args.seed);
            bail!("{}: {reason}; `--rerun damaged` trains it again", folder.root().display())
        }
        _ => {}
    }
    if args.relay {
        stop_with_input(Arc::clone(&stop))?;
    }
    let reuse = (!args.training.no_reuse).then(|| paths.root().parent()).flatten().map(Reuse::new);
    let say = |line: &str| note(line);
    let runs_dir = paths.root().parent().unwrap_or(Path::new("."));
    let references = ReferenceCache::new(runs_dir.join(SCORERS));
    let executor = InProcess {
        paths: paths.clone(),
        library: &library,
        references: &references,
        clock: Clock::system(),
        stop: &stop,
        rerun,
        take_over: take_over(&args.training),
        checkpoint_after: checkpoint_after(args.training.checkpoint_minutes),
        reuse: reuse.as_ref(),
        progress: None,
        notes: LogSink::to(&say),
    };
    let threads = usize::from(args.training.threads);
    let mut watch = Watch(args.relay.then(|| EventStream::new(std::io::stdout())));
    let outcome = Scheduler::alone(threads, || executor.attempt(run, &mut watch))?;
    match &mut watch.0 {
        Some(relay) => relay.end(&outcome),
        None => {
            let colon = if outcome.reason.is_empty() { "" } else { ": " };
            let kind = format!("{:?}", outcome.kind).to_lowercase();
            writeln!(out, "{}, seed {}: {kind}{colon}{}", args.variant, args.seed, outcome.reason)?;
        }
    }
    Ok(match outcome.kind {
        OutcomeKind::Completed | OutcomeKind::Stopped => Exit::Completed,
        OutcomeKind::Diverged | OutcomeKind::Failed => Exit::RunFailed,
        OutcomeKind::Interrupted if stop.load(Ordering::Relaxed) => Exit::Interrupted,
        OutcomeKind::Interrupted => Exit::Io,
    })
}

/// The plan of the one run with these resolved settings.
///
/// # Errors
/// If the settings or the images they name cannot be read, or are no longer taken.
pub(super) fn frozen(
    model: &'static dyn Model,
    settings: &Path,
    variant: &str,
    seed: u64,
    library: &DataCache,
) -> Result<Plan> {
    let experiment = spec::load_run(settings, variant, seed, model.schema())?;
    let plan = plan::plan(model, &experiment, |settings| library.get(settings))?;
    ensure!(
        plan.runs.len() == 1 && plan.variants.len() == 1,
        "{} is not the settings of one run",
        settings.display()
    );
    Ok(plan)
}

struct Watch(Option<EventStream<std::io::Stdout>>);

impl Recorder for Watch {
    fn record(&mut self, event: &Event<'_>) -> crate::error::Result<()> {
        match &mut self.0 {
            Some(relay) => relay.record(event),
            None => Ok(()),
        }
    }
}

/// Stops when the process that started this one closes its end, or dies.
fn stop_with_input(stop: Arc<AtomicBool>) -> Result<()> {
    let watch = move || {
        let mut nothing = [0];
        while std::io::stdin().read(&mut nothing).is_ok_and(|count| count > 0) {}
        stop.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new().spawn(watch).context("cannot start a thread")?;
    Ok(())
}

/// To standard error, for standard output may carry the events. Nobody need be left to read it.
fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
