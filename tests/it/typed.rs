//! Settings as one typed value that tests change at will, beyond what a schema takes, and the model
//! that trains with them.

use std::sync::Arc;

use cgan_sweep::data::DataSet;
use cgan_sweep::error::Result;
use cgan_sweep::gan::{
    Cgan, CganSettings, CganTraining, DiscriminatorSettings, EmaSettings, GeneratorSettings,
    LossSettings, NoiseSettings, Optimizers, UpdateSettings, article, thresholds,
};
use cgan_sweep::health::Thresholds;
use cgan_sweep::model::{Cost, DataShape, Model, Network, Sampler};
use cgan_sweep::plan::Run;
use cgan_sweep::run::{Metric, NamedTensor};
use cgan_sweep::spec::{
    DataSettings, RecordSettings, Schema, ScoreSettings, Settings, TrainSettings, parse_settings,
};

use crate::support;

/// Everything that a run of the maxout CGAN trains with.
#[derive(Clone, Debug)]
pub(crate) struct AllSettings {
    pub(crate) data: DataSettings,
    pub(crate) noise: NoiseSettings,
    pub(crate) generator: GeneratorSettings,
    pub(crate) discriminator: DiscriminatorSettings,
    pub(crate) loss: LossSettings,
    pub(crate) update: UpdateSettings,
    pub(crate) optimizer: Optimizers,
    pub(crate) ema: EmaSettings,
    pub(crate) train: TrainSettings,
    pub(crate) record: RecordSettings,
    pub(crate) score: ScoreSettings,
}

impl AllSettings {
    pub(crate) fn article() -> Self {
        Self::of(article())
    }

    /// Preset `tuned`.
    pub(crate) fn tuned() -> Self {
        let text = include_str!("../../src/gan/presets/tuned.toml");
        Self::of(parse_settings("tuned", text, Cgan.schema()).unwrap())
    }

    fn of(general: Settings) -> Self {
        let cgan = CganSettings::of(&general);
        Self {
            data: general.data,
            noise: cgan.noise,
            generator: cgan.generator,
            discriminator: cgan.discriminator,
            loss: cgan.loss,
            update: cgan.update,
            optimizer: cgan.optimizer,
            ema: cgan.ema,
            train: general.train,
            record: general.record,
            score: general.score,
        }
    }

    pub(crate) fn cgan(&self) -> CganSettings {
        CganSettings {
            noise: self.noise.clone(),
            generator: self.generator.clone(),
            discriminator: self.discriminator.clone(),
            loss: self.loss.clone(),
            update: self.update.clone(),
            optimizer: self.optimizer.clone(),
            ema: self.ema,
        }
    }

    /// A run with these settings.
    pub(crate) fn run(&self, seed: u64) -> Run {
        let mut run = support::run("base", seed);
        let mut general = article();
        general.data = self.data.clone();
        general.train = self.train.clone();
        general.record = self.record.clone();
        general.score = self.score.clone();
        run.settings = Arc::new(general);
        // A model lives as long as the program; a test's few may.
        run.model = Box::leak(Box::new(Typed(self.cgan())));
        run
    }
}

/// The maxout CGAN with these settings, whatever the run's say.
#[derive(Debug)]
struct Typed(CganSettings);

impl Model for Typed {
    fn name(&self) -> &'static str {
        Cgan.name()
    }

    fn schema(&self) -> &'static Schema {
        Cgan.schema()
    }

    fn metrics(&self) -> &'static [Metric] {
        Cgan.metrics()
    }

    fn probes(&self) -> &'static [Metric] {
        Cgan.probes()
    }

    fn cost(&self, settings: &Settings, data: DataShape) -> Cost {
        Cgan.cost(settings, data)
    }

    fn start(&self, _: &Settings, seed: u64, data: &DataSet) -> Box<dyn Network> {
        Box::new(CganTraining::of(self.0.clone(), seed, data))
    }

    fn open(
        &self,
        settings: &Settings,
        data: DataShape,
        weights: &[NamedTensor<'_>],
    ) -> Result<Box<dyn Sampler>> {
        Cgan.open(settings, data, weights)
    }

    fn batches_per_step(&self, _: &Settings) -> usize {
        self.0.update.discriminator_steps
    }

    fn thresholds(&self, _: &Settings) -> Thresholds {
        thresholds(&self.0.loss)
    }
}
