//! One file a subcommand: load, call, show.

mod check;
pub mod compare;
mod defaults;
pub mod list;
mod plan;
pub mod report;
pub mod score;
pub mod scorer;
pub mod sweep;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Cli, Command, SweepArgs};
use crate::spec::Mistakes;

/// How the program ends; the numbers are documented in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All completed.
    Completed = 0,
    /// Some run diverged or failed.
    RunFailed = 1,
    /// The experiment file or the command line is wrong.
    BadExperiment = 2,
    /// A file could not be read or written.
    Io = 3,
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
pub fn run(cli: &Cli, out: &mut dyn Write) -> Result<Exit> {
    match &cli.command {
        Command::Check(args) => check::run(args, out),
        Command::Plan(args) => plan::run(args, out),
        Command::Sweep(args) => {
            let overrides = (&args.experiment.overrides).into();
            let completed = sweep::run(&args.experiment.file, &overrides, &args.into(), out)?;
            Ok(if completed { Exit::Completed } else { Exit::RunFailed })
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
        Command::Defaults(args) => defaults::run(args, out),
    }
}

impl From<&SweepArgs> for sweep::Options {
    fn from(args: &SweepArgs) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            jobs: args.jobs.map_or(cores, usize::from),
            threads: 1,
            runs_dir: args.runs_dir.clone(),
            quiet: args.quiet,
        }
    }
}

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
            Exit::Io
        }
    }
}
