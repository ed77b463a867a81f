//! `cgan-sweep sweep FILE`: plan, train, record, report.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::exit::{Exit, Usage};
use super::replaced;
use super::standings::{NAMED, counts, standings};
use super::training::SCORERS;
use crate::data::Library;
use crate::exec::{
    Executor, Finished, InProcess, Isolated, Job, Notes, Plant, Rerun, Reuse, Scheduler, Standing,
    longest_first, standing,
};
use crate::model::Model;
use crate::plan::{Limits, Plan, Run, bytes};
use crate::record::lock::{Shard, SweepLock};
use crate::record::{Clock, Manifest, Progress, ProgressOutput, SweepPaths, store};
use crate::report;
use crate::run::OutcomeKind;
use crate::score::References;
use crate::spec::{Overrides, count};

/// How to carry out a sweep; nothing here can change a result.
#[derive(Clone, Debug)]
pub struct Options {
    /// Slots: runs that train at once.
    pub jobs: usize,
    /// Threads of each run.
    pub threads: usize,
    /// Where sweeps lie.
    pub runs_dir: PathBuf,
    /// Whether to say nothing but failures and the end.
    pub quiet: bool,
    /// Bytes that the runs that train at once may take together.
    pub memory: Option<u64>,
    /// Which part of the plan to train.
    pub shard: Shard,
    /// Program that trains each run in a process of its own, if any shall.
    pub isolate: Option<PathBuf>,
    /// Which runs that ended are trained again.
    pub rerun: Rerun,
    /// Whether to take over what other runs have trained.
    pub reuse: bool,
    /// Time after which a checkpoint is due by the clock.
    pub checkpoint_after: Option<Duration>,
    /// Whether to begin with the shortest run instead of the longest.
    pub shortest_first: bool,
    /// Whether whoever holds the folder or a run, and may live, is taken to be gone.
    pub take_over: bool,
    /// Whether the plan of another experiment of the same name gives way.
    pub replace: bool,
    /// A fault for tests.
    pub plant: Option<Plant>,
}

/// What a process takes besides its run: the program and the images.
const PROCESS_BYTES: u64 = 120_000_000;

/// Trains every run of the experiment in `file` that is not completed yet, and writes the report.
/// Once `stop` is set, all runs stop at a checkpoint.
///
/// # Errors
/// The mistakes of the file ([`crate::spec::Mistakes`]), a folder that somebody else holds, or what could
/// not be read or written.
pub fn run(
    model: &'static dyn Model,
    file: &Path,
    overrides: &Overrides,
    options: &Options,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let library = Library::default();
    let plan = super::experiment::plan(model, file, overrides, &library)?;
    let paths = SweepPaths::new(&options.runs_dir, &plan.experiment);
    check_memory(&plan, &paths, options)?;
    let mut lock = SweepLock::take(&paths, options.shard, options.take_over)?;
    let manifest = Manifest::from(&plan);
    if !options.replace
        && let Some(other) = replaced::other_experiment(&manifest, &paths, file)
    {
        write!(out, "{other}")?;
        return Ok(Exit::BadExperiment);
    }
    let standings = standings(&plan, &paths, options.rerun.damaged);
    if let Some(refusal) = refusal(&plan, &standings, options, out)? {
        return Ok(refusal);
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

    let mine = |run: &Run| options.shard.holds(&run.key);
    let of_shard: Vec<(&Run, &Standing)> =
        plan.runs.iter().zip(&standings).filter(|(run, _)| mine(run)).collect();
    let todo = of_shard.iter().filter(|(_, s)| options.rerun.wants(s)).map(|(run, _)| *run);
    let mut jobs: Vec<Job<'_>> = todo.map(|run| job(&plan, run, options)).collect();
    longest_first(&mut jobs);
    if options.shortest_first {
        jobs.reverse();
    }
    announce(&plan, &of_shard, &jobs, options, out)?;
    super::experiment::show_notes(&plan, out)?;
    out.flush()?;
    let finished = carry_out(&jobs, &paths, &library, options, stop)?;
    let report = report::write(paths.root())?;
    let exit = conclude(&of_shard, &finished, options, stop, out)?;
    super::report::say(&report.answer, out)?;
    writeln!(out, "report: {}", paths.report_html().display())?;
    writeln!(out, "curves: tensorboard --logdir {}", paths.root().display())?;
    drop(lock);
    Ok(exit)
}

/// Why nothing is trained: the folder holds what this plan would overwrite.
fn refusal(
    plan: &Plan,
    standings: &[Standing],
    options: &Options,
    out: &mut dyn Write,
) -> Result<Option<Exit>> {
    let stale: Vec<_> = plan
        .runs
        .iter()
        .zip(standings)
        .filter(|(_, standing)| matches!(standing, Standing::Stale(_)))
        .collect();
    if stale.is_empty() || options.rerun.stale {
        return Ok(None);
    }
    let were = if stale.len() == 1 { "was" } else { "were" };
    let runs = count(stale.len(), "run");
    writeln!(out, "{runs} of {} {were} trained differently:", plan.experiment)?;
    for (run, standing) in stale.iter().take(NAMED) {
        writeln!(out, "  {}, seed {}: {}", run.variant_name, run.seed, standing.why())?;
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

fn job<'a>(plan: &Plan, run: &'a Run, options: &Options) -> Job<'a> {
    let variant = &plan.variants[run.variant];
    let process = if options.isolate.is_some() { PROCESS_BYTES } else { 0 };
    Job {
        run,
        steps: variant.steps,
        work: variant.steps as f64 * variant.cost.step_multiply_adds as f64,
        memory: variant.cost.memory_bytes.saturating_add(process),
    }
}

fn announce(
    plan: &Plan,
    of_shard: &[(&Run, &Standing)],
    jobs: &[Job<'_>],
    options: &Options,
    out: &mut dyn Write,
) -> Result<()> {
    let part = match options.shard {
        Shard::WHOLE => String::new(),
        shard => format!(", {} of them in shard {shard}", of_shard.len()),
    };
    let variants = count(plan.variants.len(), "variant");
    let seeds = count(plan.seeds.len(), "seed");
    writeln!(out, "{}: {variants} × {seeds}{part}", plan.experiment)?;
    let counts = counts(of_shard.iter().map(|(_, standing)| *standing));
    let semicolon = if counts.is_empty() { "" } else { "; " };
    writeln!(out, "{} to train{semicolon}{counts}", jobs.len())?;
    Ok(())
}

/// Refuses a `--memory` in which a run that is to be trained does not fit even alone: that is a
/// slip, or a machine that cannot train it.
fn check_memory(plan: &Plan, paths: &SweepPaths, options: &Options) -> Result<()> {
    let Some(limit) = options.memory else { return Ok(()) };
    let too_large = |run: &&Run| job(plan, run, options).memory > limit;
    let mine = plan.runs.iter().filter(|run| options.shard.holds(&run.key));
    let to_train = |run: &&Run| {
        let damaged = options.rerun.damaged;
        options.rerun.wants(&standing(paths, run, &plan.variants[run.variant], damaged))
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

fn carry_out<'a>(
    jobs: &[Job<'a>],
    paths: &SweepPaths,
    library: &Library,
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
    let references = References::new(options.runs_dir.join(SCORERS));
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
                notes: Notes::to(&say),
                plant: options.plant.as_ref(),
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
                notes: Notes::to(&say),
            };
            &isolated
        }
    };
    let done = AtomicBool::new(false);
    let finished = std::thread::scope(|scope| {
        let watch = || {
            while !done.load(Ordering::Relaxed) {
                if stop.load(Ordering::Relaxed) {
                    say("stopping: each run writes a checkpoint; once more leaves at once");
                    return;
                }
                std::thread::park_timeout(Duration::from_millis(50));
            }
        };
        // Without it Ctrl-C stops the runs all the same: nothing says so at once.
        let watcher = std::thread::Builder::new().spawn_scoped(scope, watch);
        let finished = scheduler.execute(jobs, executor, stop);
        done.store(true, Ordering::Relaxed);
        if let Ok(watcher) = watcher {
            watcher.thread().unpark();
        }
        finished
    });
    progress.finish();
    finished
}

/// What a process that trains one run is told.
fn arguments(options: &Options) -> Vec<OsString> {
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
    if options.take_over {
        arguments.push("--take-over".to_owned());
    }
    if let Some(plant) = &options.plant {
        arguments.extend(["--plant".to_owned(), plant.to_string()]);
    }
    arguments.into_iter().map(OsString::from).collect()
}

/// Names the runs that are not completed, and says how to go on.
fn conclude(
    of_shard: &[(&Run, &Standing)],
    finished: &[Finished<'_>],
    options: &Options,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let mut open = Vec::new();
    let (mut ended, mut interrupted) = (false, 0);
    for finished in finished {
        let why = match finished.outcome.kind {
            OutcomeKind::Completed => continue,
            OutcomeKind::Interrupted => {
                interrupted += 1;
                if stop.load(Ordering::Relaxed) {
                    continue;
                }
                "interrupted"
            }
            OutcomeKind::Diverged => "diverged",
            OutcomeKind::Failed => "failed",
        };
        ended |= why != "interrupted";
        open.push((finished.run, format!("{why}: {}", finished.outcome.reason)));
    }
    for (run, standing) in of_shard {
        if **standing != Standing::Completed && !options.rerun.wants(standing) {
            ended = true;
            open.push((run, format!("{} before: {}", standing.word(), standing.why())));
        }
    }
    for (run, why) in open.iter().take(NAMED) {
        writeln!(out, "{}, seed {}: {why}", run.variant_name, run.seed)?;
    }
    if open.len() > NAMED {
        writeln!(out, "and {} more that did not complete", open.len() - NAMED)?;
    }
    if stop.load(Ordering::Relaxed) {
        writeln!(
            out,
            "interrupted: {} stopped at a checkpoint; {HOW_TO_GO_ON}",
            count(interrupted, "run")
        )?;
        return Ok(Exit::Interrupted);
    }
    if interrupted > 0 {
        writeln!(out, "{} could not go on; {HOW_TO_GO_ON}", count(interrupted, "run"))?;
        return Ok(Exit::Io);
    }
    Ok(if ended { Exit::RunFailed } else { Exit::Completed })
}

const HOW_TO_GO_ON: &str = "the same command goes on from there";

/// The program itself, to train runs in processes of their own.
pub(super) fn this_program() -> Result<PathBuf> {
    std::env::current_exe().context("cannot tell where this program lies")
}
