//! The command line: what can be asked, and the words that explain it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::spec::Overrides;

const FLOW: &str = "\
An experiment file is one question: settings, axes over any of them, seeds, a baseline. \
`check` finds its mistakes, `plan` shows what would be trained and what it costs, `sweep` trains \
it under runs/ and writes the report.

  cgan-sweep defaults | less                  every setting, its range and where it comes from
  cgan-sweep plan experiments/quickstart.toml
  cgan-sweep sweep experiments/quickstart.toml";

const EXIT_CODES: &str = "\
Exit codes:
  0  all completed
  1  some run diverged or failed (the others completed), or a checked report is stale
  2  the experiment file or the command line is wrong; nothing was trained
  3  a file could not be read or written";

/// Honest, fast, repeatable ablation studies of conditional GANs.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, before_long_help = FLOW, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find every mistake of experiment files, without training anything
    Check(CheckArgs),
    /// Show what an experiment would train: each variant against the baseline, and what it costs
    Plan(PlanArgs),
    /// Train every run of an experiment and report on them
    Sweep(SweepArgs),
    /// Write the report of a sweep again, from its records alone
    Report(ReportArgs),
    /// Show how the variants of one sweep differ from those of the same name in another
    Compare(CompareArgs),
    /// List the sweeps of a folder with the state of their runs
    List(ListArgs),
    /// Print every setting with its default, range, unit and source, as TOML
    Defaults(DefaultsArgs),
}

/// An experiment file and what the command line changes in it.
#[derive(Clone, Debug, Args)]
pub struct ExperimentArgs {
    /// The experiment: a TOML file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub overrides: OverrideArgs,
}

/// What the command line changes in an experiment.
#[derive(Clone, Debug, Default, Args)]
pub struct OverrideArgs {
    /// Change a setting for all variants, as if the file said so; can be given again
    ///
    /// The value is TOML, checked like the file's; quotes around a single word may be left out:
    /// `--set train.epochs=5 --set generator.output=sigmoid`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Take these seeds instead of the file's: `1,2,5` or `1..=5`
    #[arg(long, value_name = "SEEDS")]
    pub seeds: Option<String>,
}

impl From<&OverrideArgs> for Overrides {
    fn from(args: &OverrideArgs) -> Self {
        Self { set: args.set.clone(), seeds: args.seeds.clone() }
    }
}

/// `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Experiment files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub overrides: OverrideArgs,
}

/// `plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub experiment: ExperimentArgs,

    /// Print the plan as JSON, for machines
    #[arg(long)]
    pub json: bool,

    /// Do not time a few steps to predict how long the sweep takes
    #[arg(long)]
    pub no_time: bool,
}

/// `sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub experiment: ExperimentArgs,

    /// Train so many runs at once; by default one for each core
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,

    /// Where sweeps land: DIR/<experiment>/<variant>/seed-<n>/
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,

    /// Show no progress, only the outcome
    #[arg(long, short)]
    pub quiet: bool,
}

/// `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The sweep's folder, such as runs/quickstart
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// Write nothing; name the files that differ from what the records give, and exit with 1
    #[arg(long)]
    pub check: bool,
}

/// `compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// A sweep's folder
    #[arg(value_name = "A")]
    pub a: PathBuf,

    /// Another's
    #[arg(value_name = "B")]
    pub b: PathBuf,
}

/// `list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Where sweeps lie
    #[arg(value_name = "DIR", default_value = "runs")]
    pub dir: PathBuf,
}

/// `defaults`.
#[derive(Clone, Debug, Args)]
pub struct DefaultsArgs {
    /// As a page of Markdown instead
    #[arg(long)]
    pub markdown: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn declarations_agree() {
        Cli::command().debug_assert();
    }
}
