//! How a run is trained, by whatever command: `run-one` trains a single one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::RerunKind;

/// How each run is trained; none of it changes a result.
#[derive(Clone, Debug, Args)]
pub struct TrainingArgs {
    /// Number of threads for each run
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub threads: u16,

    /// Minutes after which a checkpoint is written; 0 leaves it to
    /// `record.checkpoint_every`
    #[arg(long, value_name = "MINUTES", default_value_t = 5.0, value_parser = minutes, allow_negative_numbers = true)]
    pub checkpoint_minutes: f64,

    /// Also train runs again that are failed, diverged, stale, damaged, or all of these
    ///
    /// A run that failed or diverged would do so again unless the program or the machine has
    /// changed, so by default it stays as it is. A stale run was trained with other settings, data
    /// or trainer; a damaged one has records that are not what they were.
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    pub rerun: Vec<RerunKind>,

    /// Do not take over what runs with the same key, or shorter ones, have trained already
    #[arg(long)]
    pub no_reuse: bool,

    /// Go on in the place of whoever holds the sweep or its runs, such as on another machine or in
    /// a container, and is known to be gone; of a run, if it is still held after so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    pub take_over: Option<u64>,
}

/// How runs are kept apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Isolation {
    /// In threads of one process
    Thread,
    /// Each in a process of its own
    Process,
}

/// `run-one`.
#[derive(Clone, Debug, Args)]
pub struct RunOneArgs {
    /// The sweep's folder, such as runs/quickstart
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// The run's variant
    #[arg(value_name = "VARIANT")]
    pub variant: String,

    /// The run's seed
    #[arg(value_name = "SEED")]
    pub seed: u64,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub training: TrainingArgs,

    /// Write events to standard output, and stop when standard input ends
    #[arg(long, hide = true)]
    pub relay: bool,
}

/// Minutes, which may be none.
fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if (0.0..=MOST_MINUTES).contains(&minutes) => Ok(minutes),
        _ => Err(format!("write minutes from 0 to {MOST_MINUTES}, such as 0.5")),
    }
}

/// A year.
const MOST_MINUTES: f64 = 525_600.0;
