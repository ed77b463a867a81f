//! From a command line to the file that carries it out.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, FromArgMatches};

use super::exit::{Exit, explain};
use super::output::Output;
use super::{
    check, compare, data, defaults, generate, lights, list, new, one, options, plan, report,
    reproduce, score, scorer, shell, signals, slurm, sweep,
};
use crate::cli::{Cli, Command, ExecutorKind, after_help};
use crate::exec::panics;
use crate::model::Model;

/// The program of whoever sweeps `model`: reads the command line, carries it out, shows what went
/// wrong.
pub fn main(model: &'static dyn Model) -> ExitCode {
    let cli =
        Cli::from_arg_matches(&command(model).get_matches()).unwrap_or_else(|error| error.exit());
    let mut out = Output::new(std::io::stdout());
    let done = run(model, &cli, &mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match done {
        Ok(exit) => exit.into(),
        Err(error) => explain(&error, &mut std::io::stderr()).into(),
    }
}

/// The command line, which names the settings of `model`.
fn command(model: &dyn Model) -> clap::Command {
    Cli::command().after_help(after_help(model.schema()))
}

/// Carries out a command on sweeps of `model`, writing what it shows to `out`.
///
/// # Errors
/// What keeps the command from being carried out; [`explain`](super::explain) shows it and says how to exit.
pub fn run(model: &'static dyn Model, cli: &Cli, out: &mut (dyn Write + Send)) -> Result<Exit> {
    if !matches!(cli.command, Command::List(_) | Command::Lights(_) | Command::Defaults(_)) {
        start_threads()?;
    }
    match &cli.command {
        Command::Data(args) => data::run(args, out),
        Command::New(args) => new::run(model, args, out),
        Command::Check(args) => check::run(model, args, out),
        Command::Plan(args) => plan::run(model, args, out),
        Command::Sweep(args) => {
            let overrides = (&args.experiment.overrides).into();
            let stop = signals::stop_flag()?;
            panics::install();
            if args.executor.kind == ExecutorKind::Slurm {
                return slurm::sweep(model, args, &stop, out);
            }
            sweep::run(model, &args.experiment.file, &overrides, &options::of(args)?, &stop, out)
        }
        Command::Status(args) => slurm::status(args, out),
        Command::Cancel(args) => {
            slurm::cancel(args, out)?;
            Ok(Exit::Completed)
        }
        Command::RunTask(args) => {
            panics::install();
            slurm::task(model, args, out)
        }
        Command::RunOne(args) => {
            let stop = signals::stop_flag()?;
            panics::install();
            one::run(model, args, stop, out)
        }
        Command::Reproduce(args) => {
            let stop = signals::stop_flag()?;
            reproduce::run(model, &args.run, usize::from(args.threads), &stop, out)
        }
        Command::Report(args) => {
            let good = report::run(&args.dir, args.check, args.json, out)?;
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
        Command::Generate(args) => generate::run(model, args, out),
        Command::Score(args) => {
            let open = |run: &Path, epoch| generate::open(model, run, epoch);
            score::run(args, &open, out)?;
            Ok(Exit::Completed)
        }
        Command::Lights(args) => {
            lights::run(model, args, out)?;
            Ok(Exit::Completed)
        }
        Command::Scorer(args) => {
            scorer::run(args, out)?;
            Ok(Exit::Completed)
        }
        Command::Defaults(args) => defaults::run(model, args, out),
        Command::Completions(args) => shell::completions(command(model), args.shell, out),
        Command::Man(args) => shell::man(command(model), &args.dir, out),
    }
}

/// Starts the threads that commands share, which would panic at their first use where the system
/// gives none.
fn start_threads() -> Result<()> {
    match rayon::ThreadPoolBuilder::new().build_global() {
        // Without a cause it is that they run already.
        Err(error) if error.source().is_some() => Err(error).context(
            "cannot start threads: raise the limit of processes (ulimit -u), or set \
             RAYON_NUM_THREADS=1 to need fewer",
        ),
        _ => Ok(()),
    }
}
