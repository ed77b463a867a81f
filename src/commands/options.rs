//! How a sweep is carried out, as the flags of a command ask for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use super::training::{checkpoint_after, take_over};
use crate::cli::{Isolation, PlanArgs, SweepArgs};
use crate::exec::Rerun;
use crate::plan::Limits;
use crate::record::lock::Shard;

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
    /// Whether a report is written after each round of seeds: not by a task, which is one of many.
    pub provisional: bool,
    /// After which time whoever holds a run, and may live, is taken to be gone, if ever; who holds the
    /// sweep's folder is at once.
    pub take_over: Option<Duration>,
    /// Whether the plan of another experiment of the same name gives way.
    pub replace: bool,
}

/// The options of `sweep`.
pub(super) fn of(args: &SweepArgs) -> Result<Options> {
    let training = &args.training;
    let isolate = match args.isolate {
        Isolation::Thread => None,
        Isolation::Process => Some(this_program()?),
    };
    Ok(Options {
        jobs: args.jobs.map_or_else(|| Limits::of_this_machine().cpus, usize::from),
        threads: usize::from(training.threads),
        runs_dir: args.runs_dir.clone(),
        quiet: args.quiet,
        memory: args.memory.map(|bytes| bytes.as_u64()),
        shard: args.shard.unwrap_or(Shard::WHOLE),
        isolate,
        rerun: training.rerun.iter().copied().collect(),
        reuse: !training.no_reuse,
        checkpoint_after: checkpoint_after(training.checkpoint_minutes),
        take_over: take_over(training),
        replace: args.replace,
        provisional: true,
    })
}

/// The options of a plan whose runs are handed out.
pub(super) fn of_plan(args: &PlanArgs) -> Options {
    let training = &args.training;
    Options {
        jobs: 1,
        threads: usize::from(training.threads),
        runs_dir: args.runs_dir.clone(),
        quiet: true,
        memory: None,
        shard: Shard::WHOLE,
        isolate: None,
        rerun: training.rerun.iter().copied().collect(),
        reuse: !training.no_reuse,
        checkpoint_after: checkpoint_after(training.checkpoint_minutes),
        take_over: take_over(training),
        replace: false,
        provisional: false,
    }
}

/// The program itself, to train runs in processes of their own.
pub(super) fn this_program() -> Result<PathBuf> {
    std::env::current_exe().context("cannot tell where this program lies")
}
