//! How the records of a run begin: afresh, where a checkpoint left them, or as a copy of another
//! run's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::Identity;
use super::clear::remove_but;
use super::contents::{self, FileState};
use super::csv::{self, Table};
use super::ending::title;
use super::environment::{Environment, EnvironmentRecord};
use super::positions::Positions;
use super::run::RunRecorder;
use super::tensorboard::TensorBoard;
use super::{Clock, Reused, RunPaths, RunRecord, disk, format, store};
use crate::error::{Context, Result, ensure};
use crate::plan::Run;

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

    /// Writes whose folder it is.
    fn identify(&mut self, run: &Run) -> Result<()> {
        self.keep(self.paths.settings(), run.settings_toml.as_bytes())?;
        self.keep(self.paths.run(), &format::to_json(&RunRecord::from(run))?)
    }
}
