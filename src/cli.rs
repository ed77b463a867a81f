//! The command line: what can be asked, and the words that explain it.

mod data;
mod generate;
mod lights;
mod new;
mod rerun;
mod score;
mod scorer;
mod shell;
mod slurm;
mod sweep;
mod training;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use data::{DataAction, DataArgs, ImageArgs};
pub use generate::GenerateArgs;
pub use lights::LightsArgs;
pub use new::NewArgs;
pub use rerun::RerunKind;
pub use score::ScoreArgs;
pub use scorer::{ScorerAction, ScorerArgs};
pub use shell::{CompletionsArgs, ManArgs};
pub use slurm::{CancelArgs, ExecutorArgs, ExecutorKind, RunTaskArgs, StatusArgs};
pub use sweep::SweepArgs;
pub use training::{Isolation, RunOneArgs, TrainingArgs};

use crate::spec::{Overrides, Schema};

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
  3  a file could not be read or written, or another sweep holds the folder
  130  interrupted; run the same command to resume";

/// Settings that `--help` names one by one; of more it names the tables.
const FEW: usize = 12;

/// What follows the help of the whole program: the swept network's own settings, and exit codes.
pub fn after_help(schema: &Schema) -> String {
    let keys = schema.own_keys();
    let table = |key: &str| format!("{}.*", key.rsplit_once('.').map_or(key, |(table, _)| table));
    let mut names: Vec<String> = match keys.len() {
        0..=FEW => keys.iter().map(|key| (*key).to_owned()).collect(),
        _ => keys.iter().map(|key| table(key)).collect(),
    };
    names.dedup();
    format!(
        "Settings of what is swept, explained by `defaults`:\n  {}\n\n{EXIT_CODES}",
        names.join(", ")
    )
}

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
    /// Show image sets: which there are, what one holds; write one as IDX files
    Data(DataArgs),
    /// Write an experiment to start from, like one that comes with the program
    New(NewArgs),
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
    /// Ask a trained generator for images: `generate RUN --label 7 --count 64 --out sevens.png`
    Generate(GenerateArgs),
    /// Score a run's generator, or any array of labelled images
    Score(ScoreArgs),
    /// Show the lights of runs: signs that one is sick, and since when
    Lights(LightsArgs),
    /// Train the classifier that scores are made with
    Scorer(ScorerArgs),
    /// Train a run again from its record alone and compare, bit by bit
    Reproduce(ReproduceArgs),
    /// Show where the runs of a sweep stand, here and on the cluster, and what to do about them
    Status(StatusArgs),
    /// End what of a sweep waits or works on the cluster; its runs keep their checkpoints
    Cancel(CancelArgs),
    /// Train one run of a sweep that was planned before
    RunOne(RunOneArgs),
    /// Train the runs of a task of a cluster
    #[command(hide = true)]
    RunTask(RunTaskArgs),
    /// Print every setting with its default, range, unit and source, as TOML
    Defaults(DefaultsArgs),
    /// Print the completions of a shell: `just install` puts them where it looks
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Write the manual pages to a folder
    #[command(hide = true)]
    Man(ManArgs),
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

    /// Print a shell command for each run that is still to be trained, longest first, for xargs,
    /// GNU parallel or any other queue
    ///
    /// The plan is put into the sweep's folder, from which each command trains its run. A command
    /// can be repeated, and given to two workers at once: a run that ended stays as it is, one that
    /// was begun resumes from its checkpoint. `cgan-sweep report DIR` makes the report.
    #[arg(long, conflicts_with = "json")]
    pub tasks: bool,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub executor: ExecutorArgs,

    /// Do not time a few steps to predict how long the sweep takes
    #[arg(long)]
    pub no_time: bool,

    /// Where the sweep's runs lie, to say which are there already
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,

    #[command(
        flatten,
        next_help_heading = "How the runs that --tasks or --executor hands out are trained"
    )]
    #[expect(missing_docs, reason = "clap would show it")]
    pub training: TrainingArgs,
}

/// `reproduce`.
#[derive(Clone, Debug, Args)]
pub struct ReproduceArgs {
    /// The run's folder, such as runs/tuned/base/seed-31
    #[arg(value_name = "RUN")]
    pub run: PathBuf,

    /// Number of threads
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub threads: u16,
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

    /// Print answer.json: the verdicts for scripts
    #[arg(long, conflicts_with = "check")]
    pub json: bool,
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
