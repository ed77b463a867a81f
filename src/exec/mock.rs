//! An executor that trains nothing, for tests and measurements of all that is around training.

use std::sync::Mutex;

use super::executor::{Executor, unrecorded};
use super::job::Job;
use crate::error::{Result, bail};
use crate::plan::Run;
use crate::record::claim::{Claim, Taken};
use crate::record::{Clock, Environment, RunRecorder, SweepPaths};
use crate::run::{EpochMetrics, Outcome, OutcomeKind};
use crate::run::{Event, Recorder};

/// Does what `script` says, and remembers the order in which it was asked.
pub struct Scripted<F> {
    /// How each run ends.
    pub script: F,
    /// Variant and seed of each run that was begun, in that order, and its slot.
    pub begun: Mutex<Vec<(String, u64, usize)>>,
}

impl<F: Fn(&Run) -> Outcome + Sync> Scripted<F> {
    /// An executor that does what `script` says.
    pub fn new(script: F) -> Self {
        Self { script, begun: Mutex::default() }
    }
}

impl<F: Fn(&Run) -> Outcome + Sync> Executor for Scripted<F> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let run = job.run;
        if let Ok(mut begun) = self.begun.lock() {
            begun.push((run.variant_name.clone(), run.seed, slot));
        }
        (self.script)(run)
    }
}

/// Leaves all records of a run of one epoch without training it.
#[derive(Debug)]
pub struct Empty {
    /// Where the records go.
    pub paths: SweepPaths,
    /// On what, supposedly.
    pub environment: Environment,
    /// The time.
    pub clock: Clock,
}

impl Empty {
    fn record(&self, run: &Run, claim: Claim) -> Result<Outcome> {
        let place = self.paths.run(&run.variant_name, run.seed);
        let mut recorder = RunRecorder::create(place, run, &self.environment, self.clock.clone())?
            .with_claim(claim);
        recorder.record(&Event::Started { epochs_done: 0, epochs: 1, steps: 1 })?;
        let numbers = run.model.metrics().iter().map(|metric| (metric.name, 0.5)).collect();
        recorder.record(&Event::Epoch(&EpochMetrics { epoch: 0, step: 1, numbers }))?;
        let kind = OutcomeKind::Completed;
        let outcome = Outcome { kind, steps: 1, epochs: 1, reason: String::new() };
        recorder.record(&Event::Finished(&outcome))?;
        Ok(outcome)
    }
}

impl Executor for Empty {
    fn execute(&self, job: &Job<'_>, _slot: usize) -> Outcome {
        let place = self.paths.run(&job.run.variant_name, job.run.seed);
        let stands = |outcome: &Outcome| outcome.kind == OutcomeKind::Completed;
        let done = Claim::take(&place, &stands, false).and_then(|taken| match taken {
            Taken::Ours(claim) => self.record(job.run, claim),
            Taken::Ended(outcome) => Ok(outcome),
            Taken::Held(holder) => bail!("{} has it", holder.describe()),
        });
        done.unwrap_or_else(|error| unrecorded(format!("{error:#}")))
    }
}
