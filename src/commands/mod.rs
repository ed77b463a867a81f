//! One file a subcommand: load, call, show.

mod check;
pub mod compare;
mod defaults;
mod generate;
mod lights;
pub mod list;
mod one;
mod plan;
pub mod report;
mod reproduce;
pub mod score;
pub mod scorer;
mod signals;
mod standings;
pub mod sweep;

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

pub use generate::GenerateArgs;
pub use lights::LightsArgs;
pub use score::ScoreArgs;
pub use scorer::ScorerArgs;

use crate::cli::{Cli, Command, Isolation, SweepArgs};
use crate::exec::panics;
use crate::plan::Plan;
use crate::record::lock::Shard;
use crate::run::SCORE_METRICS;
use crate::run::{EPOCH_METRICS, EPOCH_SCORES};
use crate::spec::{self, Experiment, Mistakes, Overrides};

/// Where scorers of other data than MNIST are kept, under the folder of the sweeps.
const SCORERS: &str = ".scorers";

/// How the program ends; the numbers are documented in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All completed.
    Completed = 0,
    /// Some run diverged or failed.
    RunFailed = 1,
    /// The experiment file or the command line is wrong.
    BadExperiment = 2,
    /// A file could not be read or written, or the sweep's folder is held by somebody else.
    Io = 3,
    /// Stopped by a signal; the same command goes on from there.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Carries out a command, writing what it shows to `out`.
///
/// # Errors
/// What keeps the command from being carried out; [`explain`] shows it and says how to exit.
pub fn run(cli: &Cli, out: &mut (dyn Write + Send)) -> Result<Exit> {
    match &cli.command {
        Command::Check(args) => check::run(args, out),
        Command::Plan(args) => plan::run(args, out),
        Command::Sweep(args) => {
            let overrides = (&args.experiment.overrides).into();
            let stop = signals::stop_flag()?;
            panics::install();
            sweep::run(&args.experiment.file, &overrides, &options(args)?, &stop, out)
        }
        Command::RunOne(args) => {
            let stop = signals::stop_flag()?;
            panics::install();
            one::run(args, stop, out)
        }
        Command::Reproduce(args) => {
            let stop = signals::stop_flag()?;
            reproduce::run(&args.run, usize::from(args.threads), &stop, out)
        }
        Command::Report(args) => {
            let good = report::run(&args.dir, args.check, out)?;
            Ok(if good { Exit::Completed } else { Exit::RunFailed })
        }
        Command::Compare(args) => {
            let equal = compare::run(&args.a, &args.b, out)?;
            Ok(if equal { Exit::Completed } else { Exit::RunFailed })
        }
        Command::List(args) => {
            list::run(&args.dir, out)?;
            Ok(Exit::Completed)
        }
        Command::Generate(args) => generate::run(args, out),
        Command::Score(args) => {
            score::run(args, &generate::open, out)?;
            Ok(Exit::Completed)
        }
        Command::Lights(args) => {
            lights::run(args, out)?;
            Ok(Exit::Completed)
        }
        Command::Scorer(args) => {
            scorer::run(args, out)?;
            Ok(Exit::Completed)
        }
        Command::Defaults(args) => defaults::run(args, out),
    }
}

fn options(args: &SweepArgs) -> Result<sweep::Options> {
    let training = &args.training;
    let isolate = match args.isolate {
        Isolation::Thread => None,
        Isolation::Process => Some(sweep::this_program()?),
    };
    Ok(sweep::Options {
        jobs: args.jobs.map_or_else(cores, usize::from),
        threads: usize::from(training.threads),
        runs_dir: args.runs_dir.clone(),
        quiet: args.quiet,
        memory: args.memory.map(|bytes| bytes.as_u64()),
        shard: args.shard.unwrap_or(Shard::WHOLE),
        isolate,
        rerun: training.rerun.iter().copied().collect(),
        reuse: !training.no_reuse,
        checkpoint_after: checkpoint_after(training.checkpoint_minutes),
        shortest_first: args.shortest_first,
        plant: training.plant.clone(),
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The time of a `--checkpoint-minutes`; none for 0.
fn checkpoint_after(minutes: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(minutes * 60.0).ok().filter(|after| !after.is_zero())
}

/// Reads an experiment file as every command does.
///
/// # Errors
/// Its mistakes.
fn load(file: &Path, overrides: &Overrides) -> Result<Experiment, Mistakes> {
    let mut metrics: Vec<&str> = Vec::new();
    for metric in SCORE_METRICS.iter().chain(EPOCH_METRICS).chain(EPOCH_SCORES) {
        if !metrics.contains(&metric.name) {
            metrics.push(metric.name);
        }
    }
    spec::load(file, overrides)?.with_metrics(&metrics)
}

/// A command line that asks for what there is not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Shows an error and says how to exit for it.
pub fn explain(error: &anyhow::Error, err: &mut dyn Write) -> Exit {
    let io = error.chain().find_map(|e| e.downcast_ref::<std::io::Error>());
    // Whoever reads from a pipe may stop reading: no reason to complain.
    if io.is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) {
        return Exit::Completed;
    }
    // There is nobody left to tell when standard error is closed too.
    match error.downcast_ref::<Mistakes>() {
        Some(mistakes) => {
            let _ = writeln!(err, "{mistakes}");
            if mistakes.only_io() { Exit::Io } else { Exit::BadExperiment }
        }
        None => {
            let _ = writeln!(err, "error: {error:#}");
            if io.is_some_and(|e| e.kind() == ErrorKind::StorageFull) {
                let _ = writeln!(err, "  = help: make room on the disk; the same command goes on");
            }
            if error.is::<Usage>() { Exit::BadExperiment } else { Exit::Io }
        }
    }
}

/// `5 variants × 3 seeds = 15 runs`.
fn runs(plan: &Plan) -> String {
    let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!(
        "{} × {} = {}",
        counted(plan.variants.len(), "variant"),
        counted(plan.seeds.len(), "seed"),
        counted(plan.runs.len(), "run")
    )
}
