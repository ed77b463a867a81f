//! Everything that is kept of one run, from its first event to its outcome.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::csv::{self, Table};
use super::environment::{Environment, EnvironmentRecord};
use super::event::{Event, Recorder};
use super::files::{self, aside};
use super::plots::{self, Plot};
use super::tensorboard::TensorBoard;
use super::{Clock, RunPaths, RunRecord, pictures, store, weights};
use crate::plan::Run;
use crate::train::{EpochMetrics, Outcome, OutcomeKind};

/// How far the records of a run have come, for a checkpoint: what comes later is cut off when the
/// run is resumed from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    /// Epochs finished.
    pub epochs: u64,
    /// Steps at the end of the last of them.
    pub steps: u64,
    /// Seconds of the epoch after them so far.
    pub seconds: f64,
    /// Length of `loss.csv`, bytes.
    pub loss_csv: u64,
    /// Length of `metrics.csv`, bytes.
    pub metrics_csv: u64,
    /// Length of `timing.csv`, bytes.
    pub timing_csv: u64,
    /// Length of the TensorBoard events, bytes.
    pub events: u64,
}

/// Writes one run's folder: settings, tables, events, pictures, weights, and last the outcome.
#[derive(Debug)]
pub struct RunRecorder {
    paths: RunPaths,
    title: String,
    scalars_every: u64,
    checkpoint_every: u64,
    loss: Table,
    metrics: Table,
    timing: Table,
    board: TensorBoard,
    environment: EnvironmentRecord,
    clock: Clock,
    /// Epochs finished, and the step and time at which the last of them ended (for a resumed run,
    /// the time at which it would have ended without the gap).
    epochs: u64,
    epoch_step: u64,
    epoch_time: f64,
    /// When this attempt began, and its files that a power cut could still take.
    begun: f64,
    unsynced: Vec<PathBuf>,
}

/// Work of less than this many seconds is not worth the time of a sync: after a power cut it is
/// done again.
const WORTH_A_SYNC: f64 = 1.0;

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
        fs::create_dir_all(paths.root())
            .with_context(|| format!("cannot create {}", paths.root().display()))?;
        remove_after(&paths, None)?;
        let record = RunRecord::from(run);
        files::write_whole(&paths.run(), &files::json(&record)?)?;
        files::write_whole(&paths.settings(), run.settings_toml.as_bytes())?;
        let loss = Table::create(paths.loss_csv(), csv::LOSS_HEADER)?;
        let metrics = Table::create(paths.metrics_csv(), &csv::metrics_header())?;
        let timing = Table::create(paths.timing_csv(), csv::TIMING_HEADER)?;
        let board = TensorBoard::create(paths.events(), clock.clone())?;
        let history = EnvironmentRecord::default();
        let tables = [loss, metrics, timing];
        let start = Positions::default();
        Self::over(paths, run, environment, history, clock, tables, board, &start)
    }

    /// Goes on with the records of a run as they were at a checkpoint: whatever was written later
    /// is cut off or removed.
    ///
    /// # Errors
    /// If the folder holds another run, a file is shorter than at the checkpoint, or cannot be
    /// opened.
    pub fn resume(
        paths: RunPaths,
        run: &Run,
        environment: &Environment,
        clock: Clock,
        positions: &Positions,
    ) -> Result<Self> {
        let found: RunRecord = files::read_json(&paths.run())?;
        ensure!(
            found == RunRecord::from(run),
            "cannot resume {}: it holds {}, seed {}, with key {}; this run's key is {}",
            paths.root().display(),
            found.variant,
            found.seed,
            found.key,
            run.key
        );
        files::remove(&paths.outcome())?;
        let loss = Table::resume(paths.loss_csv(), positions.loss_csv)?;
        let metrics = Table::resume(paths.metrics_csv(), positions.metrics_csv)?;
        let timing = Table::resume(paths.timing_csv(), positions.timing_csv)?;
        let board = TensorBoard::resume(paths.events(), positions.events, clock.clone())?;
        remove_after(&paths, Some(positions.epochs))?;
        // No result depends on it: an unreadable one is begun anew.
        let history = files::read_json(&paths.environment()).unwrap_or_default();
        let tables = [loss, metrics, timing];
        Self::over(paths, run, environment, history, clock, tables, board, positions)
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
        let now = clock.now().as_secs_f64();
        Ok(Self {
            title: title(run),
            scalars_every: record.scalars_every as u64,
            checkpoint_every: record.checkpoint_every as u64,
            loss,
            metrics,
            timing,
            board,
            environment: history,
            epochs: at.epochs,
            epoch_step: at.steps,
            epoch_time: now - at.seconds,
            begun: now,
            unsynced: vec![paths.run(), paths.settings()],
            clock,
            paths,
        })
    }

    /// How far the records have come; everything up to there survives a power cut.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn positions(&mut self) -> Result<Positions> {
        files::sync(&self.unsynced)?;
        self.unsynced.clear();
        Ok(Positions {
            epochs: self.epochs,
            steps: self.epoch_step,
            seconds: self.clock.now().as_secs_f64() - self.epoch_time,
            loss_csv: self.loss.sync()?,
            metrics_csv: self.metrics.sync()?,
            timing_csv: self.timing.sync()?,
            events: self.board.sync()?,
        })
    }

    fn epoch(&mut self, metrics: &EpochMetrics) -> Result<()> {
        let now = self.clock.now().as_secs_f64();
        let (seconds, steps) = (now - self.epoch_time, metrics.step - self.epoch_step);
        self.loss.append(&csv::loss_row(metrics))?;
        self.metrics.append(&csv::metrics_row(metrics))?;
        self.timing.append(&csv::timing_row(metrics.epoch, seconds, steps))?;
        self.board.epoch(metrics)?;
        self.board.flush()?;
        (self.epochs, self.epoch_step, self.epoch_time) = (metrics.epoch + 1, metrics.step, now);
        Ok(())
    }

    /// The outcome comes last: a folder that has one is complete.
    fn finish(&mut self, outcome: &Outcome) -> Result<()> {
        let mut outcome = outcome.clone();
        if let Err(error) = self.complete(outcome.kind) {
            if outcome.kind == OutcomeKind::Completed {
                return Err(error);
            }
            // Why the run failed may be why its records do (a full disk): say both.
            outcome.reason += &format!("; its records are not complete: {error:#}");
        }
        let json = files::json(&outcome)?;
        if self.worth_a_sync() {
            files::write_synced(&self.paths.outcome(), &json)
        } else {
            files::write_whole(&self.paths.outcome(), &json)
        }
    }

    fn worth_a_sync(&self) -> bool {
        self.clock.now().as_secs_f64() - self.begun >= WORTH_A_SYNC
    }

    /// Writes a file that the next [`Self::positions`] makes safe.
    fn keep(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
        files::write_whole(&path, bytes)?;
        self.unsynced.push(path);
        Ok(())
    }

    /// All but the outcome.
    fn complete(&mut self, kind: OutcomeKind) -> Result<()> {
        self.board.flush()?;
        if self.worth_a_sync() {
            self.positions()?;
        }
        // An interrupted run goes on later; its person is waiting now.
        if kind != OutcomeKind::Interrupted {
            draw(&self.paths, &self.title)?;
        }
        self.environment.end(&self.clock);
        self.environment.write(&self.paths.environment())
    }
}

impl Recorder for RunRecorder {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        match event {
            Event::Started { .. } => Ok(()),
            Event::Step { step, metrics, .. } => {
                if self.scalars_every > 0 && step.is_multiple_of(self.scalars_every) {
                    self.board.step(*step, metrics, *step == self.scalars_every)?;
                }
                Ok(())
            }
            Event::Epoch(metrics) => self.epoch(metrics),
            Event::Samples { epoch, grid, .. } => {
                let png = pictures::png(grid)?;
                self.keep(self.paths.samples(epoch + 1), &png)?;
                self.board.samples(epoch + 1, grid, &png)
            }
            Event::Weights { epoch, last, tensors } => {
                let due =
                    self.checkpoint_every > 0 && (epoch + 1).is_multiple_of(self.checkpoint_every);
                let bytes = weights::to_bytes(tensors)?;
                if due || !last {
                    self.keep(self.paths.weights(epoch + 1), &bytes)?;
                }
                if *last {
                    self.keep(self.paths.last_weights(), &bytes)?;
                }
                Ok(())
            }
            Event::Checkpoint(_) => Ok(()),
            Event::Finished(outcome) => self.finish(outcome),
        }
    }
}

/// Writes down that a run failed where no recorder is left to do it: before there was one, or after
/// a panic. What the run had recorded until then stays; another run's records in its folder go.
///
/// # Errors
/// If the folder cannot be written to.
pub fn record_failure(paths: &RunPaths, run: &Run, outcome: &Outcome) -> Result<()> {
    let record = RunRecord::from(run);
    if files::read_json::<RunRecord>(&paths.run()).ok() != Some(record.clone()) {
        remove_after(paths, None)?;
        files::write_whole(&paths.run(), &files::json(&record)?)?;
        files::write_whole(&paths.settings(), run.settings_toml.as_bytes())?;
    }
    let mut outcome = outcome.clone();
    if paths.metrics_csv().exists()
        && let Err(error) = draw(paths, &title(run))
    {
        outcome.reason += &format!("; its records are not complete: {error:#}");
    }
    files::write_synced(&paths.outcome(), &files::json(&outcome)?)
}

/// How pictures call a run.
fn title(run: &Run) -> String {
    format!("{}, seed {}", run.variant_name, run.seed)
}

/// Draws GIF and plots from what is on disk, which a resumed run shares with its earlier attempts.
fn draw(paths: &RunPaths, title: &str) -> Result<()> {
    pictures::write_gif(paths)?;
    let table = store::read_table(&paths.metrics_csv())?;
    if table.rows() == 0 {
        return Ok(());
    }
    let series = |names: [(&'static str, &str); 2]| {
        names.map(|(label, name)| (label, table.column(name).cloned().unwrap_or_default()))
    };
    let loss = plots::svg(&Plot {
        title: &format!("Loss: {title}"),
        axis: "loss",
        range: None,
        series: &series([("generator", "gen_loss"), ("discriminator", "dis_loss")]),
    })?;
    let probability = plots::svg(&Plot {
        title: &format!("Probability: {title}"),
        axis: "D's mean output, train mode",
        range: Some((0.0, 1.0)),
        series: &series([("real images", "real_p"), ("fakes", "fake_p")]),
    })?;
    files::write_whole(&paths.loss_plot(), loss.as_bytes())?;
    files::write_whole(&paths.probability_plot(), probability.as_bytes())
}

/// Removes what an earlier attempt wrote: all of it, or what came after so many epochs. The
/// outcome goes first, so that no folder looks complete while it is being emptied.
fn remove_after(paths: &RunPaths, epochs: Option<u64>) -> Result<()> {
    let mut known = vec![
        paths.outcome(),
        paths.last_weights(),
        paths.samples_gif(),
        paths.loss_plot(),
        paths.probability_plot(),
    ];
    if epochs.is_none() {
        known.extend([paths.run(), paths.settings(), paths.environment()]);
        known.extend([paths.loss_csv(), paths.metrics_csv(), paths.timing_csv(), paths.events()]);
    }
    for epoch in epochs_in(&paths.samples_dir(), "png")? {
        if epochs.is_none_or(|kept| epoch > kept) {
            known.push(paths.samples(epoch));
        }
    }
    for epoch in epochs_in(&paths.weights_dir(), "safetensors")? {
        if epochs.is_none_or(|kept| epoch > kept) {
            known.push(paths.weights(epoch));
        }
    }
    for path in known {
        files::remove(&path)?;
        files::remove(&aside(&path))?;
    }
    Ok(())
}

/// Epochs of the `epoch-<n>.<extension>` files in a folder (and of those that were being written),
/// in ascending order; none if there is no folder.
pub(super) fn epochs_in(folder: &Path, extension: &str) -> Result<Vec<u64>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let list = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let paths = list().with_context(|| format!("cannot list {}", folder.display()))?;
    let epoch = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let whole = name.strip_prefix('.').and_then(|n| n.strip_suffix(".part")).unwrap_or(name);
        let stem = whole.strip_suffix(extension)?.strip_suffix('.')?;
        stem.strip_prefix("epoch-")?.parse().ok()
    };
    let mut epochs: Vec<u64> = paths.iter().filter_map(epoch).collect();
    epochs.sort_unstable();
    epochs.dedup();
    Ok(epochs)
}
