//! How one run is carried out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::job::Job;
use super::reuse::Reuse;
use super::status::{Rerun, recording};
use super::{LogSink, panics};
use crate::data::{DataCache, DataSet};
use crate::error::{Error, Result, ensure};
use crate::plan::Run;
use crate::record::checkpoint;
use crate::record::lease::{Acquired, Lease};
use crate::record::{
    Clock, Environment, Progress, RunPaths, RunRecord, RunRecorder, SweepPaths, record_failure,
    store,
};
use crate::run::{Checkpoint, Outcome, OutcomeKind};
use crate::run::{Event, Recorder};
use crate::score::{ReferenceCache, RunEvaluator};
use crate::train::{StopFlag, train};

/// Carries out one run in a slot, records included.
pub trait Executor: Sync {
    /// Carries it out. An error is an outcome too.
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome;
}

/// Trains in this process.
pub struct InProcess<'a> {
    /// Where the records go.
    pub paths: SweepPaths,
    /// The images.
    pub library: &'a DataCache,
    /// What the runs are scored against.
    pub references: &'a ReferenceCache,
    /// The time.
    pub clock: Clock,
    /// Set when runs shall stop.
    pub stop: &'a StopFlag,
    /// Which outcomes do not stand.
    pub rerun: Rerun,
    /// After which time an attempt that may be at work elsewhere is taken to be gone, if ever.
    pub take_over: Option<Duration>,
    /// Time after which a checkpoint is due by the clock.
    pub checkpoint_after: Option<Duration>,
    /// Other runs that this one may go on from.
    pub reuse: Option<&'a Reuse>,
    /// What a person watches.
    pub progress: Option<&'a Progress>,
    /// What a person should know.
    pub notes: LogSink<'a>,
}

/// How long another attempt is given to leave: time for a step and a checkpoint on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(20);

impl Executor for InProcess<'_> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let mut watch = self.progress.map(|progress| progress.slot(slot));
        if let Some(watch) = &mut watch {
            watch.begin(job.run, job.steps);
        }
        let mut nobody = Nobody;
        let outcome = self.attempt(
            job.run,
            match &mut watch {
                Some(watch) => watch,
                None => &mut nobody,
            },
        );
        if let Some(watch) = &mut watch {
            watch.end(&outcome);
        }
        outcome
    }
}

impl InProcess<'_> {
    /// One attempt at one run: its folder is leased, its records go on from a checkpoint or
    /// another run's end or begin afresh, it is trained, and its outcome is published.
    pub fn attempt(&self, run: &Run, watch: &mut dyn Recorder) -> Outcome {
        let place = self.paths.run(&run.variant_name, run.seed);
        let stands = |outcome: &Outcome| self.rerun.keeps(&place, run, outcome);
        let asked = Instant::now();
        let patience = self.take_over.map_or(PATIENCE, |after| after.max(PATIENCE));
        loop {
            let force = self.take_over.is_some_and(|after| asked.elapsed() >= after);
            return match Lease::acquire(&place, &stands, force) {
                Ok(Acquired::Ours(lease)) => self.train(run, &place, &lease, watch),
                Ok(Acquired::Ended(outcome)) => outcome,
                Ok(Acquired::Held(..)) if asked.elapsed() < patience && !self.stopped() => {
                    std::thread::sleep(LOOK);
                    continue;
                }
                Ok(Acquired::Held(holder)) => unrecorded(format!(
                    "{} is training it; if that is gone for good, `--take-over` goes on in its \
                     place",
                    holder.describe()
                )),
                Err(error) => unrecorded(format!("{error:#}")),
            };
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn train(
        &self,
        run: &Run,
        place: &RunPaths,
        lease: &Lease,
        watch: &mut dyn Recorder,
    ) -> Outcome {
        let (data, mut recorder, from) = match self.begin(run, place) {
            Ok(begun) => begun,
            Err(error) => {
                let outcome = failed(&error, (0, 0));
                let written = record_failure(place, run, &outcome, Some(lease));
                return with_fault(outcome, written, lease);
            }
        };
        recorder = recorder.with_lease(lease.clone()).with_timer(self.checkpoint_after);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut all = All { recorder: &mut recorder, watch };
            let mut evaluator = RunEvaluator::new(run, Arc::clone(&data), self.references);
            let mut network = run.model.start(&run.settings, run.seed, &data);
            train(run, &data, network.as_mut(), from, Some(&mut evaluator), &mut all, self.stop)
        }));
        let done = recorder.done();
        let outcome = match ended {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(error)) if matches!(error.root(), Error::Lost { .. }) => {
                return unrecorded(format!("{error:#}"));
            }
            Ok(Err(error)) => failed(&error, done),
            Err(panic) => Outcome {
                kind: OutcomeKind::Failed,
                steps: done.1,
                epochs: done.0,
                reason: panics::message(panic.as_ref()),
            },
        };
        let written =
            catch_unwind(AssertUnwindSafe(|| recorder.record(&Event::Finished(&outcome))))
                .unwrap_or_else(|panic| Err(Error::invalid(panics::message(panic.as_ref()))));
        with_fault(outcome, written, lease)
    }

    /// The data, and the records and the state to go on from.
    fn begin(
        &self,
        run: &Run,
        place: &RunPaths,
    ) -> Result<(Arc<DataSet>, RunRecorder, Option<Checkpoint<'static>>)> {
        let data = self.library.get(&run.settings.data)?;
        let environment = Environment::gather(&data);
        if let Some((recorder, state)) = self.resume(run, place, &environment) {
            return Ok((data, recorder, Some(state)));
        }
        for source in self.reuse.iter().flat_map(|reuse| reuse.candidates(run, place)) {
            match source.resume_from(run, place, data.train.len(), &environment, self.clock.clone())
            {
                Ok(None) => {}
                Ok(Some((recorder, state))) => {
                    let from = source.paths.root().display();
                    self.notes.say(&format!(
                        "{}: resumes from step {} of {from}",
                        label(run),
                        state.step
                    ));
                    return Ok((data, recorder, Some(state)));
                }
                Err(error) => self.notes.say(&format!("{}: {error:#}", label(run))),
            }
        }
        let recorder = RunRecorder::create(place.clone(), run, &environment, self.clock.clone())?;
        Ok((data, recorder, None))
    }

    /// Goes on from the latest checkpoint that is whole and has its records.
    fn resume(
        &self,
        run: &Run,
        place: &RunPaths,
        environment: &Environment,
    ) -> Option<(RunRecorder, Checkpoint<'static>)> {
        let same = store::read_run(place).ok()?.is_some_and(|found| found == RunRecord::from(run));
        for saved in checkpoint::read_all(place).filter(|_| same) {
            let resumed = saved.and_then(|saved| {
                ensure!(saved.header.key == run.key, "it is of the key {}", saved.header.key);
                let written = std::fs::read_to_string(place.settings())?;
                ensure!(
                    recording(run.model, &written) == recording(run.model, &run.settings_toml),
                    "something else is to be recorded now"
                );
                let clock = self.clock.clone();
                let positions = &saved.header.positions;
                let recorder =
                    RunRecorder::resume(place.clone(), run, environment, clock, positions)?;
                Ok((recorder, saved.state))
            });
            match resumed {
                Ok(resumed) => return Some(resumed),
                Err(error) => self.notes.say(&format!(
                    "{}: a checkpoint cannot be used, so more is trained again: {error:#}",
                    label(run)
                )),
            }
        }
        None
    }
}

/// How messages call a run.
pub(super) fn label(run: &Run) -> String {
    format!("{}, seed {}", run.variant_name, run.seed)
}

/// An outcome that no record was made of.
pub(super) fn unrecorded(reason: String) -> Outcome {
    Outcome { kind: OutcomeKind::Interrupted, steps: 0, epochs: 0, reason }
}

/// The outcome of an error. A disk that is full or cannot be written to is not the run's own
/// failure: it is interrupted, and goes on once there is room.
fn failed(error: &Error, (epochs, steps): (u64, u64)) -> Outcome {
    let io = error.io().is_some();
    let kind = if io { OutcomeKind::Interrupted } else { OutcomeKind::Failed };
    Outcome { kind, steps, epochs, reason: format!("{error:#}") }
}

/// The outcome with the reason why it could not be written down, if it could not.
fn with_fault(mut outcome: Outcome, written: Result<()>, lease: &Lease) -> Outcome {
    if let Err(error) = written {
        lease.release();
        outcome.reason += &format!("; and this could not be recorded: {error:#}");
    }
    outcome
}

/// All who take a run's events; the records come first.
struct All<'a> {
    recorder: &'a mut RunRecorder,
    watch: &'a mut dyn Recorder,
}

impl Recorder for All<'_> {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        self.recorder.record(event)?;
        self.watch.record(event)
    }

    fn wants_checkpoint(&mut self) -> bool {
        self.recorder.wants_checkpoint()
    }

    fn condemned(&mut self) -> Result<Option<String>> {
        self.recorder.condemned()
    }
}

/// Nobody watches.
struct Nobody;

impl Recorder for Nobody {
    fn record(&mut self, _: &Event<'_>) -> Result<()> {
        Ok(())
    }
}
