//! What the flags of a training command ask for.

use anyhow::Result;

use super::sweep;
use super::training::checkpoint_after;
use crate::cli::{Isolation, SweepArgs};
use crate::plan::Limits;
use crate::record::lock::Shard;

/// The options of `sweep`.
pub(super) fn of(args: &SweepArgs) -> Result<sweep::Options> {
    let training = &args.training;
    let isolate = match args.isolate {
        Isolation::Thread => None,
        Isolation::Process => Some(sweep::this_program()?),
    };
    Ok(sweep::Options {
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
        take_over: training.take_over,
        replace: args.replace,
        shortest_first: args.shortest_first,
        plant: training.plant.clone(),
    })
}
