//! The runs of a sweep, carried out in slots.

use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;

use super::options::Options;
use super::rounds::Rounds;
use super::training::SCORERS;
use crate::data::DataCache;
use crate::exec::{Executor, Finished, InProcess, Isolated, Job, LogSink, Rerun, Reuse, Scheduler};
use crate::plan::{Limits, Plan, Run};
use crate::record::{Clock, Progress, ProgressOutput, SweepPaths};
use crate::score::ReferenceCache;

/// What a process takes besides its run: the program and the images.
const PROCESS_BYTES: u64 = 120_000_000;

/// What a run waits for a slot as.
pub(super) fn job<'a>(plan: &Plan, run: &'a Run, options: &Options) -> Job<'a> {
    let variant = &plan.variants[run.variant];
    let process = if options.isolate.is_some() { PROCESS_BYTES } else { 0 };
    Job {
        run,
        steps: variant.steps,
        work: variant.steps as f64 * variant.cost.step_multiply_adds as f64,
        memory: variant.cost.memory_bytes.saturating_add(process),
    }
}

/// Trains these runs, the first ones first, until all ended or `stop` is set.
pub(super) fn carry_out<'a>(
    jobs: &[Job<'a>],
    paths: &SweepPaths,
    library: &DataCache,
    options: &Options,
    stop: &AtomicBool,
) -> Result<Vec<Finished<'a>>> {
    let slots = options.jobs.min(jobs.len()).max(1);
    let steps = jobs.iter().map(|job| job.steps).sum();
    let output = ProgressOutput::stderr(options.quiet);
    let progress = Progress::new(output, Clock::system(), jobs.len(), steps, slots);
    let say = |line: &str| progress.say(line);
    let reuse = options.reuse.then(|| Reuse::new(&options.runs_dir));
    let memory = options
        .memory
        .or_else(|| Limits::of_this_machine().memory_bytes.map(|bytes| bytes / 5 * 4));
    let scheduler = Scheduler { jobs: options.jobs, threads: options.threads, memory };
    let references = ReferenceCache::new(options.runs_dir.join(SCORERS));
    let in_process;
    let isolated;
    let executor: &dyn Executor = match &options.isolate {
        None => {
            in_process = InProcess {
                paths: paths.clone(),
                library,
                references: &references,
                clock: Clock::system(),
                stop,
                rerun: options.rerun,
                take_over: options.take_over,
                checkpoint_after: options.checkpoint_after,
                reuse: reuse.as_ref(),
                progress: Some(&progress),
                notes: LogSink::to(&say),
            };
            &in_process
        }
        Some(program) => {
            isolated = Isolated {
                program: program.clone(),
                arguments: arguments(options),
                paths: paths.clone(),
                stop,
                rerun: options.rerun,
                progress: Some(&progress),
                notes: LogSink::to(&say),
            };
            &isolated
        }
    };
    let done = AtomicBool::new(false);
    let finished = std::thread::scope(|scope| {
        let watch = || {
            while !done.load(Ordering::Relaxed) {
                if stop.load(Ordering::Relaxed) {
                    // A task of a cluster never leaves before its checkpoints are written.
                    let sooner =
                        if options.provisional { "; once more leaves at once" } else { "" };
                    say(&format!("stopping: each run writes a checkpoint{sooner}"));
                    return;
                }
                std::thread::park_timeout(Duration::from_millis(50));
            }
        };
        // Without it Ctrl-C stops the runs all the same: nothing says so at once.
        let watcher = std::thread::Builder::new().spawn_scoped(scope, watch);
        let rounds = options.provisional.then(|| Rounds::new(executor, paths, jobs));
        let executor = rounds.as_ref().map_or(executor, |rounds| rounds);
        let finished = scheduler.execute(jobs, executor, stop);
        done.store(true, Ordering::Relaxed);
        if let Ok(watcher) = watcher {
            watcher.thread().unpark();
        }
        finished
    });
    progress.finish();
    Ok(finished?)
}

/// What a process that trains one run is told.
pub(super) fn arguments(options: &Options) -> Vec<OsString> {
    let minutes = options.checkpoint_after.map_or(0.0, |after| after.as_secs_f64() / 60.0);
    let mut arguments = vec![
        "--threads".to_owned(),
        options.threads.to_string(),
        "--checkpoint-minutes".to_owned(),
    ];
    arguments.push(minutes.to_string());
    let Rerun { failed, diverged, stale, damaged } = options.rerun;
    for (wanted, name) in
        [(failed, "failed"), (diverged, "diverged"), (stale, "stale"), (damaged, "damaged")]
    {
        if wanted {
            arguments.extend(["--rerun".to_owned(), name.to_owned()]);
        }
    }
    if !options.reuse {
        arguments.push("--no-reuse".to_owned());
    }
    if let Some(after) = options.take_over {
        let seconds = after.as_secs();
        arguments.push(match seconds {
            0 => "--take-over".to_owned(),
            _ => format!("--take-over={seconds}"),
        });
    }
    arguments.into_iter().map(OsString::from).collect()
}
