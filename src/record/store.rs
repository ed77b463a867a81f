//! The folders under `runs/`: making a sweep's, and reading what sweeps and runs left there.
//!
//! Whatever is found damaged is named with its reason; nothing here panics on a file's content.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::listing::{epochs_in, walked};
use super::sums::{self, Sums};
use super::{Manifest, RunPaths, RunRecord, SweepPaths, disk, format, lease, leftover};
use crate::error::{Context, Result};
use crate::plan::Plan;
use crate::run::{Outcome, OutcomeKind, RunStatus, Scores};

/// Makes a sweep's folder with its plan and a copy of its experiment file.
///
/// # Errors
/// If the folder cannot be made or written to.
pub fn create_sweep(paths: &SweepPaths, manifest: &Manifest, experiment: &str) -> Result<()> {
    let manifest = format::to_json(manifest)?;
    let mut sums = Sums::default();
    sums.add("plan.json", &manifest);
    sums.add("experiment.toml", experiment.as_bytes());
    write_if_other(&paths.experiment(), experiment.as_bytes())?;
    write_if_other(&paths.manifest(), &manifest)?;
    write_if_other(&paths.sums(), &sums.to_bytes())
}

/// Keeps the settings of each variant, from which any run of the plan can be trained alone.
///
/// # Errors
/// If a file cannot be written.
pub fn freeze(paths: &SweepPaths, plan: &Plan) -> Result<()> {
    for run in plan.runs.iter().step_by(plan.seeds.len().max(1)) {
        let path = paths.variant_settings(&run.variant_name);
        write_if_other(&path, run.settings_toml.as_bytes())?;
    }
    Ok(())
}

fn write_if_other(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    disk::write_whole(path, bytes)
}

/// Removes what processes that were killed left half-made in a sweep's folder; what lies within a
/// run's folder goes when that run is trained on. What cannot be removed stays: it harms nothing.
pub fn tidy(paths: &SweepPaths) {
    let is_run = |name: &str| name.starts_with("seed-");
    let entries = WalkDir::new(paths.root()).min_depth(1).into_iter();
    let entries = entries.filter_entry(|entry| !is_run(&entry.file_name().to_string_lossy()));
    for entry in entries.filter_map(Result::ok) {
        if leftover::is_left(&entry.file_name().to_string_lossy()) {
            let remove =
                if entry.file_type().is_dir() { fs::remove_dir_all } else { fs::remove_file };
            let _ = remove(entry.path());
        }
    }
}

/// The sweeps in a folder, sorted by path: every folder in it, at any depth, that has a plan; the
/// folder itself if it has one. Folders inside a sweep are not looked into.
///
/// # Errors
/// If a folder cannot be listed.
pub fn list_sweeps(dir: &Path) -> Result<Vec<SweepPaths>> {
    let mut sweeps = Vec::new();
    let mut walk = WalkDir::new(dir).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = walked(entry)?;
        if !entry.file_type().is_dir() {
            continue;
        }
        let paths = SweepPaths::at(entry.path());
        if paths.manifest().is_file() {
            sweeps.push(paths);
            walk.skip_current_dir();
        }
    }
    Ok(sweeps)
}

/// The plan of a sweep.
///
/// # Errors
/// If it is missing or damaged.
pub fn read_manifest(paths: &SweepPaths) -> Result<Manifest> {
    let path = paths.manifest();
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    format::from_json(&path.display().to_string(), &bytes)
}

/// The record of a run's identity, if the run was begun.
///
/// # Errors
/// If it is damaged.
pub fn read_run(paths: &RunPaths) -> Result<Option<RunRecord>> {
    let path = paths.run();
    match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => {
            let bytes = read.with_context(|| format!("cannot read {}", path.display()))?;
            format::from_json(&path.display().to_string(), &bytes).map(Some)
        }
    }
}

/// The outcome of a run, if it has one.
///
/// # Errors
/// If it is damaged.
pub fn read_outcome(paths: &RunPaths) -> Result<Option<Outcome>> {
    disk::read_json_if_there(&paths.outcome())
}

/// The scores of a run, if it has any.
///
/// # Errors
/// If they are damaged.
pub fn read_scores(paths: &RunPaths) -> Result<Option<Scores>> {
    disk::read_json_if_there(&paths.scores())
}

/// How far a run of a plan has come, and why it is not completed.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// How far.
    pub status: RunStatus,
    /// Why not to its end; empty where the status says it all.
    pub reason: String,
    /// What it left as its last word; none unless its records can be used.
    pub outcome: Option<Outcome>,
}

impl RunState {
    fn new(status: RunStatus, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), outcome: None }
    }

    /// Its records are not what they were; why.
    pub fn damaged(reason: impl Into<String>) -> Self {
        Self::new(RunStatus::Damaged, reason)
    }

    /// Stopped before its end, with the reason.
    pub fn interrupted(reason: impl Into<String>) -> Self {
        Self::new(RunStatus::Interrupted, reason)
    }

    fn ended(outcome: Outcome) -> Self {
        let (status, reason) = (outcome.kind.into(), outcome.reason.clone());
        Self { status, reason, outcome: Some(outcome) }
    }
}

/// How far a run has come, by its records alone; reasons name files without their folder.
pub fn recorded_state(sweep: &SweepPaths, run: &RunRecord) -> RunState {
    let paths = sweep.run(&run.variant, run.seed);
    let state = || -> Result<RunState> {
        let outcome = read_outcome(&paths)?;
        let Some(found) = read_run(&paths)? else {
            return Ok(match outcome {
                None => RunState::new(RunStatus::NotStarted, ""),
                // It may fail before its first record.
                Some(outcome) if outcome.kind != OutcomeKind::Completed => RunState::ended(outcome),
                Some(_) => RunState::damaged("run.json is missing beside a completed outcome"),
            });
        };
        if (&found.variant, found.seed) != (&run.variant, run.seed) {
            let reason = format!("run.json belongs to {}, seed {}", found.variant, found.seed);
            return Ok(RunState::new(RunStatus::Stale, reason));
        }
        if found != *run {
            let reason = format!("trained under key {}, the plan has {}", found.key, run.key);
            return Ok(RunState::new(RunStatus::Stale, reason));
        }
        let Some(outcome) = outcome else {
            return Ok(RunState::interrupted(
                "no outcome: stopped without a last word, or at work",
            ));
        };
        // An interrupted run will be resumed, so its files need not be those of its checksums.
        if outcome.kind != OutcomeKind::Interrupted {
            sums::verify_numbers(&paths)?;
        }
        Ok(RunState::ended(outcome))
    };
    let folder = format!("{}/", paths.root().display());
    state().unwrap_or_else(|error| RunState::damaged(format!("{error:#}").replace(&folder, "")))
}

/// The same, with a look at who is at work in its folder.
pub fn run_state(sweep: &SweepPaths, run: &RunRecord) -> RunState {
    let state = recorded_state(sweep, run);
    let open = matches!(state.status, RunStatus::NotStarted | RunStatus::Interrupted);
    let owner = || lease::owner(&sweep.run(&run.variant, run.seed)).ok().flatten();
    match open.then(owner).flatten() {
        Some((process, _)) => RunState::new(RunStatus::Running, process.describe()),
        None => state,
    }
}

/// The sample grids that a run has: epochs done and file, ascending.
///
/// # Errors
/// If the folder cannot be listed.
pub fn samples(paths: &RunPaths) -> Result<Vec<(u64, PathBuf)>> {
    let epochs = epochs_in(&paths.samples_dir(), "png")?;
    Ok(epochs.into_iter().map(|e| (e, paths.samples(e))).filter(|(_, p)| p.is_file()).collect())
}

/// The weights that a run has: epochs done, none for the last ones, and file, in that order.
///
/// # Errors
/// If the folder cannot be listed.
pub fn weights(paths: &RunPaths) -> Result<Vec<(Option<u64>, PathBuf)>> {
    let epochs = epochs_in(&paths.weights_dir(), "safetensors")?;
    let last = (None, paths.last_weights());
    let all = epochs.into_iter().map(|e| (Some(e), paths.weights(e))).chain([last]);
    Ok(all.filter(|(_, path)| path.is_file()).collect())
}
