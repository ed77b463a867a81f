//! `sweep`.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::Args;

use super::{ExecutorArgs, ExperimentArgs, Isolation, TrainingArgs};
use crate::record::lock::Shard;

/// `sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub experiment: ExperimentArgs,

    /// Number of runs to train in parallel; by default one for each core
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,

    /// Where sweeps land: DIR/EXPERIMENT/VARIANT/seed-N/
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,

    /// Show no progress, only the outcome
    #[arg(long, short)]
    pub quiet: bool,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub training: TrainingArgs,

    /// Let the runs that train at once take no more memory than this together, such as 4GB; by
    /// default four fifths of the machine's
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<ByteSize>,

    /// Train only this part of the runs, such as 2/5 for the second of five; the parts may be
    /// trained at once, here or on machines that share the folder
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub executor: ExecutorArgs,

    /// With `--executor slurm`: stay and show how the runs get on; may be left at any time
    #[arg(long, requires = "kind")]
    pub wait: bool,

    /// Train each run in a process of its own, so that an abort or a kill for want of memory is one
    /// run's failure
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Isolation::Thread)]
    pub isolate: Isolation,

    /// Put this plan and its report in the place of those of another experiment of the same name;
    /// its runs stay
    #[arg(long)]
    pub replace: bool,

    /// Go on only if more looks can be taken than these: what the last job of a round is told
    #[arg(long, hide = true, requires = "kind")]
    pub after_looks: Option<usize>,
}
