//! From the records of a sweep to one value: everything a report says is computed from this.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

use walkdir::WalkDir;

use super::records::{self, Curves};
use crate::error::{Context, Error, Result, bail};
use crate::health::Light;
use crate::record::store::{self, RunState};
use crate::record::{Manifest, RunPaths, RunRecord, SweepPaths, format, sums};
use crate::run::{RunStatus, ScoreValue, Scores};

/// A sweep as its records tell it.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Where it lies.
    pub paths: SweepPaths,
    /// What it was to train.
    pub manifest: Manifest,
    /// The experiment file's text, where a copy lies in the folder.
    pub experiment_file: Option<String>,
    /// Every run of the manifest, in its order.
    pub runs: Vec<RunData>,
    /// Run folders that the manifest does not name, sorted.
    pub strays: Vec<String>,
}

/// One run as its records tell it.
#[derive(Clone, Debug)]
pub struct RunData {
    /// Index in [`Manifest::variants`].
    pub variant: usize,
    /// Its row of the manifest.
    pub record: RunRecord,
    /// How far it has come.
    pub status: RunStatus,
    /// Why it is not completed; empty if it is.
    pub reason: String,
    /// Epochs finished.
    pub epochs: u64,
    /// Generator updates done.
    pub steps: u64,
    /// Metrics of each epoch.
    pub curves: Curves,
    /// Scores at the end, where it was scored.
    pub scores: Option<Scores>,
    /// Signs of sickness.
    pub lights: Vec<Light>,
    /// Epochs done at each sample grid, ascending.
    pub samples: Vec<u64>,
    /// Seconds of all its epochs, where they were written down.
    pub seconds: Option<f64>,
    /// Whether it began where another run had ended; its seconds are those of both.
    pub began_elsewhere: bool,
    /// Dotted key and value of its environment record, sorted.
    pub environment: Vec<(String, String)>,
    /// What each class shows, by label, where that was known when it was trained.
    pub class_names: Vec<String>,
}

impl RunData {
    /// Its value of a metric: the score at the end, else the last epoch's. Only completed runs
    /// have final values.
    pub fn final_value(&self, metric: &str) -> Option<f64> {
        if self.status != RunStatus::Completed {
            return None;
        }
        match self.score(metric) {
            Some(score) => score.value.number(),
            None => self.curves.last(metric),
        }
    }

    /// Its score of this name.
    pub fn score(&self, name: &str) -> Option<&ScoreValue> {
        self.scores.as_ref()?.metrics.iter().find(|s| s.name == name)
    }

    /// Its folder, relative to the sweep's: `<variant>/seed-<n>`.
    pub fn folder(&self) -> String {
        format!("{}/seed-{}", self.record.variant, self.record.seed)
    }
}

impl Sweep {
    /// Runs of one variant, by seed as in the manifest.
    pub fn runs_of(&self, variant: usize) -> impl Iterator<Item = &RunData> {
        self.runs.iter().filter(move |r| r.variant == variant)
    }

    /// Index of the baseline in the manifest's variants.
    pub fn baseline(&self) -> usize {
        let is_baseline = |v: &_| -> bool {
            let v: &crate::record::VariantRecord = v;
            v.name == self.manifest.baseline
        };
        self.manifest.variants.iter().position(is_baseline).unwrap_or(0)
    }
}

/// Reads the records under a sweep's folder. A fault of one run's records is that run's state; it
/// never stops the others from being read.
///
/// # Errors
/// If there is no readable `plan.json`, if it contradicts itself, or if a folder cannot be listed.
pub fn load(dir: &Path) -> Result<Sweep> {
    let paths = SweepPaths::at(dir);
    let file = paths.manifest();
    let text = fs::read_to_string(&file).with_context(|| {
        format!("{} is no sweep's folder: cannot read {}", dir.display(), file.display())
    })?;
    let manifest: Manifest = format::from_json(&file.display().to_string(), text.as_bytes())?;
    check(&manifest).with_context(|| file.display().to_string())?;
    sums::verify_plan(&paths).with_context(|| dir.display().to_string())?;

    let mut runs = Vec::with_capacity(manifest.runs.len());
    for record in &manifest.runs {
        let variant = manifest.variants.iter().position(|v| v.name == record.variant);
        let variant = variant.expect("checked");
        let state = store::recorded_state(&paths, record);
        runs.push(load_run(variant, record, state, &paths.run(&record.variant, record.seed)));
    }
    let strays = strays(dir, &manifest)?;
    let experiment_file = fs::read_to_string(paths.experiment()).ok();
    Ok(Sweep { paths, manifest, experiment_file, runs, strays })
}

/// Refuses a manifest that would lead outside its folder or nowhere.
fn check(manifest: &Manifest) -> Result<()> {
    let mut names: Vec<&str> = manifest.variants.iter().map(|v| v.name.as_str()).collect();
    for name in &names {
        let mut parts = Path::new(name).components();
        let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        if !plain || name.contains(['/', '\\', '\0']) {
            bail!("variant {name:?} is no folder name");
        }
    }
    if !names.contains(&manifest.baseline.as_str()) {
        bail!("the baseline {:?} is none of the variants", manifest.baseline);
    }
    for run in &manifest.runs {
        if !names.contains(&run.variant.as_str()) {
            bail!("a run names the variant {:?}, which is not listed", run.variant);
        }
    }
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("two variants are called {:?}", pair[0]);
    }
    if let Some(search) = &manifest.search {
        let rungs = search.epochs.len();
        let whole = rungs > 0 && search.enter.len() == rungs;
        if !whole || search.points.len() * rungs != manifest.variants.len() {
            bail!("its search is not one of the variants that are listed");
        }
    }
    let mut runs: Vec<_> = manifest.runs.iter().map(|r| (&r.variant, r.seed)).collect();
    runs.sort_unstable();
    if let Some(pair) = runs.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("the run {}/seed-{} is listed twice", pair[0].0, pair[0].1);
    }
    Ok(())
}

/// Folders named like runs that the manifest does not have.
fn strays(dir: &Path, manifest: &Manifest) -> Result<Vec<String>> {
    let known: std::collections::BTreeSet<String> =
        manifest.runs.iter().map(|r| format!("{}/seed-{}", r.variant, r.seed)).collect();
    let mut found = Vec::new();
    for entry in WalkDir::new(dir).min_depth(2).max_depth(2).sort_by_file_name() {
        let entry = entry
            .map_err(Error::other)
            .with_context(|| format!("{}: list the runs", dir.display()))?;
        if !entry.file_type().is_dir() || !entry.path().join("run.json").is_file() {
            continue;
        }
        let parts: Vec<_> = entry.path().components().rev().take(2).collect();
        let name = |c: &Component<'_>| c.as_os_str().to_string_lossy().into_owned();
        let folder = format!("{}/{}", name(&parts[1]), name(&parts[0]));
        if !known.contains(&folder) {
            found.push(folder);
        }
    }
    Ok(found)
}

fn load_run(variant: usize, record: &RunRecord, state: RunState, paths: &RunPaths) -> RunData {
    let mut run = RunData {
        variant,
        record: record.clone(),
        status: state.status,
        reason: state.reason.clone(),
        epochs: 0,
        steps: 0,
        curves: Curves::default(),
        scores: None,
        lights: Vec::new(),
        samples: Vec::new(),
        seconds: None,
        began_elsewhere: false,
        environment: Vec::new(),
        class_names: Vec::new(),
    };
    let known =
        !matches!(state.status, RunStatus::NotStarted | RunStatus::Stale | RunStatus::Damaged);
    if known && let Err(reason) = read_run(&mut run, &state, paths) {
        run.status = RunStatus::Damaged;
        run.reason = reason;
        // A number beside a fault would look like one to trust.
        run.curves = Curves::default();
        run.scores = None;
        run.lights.clear();
    }
    run
}

/// The file's bytes; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("{}: {e}", name(path))),
    }
}

/// Its file name: reports name no folder of the machine they were made on.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(e) => Err(format!("{}: {e}", name(path))),
    }
}

fn read_run(run: &mut RunData, state: &RunState, paths: &RunPaths) -> Result<(), String> {
    let outcome = state.outcome.as_ref();
    run.samples = list_samples(paths);
    let environment = read(&paths.environment())?.unwrap_or_default();
    run.environment = records::environment(&environment);
    run.class_names = records::class_names(&environment);
    run.began_elsewhere = paths.reused().exists();
    run.seconds = records::seconds(&read(&paths.timing_csv())?.unwrap_or_default());

    let completed = state.status == RunStatus::Completed;
    let metrics = read(&paths.metrics_csv())?;
    let losses = read(&paths.loss_csv())?;
    let parsed = match (&metrics, &losses) {
        (Some(metrics), Some(losses)) => records::curves(metrics, losses),
        (None, _) => Err("metrics.csv is missing".to_owned()),
        (_, None) => Err("loss.csv is missing".to_owned()),
    };
    match parsed {
        Ok((curves, cut)) => {
            if completed && let Some(cut) = cut {
                return Err(cut);
            }
            run.curves = curves;
        }
        Err(reason) if completed => return Err(reason),
        // A run that failed early has no table yet; any other fault of its tables is named.
        Err(reason) => {
            if metrics.is_some() && losses.is_some() {
                return Err(reason);
            }
        }
    }
    run.scores = json(&paths.root().join("scores.json"))?;
    run.lights = json(&paths.root().join("lights.json"))?.unwrap_or_default();

    match outcome {
        Some(outcome) => {
            let rows = run.curves.epochs.len() as u64;
            if completed && rows != outcome.epochs {
                return Err(format!(
                    "metrics.csv has {rows} epochs, the outcome says {}",
                    outcome.epochs
                ));
            }
            (run.epochs, run.steps) = (outcome.epochs, outcome.steps);
        }
        None => {
            run.epochs = run.curves.epochs.len() as u64;
            run.steps = run.curves.steps.last().copied().unwrap_or(0);
        }
    }
    Ok(())
}

/// Epochs done at each picture that lies in the run's folder of samples.
fn list_samples(paths: &RunPaths) -> Vec<u64> {
    let files = WalkDir::new(paths.samples_dir()).min_depth(1).max_depth(1).sort_by_file_name();
    let mut epochs: Vec<u64> = files
        .into_iter()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().to_str()?.to_owned();
            name.strip_prefix("epoch-")?.strip_suffix(".png")?.parse().ok()
        })
        .collect();
    epochs.sort_unstable();
    epochs
}
