//! Runs that were trained before, in this sweep or another one under the same folder, from whose
//! end a run can go on: it is the same training, as far as it went.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::status::recording;
use crate::error::{Context, Result};
use crate::plan::{Length, Run};
use crate::record::checkpoint::{self, Header};
use crate::record::{Clock, Environment, Reused, RunPaths, RunRecorder, store};
use crate::run::{Checkpoint, OutcomeKind};

/// The runs under a folder of sweeps, by what their training has in common.
#[derive(Debug)]
pub struct Reuse {
    runs_dir: PathBuf,
    /// Looked up at the first need: it takes a look at every run.
    index: OnceLock<BTreeMap<String, Vec<Source>>>,
}

/// A run that another can go on from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Its folder.
    pub(super) paths: RunPaths,
    experiment: String,
    /// Its state at its end, as it says; checked before it is used.
    header: Header,
}

impl Reuse {
    /// All runs in the sweeps of this folder.
    pub fn new(runs_dir: &Path) -> Self {
        Self { runs_dir: runs_dir.to_owned(), index: OnceLock::new() }
    }

    /// Where `run` could go on from, that which saves most first.
    pub(super) fn candidates(&self, run: &Run, place: &RunPaths) -> Vec<Source> {
        let index = self.index.get_or_init(|| self.scan());
        // The run's own folder may hold a shorter one of its own kind, which it is to replace.
        let own = source(place.clone(), String::new());
        let of_key = |key: &String| {
            let listed = index.get(key).into_iter().flatten();
            let own = own.iter().filter(|source| keys(&source.header).contains(&Some(key)));
            listed.chain(own).cloned().collect::<Vec<_>>()
        };
        let keys = [Some(&run.key), run.prefix_key.as_ref()];
        let mut found: Vec<Source> = keys.into_iter().flatten().flat_map(of_key).collect();
        found.sort_by_key(|source| std::cmp::Reverse(source.header.step));
        // One may be there by both keys, and the run's own folder in the list too.
        let mut seen = BTreeSet::new();
        found.retain(|source| seen.insert(source.paths.root().to_owned()));
        found
    }

    /// Steps of `run` that need not be trained, as far as one can tell without a look at all that
    /// would be taken over.
    pub fn saved_steps(&self, run: &Run, place: &RunPaths, images: usize) -> u64 {
        let usable = |source: &Source| source.fits(run, images).unwrap_or(false);
        self.candidates(run, place).iter().find(|s| usable(s)).map_or(0, |s| s.header.step)
    }

    /// Skips unreadable runs silently: they cannot be resumed from, and belong to other sweeps.
    fn scan(&self) -> BTreeMap<String, Vec<Source>> {
        let mut index: BTreeMap<String, Vec<Source>> = BTreeMap::new();
        for sweep in store::list_sweeps(&self.runs_dir).unwrap_or_default() {
            let Ok(manifest) = store::read_manifest(&sweep) else { continue };
            for run in &manifest.runs {
                let paths = sweep.run(&run.variant, run.seed);
                let Some(source) = source(paths, manifest.experiment.clone()) else { continue };
                for key in keys(&source.header).into_iter().flatten() {
                    index.entry(key.clone()).or_default().push(source.clone());
                }
            }
        }
        index
    }
}

fn keys(header: &Header) -> [Option<&String>; 2] {
    [Some(&header.key), header.prefix_key.as_ref()]
}

fn source(paths: RunPaths, experiment: String) -> Option<Source> {
    let header = checkpoint::read_header(&paths).ok().flatten()?;
    Some(Source { paths, experiment, header })
}

impl Source {
    /// The records and the state of `run` where this one ended; none if this one did not complete,
    /// went further, or would have left other records.
    pub(super) fn resume_from(
        &self,
        run: &Run,
        place: &RunPaths,
        images: usize,
        environment: &Environment,
        clock: Clock,
    ) -> Result<Option<(RunRecorder, Checkpoint<'static>)>> {
        let Some(record) = store::read_run(&self.paths)? else { return Ok(None) };
        let completed = match store::read_outcome(&self.paths)? {
            Some(outcome) => outcome.kind == OutcomeKind::Completed,
            // The run's own folder, which was leased.
            None => self.paths == *place,
        };
        let whole = self.header.key == run.key;
        if !completed || !self.fits(run, images)? {
            return Ok(None);
        }
        let saved = checkpoint::read(&self.paths.checkpoint())?;
        let mut positions = saved.header.positions;
        if !whole {
            // The longer run's last weights are others.
            positions.files.remove(&self.paths.name(&self.paths.last_weights()));
        }
        let reused = Reused {
            experiment: self.experiment.clone(),
            variant: record.variant,
            seed: record.seed,
            key: record.key,
            steps: saved.state.step,
        };
        let recorder = RunRecorder::resume_from(
            place.clone(),
            &self.paths,
            &reused,
            run,
            environment,
            clock,
            &positions,
        )
        .with_context(|| format!("cannot go on from {}", self.paths.root().display()))?;
        Ok(Some((recorder, saved.state)))
    }

    /// Whether the records of `run` would be the same as far as this one went, of which it is the
    /// whole or the beginning.
    fn fits(&self, run: &Run, images: usize) -> Result<bool> {
        let written = std::fs::read_to_string(self.paths.settings())?;
        if recording(run.model, &written) != recording(run.model, &run.settings_toml) {
            return Ok(false);
        }
        let length = Length::of(run.model, &run.settings, images);
        let (step, epochs) = (self.header.step, self.header.positions.epochs);
        // A run draws samples at its end in any case.
        let regular = epochs.is_multiple_of(run.settings.record.samples_every.max(1) as u64);
        let beginning = step < length.steps && step == epochs * length.steps_per_epoch && regular;
        Ok(self.header.key == run.key || beginning)
    }
}
