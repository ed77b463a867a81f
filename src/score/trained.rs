//! A trained generator, opened again from its run's folder.

use std::path::PathBuf;

use super::{PixelRange, SampleSource};
use crate::error::{Context, Result, bail, ensure};
use crate::model::{DataShape, Purpose, Stream};
use crate::model::{Model, Sampler, sample_in_chunks};
use crate::record::{DataRecord, RunPaths, read_weights, sums};
use crate::spec::{self, Output, Settings};

/// The generator of a run as it was at the end.
pub struct TrainedSampler {
    sampler: Box<dyn Sampler>,
    settings: Settings,
    data: DataRecord,
}

impl TrainedSampler {
    /// Opens the weights of a run of `model` after a number of epochs; the last ones where none are
    /// named.
    ///
    /// # Errors
    /// If the folder holds no finished run, or its settings, weights or images cannot be read or
    /// do not fit together.
    pub fn open(model: &dyn Model, paths: &RunPaths, epoch: Option<u64>) -> Result<Self> {
        if let Some(seed) = seed_within(paths) {
            bail!(
                "{} holds the runs of a variant: name one of them, such as {}",
                paths.root().display(),
                seed.display()
            );
        }
        let path = paths.settings();
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{} is no run: cannot read {}", paths.root().display(), path.display())
        })?;
        let settings = spec::parse_settings(&path.display().to_string(), &text, model.schema())?;
        let weights = epoch.map_or_else(|| paths.last_weights(), |epoch| paths.weights(epoch));
        sums::verify_file(paths, &weights).with_context(|| {
            format!(
                "the weights of {} are not what they were; sweep --rerun damaged trains it again",
                paths.root().display()
            )
        })?;
        ensure!(
            weights.is_file() || epoch.is_some(),
            "{} has no weights yet: {} is written when the run completes",
            paths.root().display(),
            weights.display()
        );
        ensure!(
            weights.is_file(),
            "{} is missing: weights are kept every {} epochs, as `record.checkpoint_every` says",
            weights.display(),
            settings.record.checkpoint_every
        );
        let tensors = read_weights(&weights)?;
        let data = DataRecord::of_run(paths, &settings.data)?;
        let shape =
            DataShape { pixels: data.height * data.width, classes: data.classes, scored: 0 };
        let sampler = model
            .open(&settings, shape, &tensors)
            .with_context(|| format!("cannot use {}", weights.display()))?;
        Ok(Self { sampler, settings, data })
    }

    /// What the run was trained with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the run was trained on.
    pub fn data(&self) -> &DataRecord {
        &self.data
    }

    /// `n` noise vectors of a stream, row-major.
    pub fn noise(&self, stream: Stream, purpose: Purpose, n: usize) -> Vec<f32> {
        self.sampler.noise(&mut stream.rng(purpose, 0, 0), n)
    }

    /// An image a label and noise vector, row-major, in the scale of [`Self::output`].
    ///
    /// # Panics
    /// If there is not one noise vector a label.
    pub fn generate(&self, noise: &[f32], labels: &[u8]) -> Vec<f32> {
        sample_in_chunks(self.sampler.as_ref(), noise, labels)
    }

    /// The scale of the images.
    pub fn output(&self) -> Output {
        self.sampler.output()
    }
}

impl SampleSource for TrainedSampler {
    fn sample(&mut self, labels: &[u8], stream: Stream) -> Result<(Vec<f32>, PixelRange)> {
        let noise = self.noise(stream, Purpose::Score("noise"), labels.len());
        Ok((self.generate(&noise, labels), self.output().into()))
    }

    fn drawn_with(&self) -> Option<String> {
        self.sampler.drawn_with()
    }
}

/// A run below a folder that is none itself: of a variant.
fn seed_within(folder: &RunPaths) -> Option<PathBuf> {
    if folder.run().is_file() {
        return None;
    }
    let entries = std::fs::read_dir(folder.root()).ok()?;
    let mut runs: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    runs.retain(|run| RunPaths::at(run).run().is_file());
    runs.sort();
    runs.into_iter().next()
}
