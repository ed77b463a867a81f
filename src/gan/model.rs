//! The maxout CGAN as a kind of network that can be swept.

use dfdx::tensor::Cpu;
use rand_chacha::ChaCha8Rng;

use super::average::average_of;
use super::cost::cost;
use super::declared::SCHEMA;
use super::fakes::noise;
use super::generator::Generator;
use super::metrics::{METRICS, PLOTS, PROBES};
use super::network::CganTraining;
use super::pass::Mode;
use super::settings::{CganSettings, LossKind, LossSettings, LossSum, Optimizers, Weights};
use crate::data::DataSet;
use crate::error::Result;
use crate::health::Thresholds;
use crate::model::{Cost, DataShape, Model, Network, Plot, Sampler, Stream};
use crate::ops::label::Labels;
use crate::ops::{matrix, values};
use crate::optim::Schedule;
use crate::run::{Metric, NamedTensor};
use crate::spec::{Output, Schema, Settings};

/// The maxout CGAN.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cgan;

impl Model for Cgan {
    fn name(&self) -> &'static str {
        "cgan"
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn probes(&self) -> &'static [Metric] {
        PROBES
    }

    fn plots(&self) -> &'static [Plot] {
        PLOTS
    }

    fn cost(&self, settings: &Settings, data: DataShape) -> Cost {
        cost(settings, &CganSettings::of(settings), data)
    }

    fn start(&self, settings: &Settings, seed: u64, data: &DataSet) -> Box<dyn Network> {
        Box::new(CganTraining::new(settings, seed, data))
    }

    fn open(
        &self,
        settings: &Settings,
        data: DataShape,
        weights: &[NamedTensor<'_>],
    ) -> Result<Box<dyn Sampler>> {
        let settings = CganSettings::of(settings);
        let device = Cpu::default();
        let mut generator = Generator::new(
            &device,
            Stream::new(0),
            &settings.generator,
            settings.noise.dim,
            data.classes,
            data.pixels,
        );
        restore(&mut generator, weights, settings.ema.scored == Some(Weights::Average))?;
        Ok(Box::new(TrainedSampler { device, generator, settings }))
    }

    /// One for each of D's updates.
    fn batches_per_step(&self, settings: &Settings) -> usize {
        CganSettings::of(settings).update.discriminator_steps
    }

    fn depends_on_length(&self, settings: &Settings) -> bool {
        let Optimizers { generator, discriminator } = CganSettings::of(settings).optimizer;
        [generator.schedule, discriminator.schedule]
            .iter()
            .any(|s| matches!(s, Schedule::Linear { .. } | Schedule::Cosine { .. }))
    }

    fn thresholds(&self, settings: &Settings) -> Thresholds {
        thresholds(&CganSettings::of(settings).loss)
    }
}

/// Epochs after which a run is settled whose D is shown wrong labels: its G obeys the label from the
/// first epochs on, and is diverse by the tenth (docs/design/recipe.md).
const SETTLED_WITH_WRONG_LABELS: usize = 10;

/// The thresholds, with D's losses on the scale of this game: the least that D loses when it answers
/// all images alike, and in proportion what it loses when it has won.
pub fn thresholds(loss: &LossSettings) -> Thresholds {
    // All that D takes for fakes, to one of the real images.
    let fakes = 1.0 + loss.wrong_labels;
    let all = 1.0 + fakes;
    let chance = match loss.kind {
        // -ln p - fakes·ln(1 - p) at p = 1/all.
        LossKind::NonSaturating | LossKind::Saturating => all * all.ln() - fakes * fakes.ln(),
        // (c - t)² + fakes·c² at c = t/all.
        LossKind::LeastSquares => loss.real_target.powi(2) * fakes / all,
        // (1 - c) + fakes·(1 + c) at c = -1.
        LossKind::Hinge => 2.0,
    };
    let chance = match loss.discriminator {
        LossSum::Sum => chance,
        LossSum::Mean => chance / 2.0,
    };
    let default = Thresholds::default();
    Thresholds {
        dis_loss_won: default.dis_loss_won * (chance / default.dis_loss_chance),
        dis_loss_chance: chance,
        settled_epochs: if loss.wrong_labels > 0.0 {
            SETTLED_WITH_WRONG_LABELS
        } else {
            default.settled_epochs
        },
        ..default
    }
}

/// G as it was at the end.
struct TrainedSampler {
    device: Cpu,
    generator: Generator,
    settings: CganSettings,
}

impl Sampler for TrainedSampler {
    fn noise(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
        noise(&self.settings.noise, rng, n)
    }

    fn sample(&self, noise: &[f32], labels: &[u8]) -> Vec<f32> {
        let z = matrix(&self.device, noise, labels.len(), self.settings.noise.dim);
        let labels: Labels = labels.into();
        values(&self.generator.forward(z, &labels, Mode::Eval)).to_vec()
    }

    fn output(&self) -> Output {
        self.settings.generator.output
    }

    fn drawn_with(&self) -> Option<String> {
        self.settings.ema.drawn_with()
    }
}

fn restore(generator: &mut Generator, tensors: &[NamedTensor<'_>], average: bool) -> Result<()> {
    for param in generator.params_mut() {
        let own = param.name();
        let name = if average { average_of(own) } else { own.to_owned() };
        let values = NamedTensor::find(tensors, &name, param.values().len())?;
        param.values_mut().copy_from_slice(values);
    }
    Ok(())
}
