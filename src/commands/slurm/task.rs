//! `run-task DIR NUMBER`: what a task of an array does, on a node.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};

use crate::cli::{Isolation, RunTaskArgs};
use crate::commands::carry::{carry_out, job};
use crate::commands::exit::Exit;
use crate::commands::one::frozen;
use crate::commands::options::{Options, this_program};
use crate::commands::signals;
use crate::commands::training::{checkpoint_after, take_over};
use crate::data::DataCache;
use crate::exec::{self, Job};
use crate::model::Model;
use crate::plan::Plan;
use crate::record::lock::Shard;
use crate::record::store::RunState;
use crate::record::{RunRecord, SweepPaths};
use crate::run::{OutcomeKind, RunStatus};
use crate::slurm::{Submission, tools};

/// Trains the runs of this task that have no outcome yet. When its time is nearly up they write
/// checkpoints and the task queues up again.
///
/// # Errors
/// If the task cannot be read, or this is no task of an array.
pub(in crate::commands) fn task(
    model: &'static dyn Model,
    args: &RunTaskArgs,
    out: &mut dyn Write,
) -> Result<Exit> {
    let signals = signals::of_task()?;
    let place = Slot::of_environment()?;
    let paths = SweepPaths::at(&args.dir);
    let task = Submission::task(&paths, args.submission, place.task as usize)?;
    writeln!(out, "task {}, attempt {}", place.name(), place.restarts + 1)?;
    out.flush()?;
    let options = options(args, &paths, task.reuse)?;
    let library = DataCache::default();
    let mut plans = Vec::new();
    let mut good = true;
    for record in &task.runs {
        match plan_of(model, &paths, record, &options, &library) {
            Ok(Some(plan)) => plans.push(plan),
            Ok(None) => {}
            Err(error) => {
                writeln!(out, "{}, seed {}: {error:#}", record.variant, record.seed)?;
                good = false;
            }
        }
    }
    let jobs: Vec<Job<'_>> = plans.iter().map(|plan| job(plan, &plan.runs[0], &options)).collect();
    let finished = carry_out(&jobs, &paths, &library, &options, &signals.stop)?;
    let ended = |kind| finished.iter().filter(|f| f.outcome.kind == kind).count();
    let open = jobs.len() - finished.len() + ended(OutcomeKind::Interrupted);
    for run in finished.iter().filter(|f| f.outcome.kind == OutcomeKind::Interrupted) {
        let (variant, seed) = (&run.run.variant_name, run.run.seed);
        writeln!(out, "{variant}, seed {seed}: {}", run.outcome.reason)?;
    }
    if signals.end.load(Ordering::Relaxed) {
        writeln!(out, "told to end; {open} of {} not done", jobs.len())?;
        return Ok(Exit::Interrupted);
    }
    if open > 0 && signals.time_is_up.load(Ordering::Relaxed) {
        return start_over(&place, args.max_requeues, out);
    }
    good &= ended(OutcomeKind::Diverged) + ended(OutcomeKind::Failed) == 0;
    Ok(match (open, good) {
        (0, true) => Exit::Completed,
        (0, false) => Exit::RunFailed,
        _ => Exit::Io,
    })
}

/// Queues the task up again, unless it did so too often.
fn start_over(place: &Slot, most: u32, out: &mut dyn Write) -> Result<Exit> {
    if place.restarts >= most {
        writeln!(
            out,
            "its time is up, and it started over {} times: not again (max_requeues); `cgan-sweep \
             sweep FILE --executor slurm` goes on from its checkpoints",
            place.restarts
        )?;
        return Ok(Exit::Interrupted);
    }
    writeln!(out, "its time is up: it starts over from its checkpoints")?;
    out.flush()?;
    match tools::requeue(&place.name()) {
        Ok(()) => Ok(Exit::Completed),
        Err(error) => {
            writeln!(
                out,
                "{error}; `cgan-sweep sweep FILE --executor slurm` goes on from its checkpoints"
            )?;
            Ok(Exit::Interrupted)
        }
    }
}

/// The plan of one run; none if it has an outcome that stands.
fn plan_of(
    model: &'static dyn Model,
    paths: &SweepPaths,
    record: &RunRecord,
    options: &Options,
    library: &DataCache,
) -> Result<Option<Plan>> {
    let settings = paths.variant_settings(&record.variant);
    let plan = frozen(model, &settings, &record.variant, record.seed, library)?;
    ensure!(
        plan.runs[0].key == record.key,
        "it was submitted with the key {} and has {} now: settings, data or trainer have changed",
        record.key,
        plan.runs[0].key
    );
    let variant = &plan.variants[0];
    let RunState { status, reason, .. } =
        exec::run_state(paths, &plan.runs[0], variant, options.rerun.damaged);
    match status {
        RunStatus::Stale if !options.rerun.stale => {
            anyhow::bail!("its folder holds a run that was trained differently: {reason}")
        }
        RunStatus::Damaged if !options.rerun.damaged => {
            anyhow::bail!("{reason}; `--rerun damaged` trains it again")
        }
        status if !options.rerun.wants(status) => Ok(None),
        _ => Ok(Some(plan)),
    }
}

fn options(args: &RunTaskArgs, paths: &SweepPaths, reuse: bool) -> Result<Options> {
    let training = &args.training;
    Ok(Options {
        jobs: args.jobs,
        threads: usize::from(training.threads),
        runs_dir: paths.root().parent().unwrap_or(Path::new(".")).to_owned(),
        quiet: false,
        memory: None,
        shard: Shard::WHOLE,
        isolate: match args.isolate {
            Isolation::Thread => None,
            Isolation::Process => Some(this_program()?),
        },
        rerun: training.rerun.iter().copied().collect(),
        reuse: reuse && !training.no_reuse,
        checkpoint_after: checkpoint_after(training.checkpoint_minutes),
        provisional: false,
        take_over: take_over(training),
        replace: false,
    })
}

/// Which task of which array this is.
struct Slot {
    array: String,
    task: u32,
    /// How often it was started before.
    restarts: u32,
}

impl Slot {
    fn of_environment() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        let read = || {
            let array = variable("SLURM_ARRAY_JOB_ID")?;
            let task = variable("SLURM_ARRAY_TASK_ID")?.parse().ok()?;
            // Not set the first time.
            let restarts = variable("SLURM_RESTART_COUNT").and_then(|n| n.parse().ok());
            Some(Self { array, task, restarts: restarts.unwrap_or(0) })
        };
        read().context("this is no task of a Slurm array; `run-one` trains a run anywhere")
    }

    /// As Slurm's programs call it. The number of the job itself is another for each task.
    fn name(&self) -> String {
        format!("{}_{}", self.array, self.task)
    }
}
