//! Everything that is kept of one run, from its first event to its outcome.

use crate::error::{Context, Result, ensure};
use crate::files::read_table;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::checkpoint::{self, Identity};
use super::clear::remove_but;
use super::contents::{self, FileState};
use super::csv::{self, Table};
use super::ending::{draw, publish, title};
use super::environment::{Environment, EnvironmentRecord};
use super::lease::Lease;
use super::positions::Positions;
use super::tensorboard::TensorBoard;
use super::{Clock, Reused, RunPaths, RunRecord, disk, format, pictures, store, weights};
use crate::health;
use crate::health::History;
use crate::model::Model;
use crate::plan::Run;
use crate::run::Scores;
use crate::run::{EpochMetrics, Outcome, OutcomeKind};
use crate::run::{Event, Recorder};
use crate::spec::Settings;

/// Less training than this is not worth the time of a sync when a run ends: a power cut may take
/// it, which the checksums show.
const WORTH_A_SYNC: Duration = Duration::from_secs(1);

/// Writes one run's folder: settings, tables, events, pictures, weights, checkpoints, and last the
/// outcome.
#[derive(Debug)]
pub struct RunRecorder {
    paths: RunPaths,
    title: String,
    identity: Identity,
    model: &'static dyn Model,
    settings: Arc<Settings>,
    classes: usize,
    scores: Option<Scores>,
    scalars_every: u64,
    checkpoint_every: u64,
    /// Time after which a checkpoint is due by the clock.
    checkpoint_after: Option<Duration>,
    lease: Option<Lease>,
    loss: Table,
    metrics: Table,
    timing: Table,
    board: TensorBoard,
    environment: EnvironmentRecord,
    clock: Clock,
    /// The files that were written whole, by name.
    whole: BTreeMap<String, FileState>,
    /// Those of them that a power cut may take.
    unsynced: Vec<PathBuf>,
    /// When all was synced last, and when the last checkpoint was made.
    synced_at: Duration,
    checkpoint_at: Duration,
    /// Epochs finished, and the step and time at which the last of them ended (for a resumed run,
    /// the time at which it would have ended without the gap).
    epochs: u64,
    epoch_step: u64,
    epoch_time: f64,
    /// Generator updates done.
    step: u64,
}

impl RunRecorder {
    /// Begins the records of a run afresh. Of an earlier attempt's folder, the files that this
    /// program writes are removed; any other file stays.
    ///
    /// # Errors
    /// If the folder or a file cannot be made.
    pub fn create(
        paths: RunPaths,
        run: &Run,
        environment: &Environment,
        clock: Clock,
    ) -> Result<Self> {
        if !paths.root().is_dir() {
            fs::create_dir_all(paths.root())
                .with_context(|| format!("cannot create {}", paths.root().display()))?;
        }
        remove_but(&paths, run.model, None)?;
        let loss = Table::create(paths.loss_csv(), &csv::loss_header(run.model))?;
        let metrics = Table::create(
            paths.metrics_csv(),
            &csv::metrics_header(run.model, run.settings.score.fast),
        )?;
        let timing = Table::create(paths.timing_csv(), csv::TIMING_HEADER)?;
        let board = TensorBoard::create(paths.events(), clock.clone())?;
        let history = EnvironmentRecord::default();
        let tables = [loss, metrics, timing];
        let start = Positions::default();
        let mut recorder =
            Self::over(paths, run, environment, history, clock, tables, board, &start)?;
        recorder.identify(run)?;
        Ok(recorder)
    }

    /// Goes on with the records of a run as they were at a checkpoint: whatever was written later
    /// is cut off or removed.
    ///
    /// # Errors
    /// If the folder holds another run, or a file is not what it was at the checkpoint; nothing is
    /// changed then.
    pub fn resume(
        paths: RunPaths,
        run: &Run,
        environment: &Environment,
        clock: Clock,
        positions: &Positions,
    ) -> Result<Self> {
        let found = store::read_run(&paths)?.context("it holds no run")?;
        ensure!(
            found == RunRecord::from(run),
            "cannot resume {}: it holds {}, seed {}, with key {}; this run's key is {}",
            paths.root().display(),
            found.variant,
            found.seed,
            found.key,
            run.key
        );
        let source = paths.clone();
        Self::continue_from(paths, &source, run, environment, clock, positions)
    }

    /// Begins the records of a run as a copy of another run's: of the same training, which that one
    /// has done from the first step to `positions`.
    ///
    /// # Errors
    /// If a file of the other run is not what it was, or the copy cannot be written.
    pub fn resume_from(
        paths: RunPaths,
        source: &RunPaths,
        reused: &Reused,
        run: &Run,
        environment: &Environment,
        clock: Clock,
        positions: &Positions,
    ) -> Result<Self> {
        // They belong to a run of that name, settings and length.
        let not_taken = [source.run(), source.settings()].map(|path| source.name(&path));
        let mut positions = positions.clone();
        positions.files.retain(|name, _| !not_taken.contains(name));
        let mut recorder = Self::continue_from(paths, source, run, environment, clock, &positions)?;
        recorder.identify(run)?;
        disk::write_whole(&recorder.paths.reused(), &disk::json(reused)?)?;
        Ok(recorder)
    }

    fn continue_from(
        paths: RunPaths,
        source: &RunPaths,
        run: &Run,
        environment: &Environment,
        clock: Clock,
        positions: &Positions,
    ) -> Result<Self> {
        let grown = [paths.loss_csv(), paths.metrics_csv(), paths.timing_csv(), paths.events()];
        let grown = grown.map(|path| paths.name(&path));
        for (name, state) in &positions.files {
            contents::verify(&source.root().join(name), state)
                .with_context(|| format!("cannot resume {}", source.root().display()))?;
        }
        remove_but(&paths, run.model, Some(positions))?;
        if source != &paths {
            for (name, state) in positions.files.iter().filter(|(name, _)| !grown.contains(name)) {
                contents::copy_verified(
                    &source.root().join(name),
                    &paths.root().join(name),
                    state,
                )?;
            }
        }
        let state = |path: &Path| -> Result<(PathBuf, FileState)> {
            let name = paths.name(path);
            let state = positions.files.get(&name).cloned();
            let state = state.with_context(|| format!("the checkpoint does not know {name}"))?;
            Ok((source.root().join(name), state))
        };
        let table = |path: PathBuf| -> Result<Table> {
            let (source, state) = state(&path)?;
            Table::resume(&source, path, &state)
        };
        let tables =
            [table(paths.loss_csv())?, table(paths.metrics_csv())?, table(paths.timing_csv())?];
        let (events, events_state) = state(&paths.events())?;
        let board = TensorBoard::resume(&events, paths.events(), &events_state, clock.clone())?;
        // No result depends on it: an unreadable one is begun anew.
        let history = disk::read_json(&source.environment()).unwrap_or_default();
        let mut recorder =
            Self::over(paths, run, environment, history, clock, tables, board, positions)?;
        recorder.whole.extend(positions.files.clone());
        for name in grown {
            recorder.whole.remove(&name);
        }
        Ok(recorder)
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where all parts meet")]
    fn over(
        paths: RunPaths,
        run: &Run,
        environment: &Environment,
        mut history: EnvironmentRecord,
        clock: Clock,
        [loss, metrics, timing]: [Table; 3],
        board: TensorBoard,
        at: &Positions,
    ) -> Result<Self> {
        history.begin(environment, &clock);
        history.write(&paths.environment())?;
        let record = &run.settings.record;
        let now = clock.now();
        Ok(Self {
            title: title(run),
            identity: Identity { key: run.key.clone(), prefix_key: run.prefix_key.clone() },
            model: run.model,
            settings: Arc::clone(&run.settings),
            classes: environment.data.classes,
            scores: None,
            scalars_every: record.scalars_every as u64,
            checkpoint_every: record.checkpoint_every as u64,
            checkpoint_after: None,
            lease: None,
            loss,
            metrics,
            timing,
            board,
            environment: history,
            whole: BTreeMap::new(),
            unsynced: Vec::new(),
            synced_at: now,
            checkpoint_at: now,
            epochs: at.epochs,
            epoch_step: at.steps,
            epoch_time: now.as_secs_f64() - at.seconds,
            step: at.steps,
            clock,
            paths,
        })
    }

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

    /// Writes whose folder it is.
    fn identify(&mut self, run: &Run) -> Result<()> {
        self.keep(self.paths.settings(), run.settings_toml.as_bytes())?;
        self.keep(self.paths.run(), &format::to_json(&RunRecord::from(run))?)
    }

    /// Writes a whole file.
    fn keep(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
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

    fn samples(&mut self, epoch: u64, grid: &crate::run::Grid) -> Result<()> {
        let png = pictures::png(grid)?;
        self.keep(self.paths.samples(epoch + 1), &png)?;
        self.board.samples(epoch + 1, grid, &png)
    }

    fn keep_weights(
        &mut self,
        path: PathBuf,
        tensors: &[crate::run::NamedTensor<'_>],
    ) -> Result<()> {
        let state = weights::write_weights(&path, tensors)?;
        self.kept(path, state);
        Ok(())
    }

    fn weights(
        &mut self,
        epoch: u64,
        last: bool,
        tensors: &[crate::run::NamedTensor<'_>],
    ) -> Result<()> {
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
