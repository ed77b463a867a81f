//! How one run is carried out.

use std::sync::atomic::AtomicBool;

use anyhow::Result;

use crate::data::Library;
use crate::plan::Run;
use crate::record::{Clock, Environment, RunPaths, RunRecorder, SweepPaths};
use crate::train::{Outcome, OutcomeKind, train};

/// Carries out one run in a slot, records included.
pub trait Executor: Sync {
    /// Carries it out. An error is an outcome too.
    fn execute(&self, run: &Run, slot: usize) -> Outcome;

    /// Records that the run failed outside `execute`, by a panic, and returns its outcome.
    fn failed(&self, run: &Run, slot: usize, outcome: Outcome) -> Outcome {
        let _ = (run, slot);
        outcome
    }
}

/// Trains in this process.
#[derive(Debug)]
pub struct InProcess<'a> {
    /// Where the records go.
    pub paths: SweepPaths,
    /// The images.
    pub library: &'a Library,
    /// The time.
    pub clock: Clock,
    /// Set when runs shall stop.
    pub stop: &'a AtomicBool,
}

impl InProcess<'_> {
    fn run_paths(&self, run: &Run) -> RunPaths {
        self.paths.run(&run.variant_name, run.seed)
    }

    fn train(&self, run: &Run) -> Result<Outcome> {
        let data = self.library.get(&run.settings.data)?;
        let environment = Environment::gather(&data);
        let paths = self.run_paths(run);
        let mut recorder = RunRecorder::create(paths, run, &environment, self.clock.clone())?;
        train(run, &data, None, &mut recorder, self.stop)
    }
}

impl Executor for InProcess<'_> {
    fn execute(&self, run: &Run, slot: usize) -> Outcome {
        self.train(run).unwrap_or_else(|error| {
            let reason = format!("{error:#}");
            let outcome = Outcome { kind: OutcomeKind::Failed, steps: 0, epochs: 0, reason };
            self.failed(run, slot, outcome)
        })
    }
}
