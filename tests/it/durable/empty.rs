//! An executor that leaves all records and trains nothing, for tests and measurements of all that is
//! around training.

use cgan_sweep::error::{Error, Result};
use cgan_sweep::exec::{Executor, Job};
use cgan_sweep::plan::Run;
use cgan_sweep::record::lease::{Acquired, Lease};
use cgan_sweep::record::{Clock, Environment, RunRecorder, SweepPaths};
use cgan_sweep::run::{EpochMetrics, Event, Outcome, OutcomeKind, Recorder};

/// Leaves all records of a run of one epoch without training it.
#[derive(Debug)]
pub(crate) struct Empty {
    /// Where the records go.
    pub(crate) paths: SweepPaths,
    /// On what, supposedly.
    pub(crate) environment: Environment,
    /// The time.
    pub(crate) clock: Clock,
}

impl Empty {
    fn record(&self, run: &Run, lease: Lease) -> Result<Outcome> {
        let place = self.paths.run(&run.variant_name, run.seed);
        let mut recorder = RunRecorder::create(place, run, &self.environment, self.clock.clone())?
            .with_lease(lease);
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
        let done = Lease::acquire(&place, &stands, false).and_then(|taken| match taken {
            Acquired::Ours(lease) => self.record(job.run, lease),
            Acquired::Ended(outcome) => Ok(outcome),
            Acquired::Held(holder) => Err(Error::invalid(format!("{} has it", holder.describe()))),
        });
        let kind = OutcomeKind::Interrupted;
        done.unwrap_or_else(|error| Outcome {
            kind,
            steps: 0,
            epochs: 0,
            reason: format!("{error:#}"),
        })
    }
}
