//! Everything that is kept of one run, from its first event to its outcome.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::checkpoint::{self, Identity};
use super::contents::FileState;
use super::csv::{self, Table};
use super::ending::{draw, publish};
use super::environment::EnvironmentRecord;
use super::lease::Lease;
use super::positions::Positions;
use super::tensorboard::TensorBoard;
use super::{Clock, RunPaths, disk, pictures, weights};
use crate::error::Result;
use crate::files::read_table;
use crate::health::{self, History};
use crate::model::Model;
use crate::run::{EpochMetrics, Event, Grid, NamedTensor, Outcome, OutcomeKind, Recorder, Scores};
use crate::spec::Settings;

/// Less training than this is not worth the time of a sync when a run ends: a power cut may take
/// it, which the checksums show.
const WORTH_A_SYNC: Duration = Duration::from_secs(1);

/// Writes one run's folder: settings, tables, events, pictures, weights, checkpoints, and last the
/// outcome.
#[derive(Debug)]
pub struct RunRecorder {
    pub(super) paths: RunPaths,
    pub(super) title: String,
    pub(super) identity: Identity,
    pub(super) model: &'static dyn Model,
    pub(super) settings: Arc<Settings>,
    pub(super) classes: usize,
    pub(super) scores: Option<Scores>,
    pub(super) scalars_every: u64,
    pub(super) checkpoint_every: u64,
    /// Time after which a checkpoint is due by the clock.
    pub(super) checkpoint_after: Option<Duration>,
    pub(super) lease: Option<Lease>,
    pub(super) loss: Table,
    pub(super) metrics: Table,
    pub(super) timing: Table,
    pub(super) board: TensorBoard,
    pub(super) environment: EnvironmentRecord,
    pub(super) clock: Clock,
    /// The files that were written whole, by name.
    pub(super) whole: BTreeMap<String, FileState>,
    /// Those of them that a power cut may take.
    pub(super) unsynced: Vec<PathBuf>,
    /// When all was synced last, and when the last checkpoint was made.
    pub(super) synced_at: Duration,
    pub(super) checkpoint_at: Duration,
    /// Epochs finished, and the step and time at which the last of them ended (for a resumed run,
    /// the time at which it would have ended without the gap).
    pub(super) epochs: u64,
    pub(super) epoch_step: u64,
    pub(super) epoch_time: f64,
    /// Generator updates done.
    pub(super) step: u64,
}

impl RunRecorder {
    /// Also makes a checkpoint when the last one is so long ago.
    #[must_use]
    pub fn with_timer(mut self, after: Option<Duration>) -> Self {
        self.checkpoint_after = after;
        self
    }

    /// Writes only as long as it holds the folder, and gives it up with the outcome.
    #[must_use]
    pub fn with_lease(mut self, lease: Lease) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Epochs finished and generator updates done.
    pub fn done(&self) -> (u64, u64) {
        (self.epochs, self.step)
    }

    /// Writes a whole file.
    pub(super) fn keep(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
        disk::write_whole(&path, bytes)?;
        self.kept(path, FileState::of(bytes));
        Ok(())
    }

    fn kept(&mut self, path: PathBuf, state: FileState) {
        self.whole.insert(self.paths.name(&path), state);
        self.unsynced.push(path);
    }

    /// What every file holds; all of it is with the system.
    fn states(&mut self) -> Result<BTreeMap<String, FileState>> {
        let mut states = self.whole.clone();
        for file in [self.loss.file(), self.metrics.file(), self.timing.file(), self.board.file()] {
            states.insert(self.paths.name(file.path()), file.state()?);
        }
        Ok(states)
    }

    /// How far the records have come; everything up to there survives a power cut.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn positions(&mut self) -> Result<Positions> {
        let files = self.states()?;
        self.sync()?;
        Ok(Positions {
            epochs: self.epochs,
            steps: self.epoch_step,
            seconds: self.clock.now().as_secs_f64() - self.epoch_time,
            files,
        })
    }

    fn sync(&mut self) -> Result<()> {
        let mut paths = std::mem::take(&mut self.unsynced);
        paths.extend([self.paths.loss_csv(), self.paths.metrics_csv()]);
        paths.extend([self.paths.timing_csv(), self.paths.events()]);
        disk::sync(&paths)?;
        self.synced_at = self.clock.now();
        Ok(())
    }

    fn epoch(&mut self, metrics: &EpochMetrics) -> Result<()> {
        let now = self.clock.now().as_secs_f64();
        let (seconds, steps) = (now - self.epoch_time, metrics.step - self.epoch_step);
        self.loss.append(&csv::loss_row(self.model, metrics))?;
        self.metrics.append(&csv::metrics_row(self.model, metrics, self.settings.score.fast))?;
        self.timing.append(&csv::timing_row(metrics.epoch, seconds, steps))?;
        self.board.epoch(self.model, metrics)?;
        self.board.flush()?;
        (self.epochs, self.epoch_step, self.epoch_time) = (metrics.epoch + 1, metrics.step, now);
        Ok(())
    }

    /// The outcome comes last: a folder that has one is complete.
    fn finish(&mut self, outcome: &Outcome) -> Result<()> {
        let mut outcome = outcome.clone();
        let sync = self.clock.now().saturating_sub(self.synced_at) >= WORTH_A_SYNC;
        if let Err(error) = self.complete(&outcome) {
            if outcome.kind == OutcomeKind::Completed {
                return Err(error);
            }
            // Why the run failed may be why its records do (a full disk): say both.
            outcome.reason += &format!("; its records are not complete: {error:#}");
        }
        if sync {
            self.sync()?;
        }
        let states = self.states()?;
        publish(&self.paths, self.lease.as_ref(), &states, &outcome, sync)
    }

    /// All but the outcome.
    fn complete(&mut self, outcome: &Outcome) -> Result<()> {
        self.states()?;
        // An interrupted run goes on later; its person is waiting now.
        if outcome.kind != OutcomeKind::Interrupted {
            draw(&self.paths, self.model, &self.title)?;
            self.lights(outcome)?;
        }
        self.environment.end(&self.clock);
        self.environment.write(&self.paths.environment())
    }

    /// Judged by what is on disk, which a resumed run shares with its earlier attempts.
    fn lights(&mut self, outcome: &Outcome) -> Result<()> {
        let history = History::read(&read_table(&self.paths.metrics_csv())?);
        let thresholds = self.model.thresholds(&self.settings);
        let scores = self.scores.as_ref();
        let lights = health::lights(&history, Some(outcome), scores, self.classes, &thresholds);
        self.keep(self.paths.lights(), &disk::json(&lights)?)
    }

    fn samples(&mut self, epoch: u64, grid: &Grid) -> Result<()> {
        let png = pictures::png(grid)?;
        self.keep(self.paths.samples(epoch + 1), &png)?;
        self.board.samples(epoch + 1, grid, &png)
    }

    fn keep_weights(&mut self, path: PathBuf, tensors: &[NamedTensor<'_>]) -> Result<()> {
        let state = weights::write_weights(&path, tensors)?;
        self.kept(path, state);
        Ok(())
    }

    fn weights(&mut self, epoch: u64, last: bool, tensors: &[NamedTensor<'_>]) -> Result<()> {
        let due = self.checkpoint_every > 0 && (epoch + 1).is_multiple_of(self.checkpoint_every);
        if due || !last {
            self.keep_weights(self.paths.weights(epoch + 1), tensors)?;
        }
        if last {
            self.keep_weights(self.paths.last_weights(), tensors)?;
        }
        Ok(())
    }
}

impl Recorder for RunRecorder {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        match event {
            Event::Started { .. } => return Ok(()),
            Event::Step { step, metrics, .. } => {
                self.step = *step;
                if self.scalars_every > 0 && step.is_multiple_of(self.scalars_every) {
                    self.board.step(self.model, *step, metrics, *step == self.scalars_every)?;
                }
                return Ok(());
            }
            _ => {}
        }
        if let Some(lease) = &self.lease {
            lease.check()?;
        }
        match event {
            Event::Started { .. } | Event::Step { .. } => Ok(()),
            Event::Epoch(metrics) => self.epoch(metrics),
            Event::Samples { epoch, grid, .. } => self.samples(*epoch, grid),
            Event::Weights { epoch, last, tensors } => self.weights(*epoch, *last, tensors),
            Event::Checkpoint(state) => {
                let positions = self.positions()?;
                checkpoint::save(&self.paths, &self.identity, positions, state)?;
                self.checkpoint_at = self.clock.now();
                Ok(())
            }
            Event::Scores(scores) => {
                self.scores = Some((*scores).clone());
                self.keep(self.paths.scores(), &disk::json(scores)?)
            }
            Event::Finished(outcome) => self.finish(outcome),
        }
    }

    fn condemned(&mut self) -> Result<Option<String>> {
        let rule = &self.settings.train.stop_on;
        if rule.is_empty() {
            return Ok(None);
        }
        let history = History::read(&read_table(&self.paths.metrics_csv())?);
        let thresholds = self.model.thresholds(&self.settings);
        let lights = health::lights(&history, None, None, self.classes, &thresholds);
        Ok(health::first_red(&lights, rule))
    }

    fn wants_checkpoint(&mut self) -> bool {
        self.checkpoint_after
            .is_some_and(|after| self.clock.now().saturating_sub(self.checkpoint_at) >= after)
    }
}
