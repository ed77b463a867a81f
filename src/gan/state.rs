//! Both networks of a run with their optimizers: built, and asked for weights, images and logits.
//! What a step does to them is in [`step`](super::step).

use dfdx::tensor::Cpu;

use super::average::Average;
use super::discriminator::Discriminator;
use super::generator::Generator;
use super::pass::Mode;
use super::settings::{CganSettings, LossSettings, NoiseSettings, UpdateSettings, Weights};
use crate::model::Stream;
use crate::ops::label::Labels;
use crate::ops::maxout::Input;
use crate::ops::{ParamGrad, matrix, values};
use crate::optim::Optimizer;
use crate::run::NamedTensor;

/// Both networks with their optimizers.
#[derive(Debug)]
pub struct Gan {
    pub(super) device: Cpu,
    pub(super) stream: Stream,
    pub(super) classes: usize,
    pub(super) noise: NoiseSettings,
    pub(super) loss: LossSettings,
    pub(super) update: UpdateSettings,
    /// G.
    pub generator: Generator,
    /// D.
    pub discriminator: Discriminator,
    /// G's.
    pub generator_optimizer: Optimizer,
    /// D's.
    pub discriminator_optimizer: Optimizer,
    /// The average of G's weights, where there is one.
    pub average: Option<Average>,
    /// Whether images are drawn with the average.
    draws_average: bool,
}

impl Gan {
    /// Networks with initial weights for images of `pixels` pixels in `classes` classes.
    pub fn new(
        device: &Cpu,
        stream: Stream,
        settings: &CganSettings,
        classes: usize,
        pixels: usize,
    ) -> Self {
        let generator = || {
            let noise_dim = settings.noise.dim;
            Generator::new(device, stream, &settings.generator, noise_dim, classes, pixels)
        };
        let ema = settings.ema;
        let average = (ema.decay > 0.0).then(|| Average::new(generator(), ema.decay));
        let generator = generator();
        let discriminator =
            Discriminator::new(device, stream, &settings.discriminator, classes, pixels);
        Self {
            device: device.clone(),
            stream,
            classes,
            noise: settings.noise.clone(),
            loss: settings.loss.clone(),
            update: settings.update.clone(),
            generator_optimizer: Optimizer::new(
                settings.optimizer.generator.clone(),
                &generator.params(),
            ),
            discriminator_optimizer: Optimizer::new(
                settings.optimizer.discriminator.clone(),
                &discriminator.params(),
            ),
            generator,
            discriminator,
            average,
            draws_average: ema.scored == Some(Weights::Average),
        }
    }

    /// Both networks' parameters, G's first; behind them G's averages, where there are any.
    pub fn weights(&self) -> Vec<NamedTensor<'_>> {
        let own = self.generator.params().into_iter().chain(self.discriminator.params());
        let own = own.map(|param| (param.name().to_owned(), param));
        let averages = self.average.iter().flat_map(Average::named);
        own.chain(averages)
            .map(|(name, param)| NamedTensor {
                shape: if name.ends_with(".bias") {
                    vec![param.shape()[1]]
                } else {
                    param.shape().into()
                },
                name,
                values: param.values().into(),
            })
            .collect()
    }

    /// Images `[n, pixels]` for given noise `[n, noise_dim]` and labels, in evaluation mode, drawn
    /// with the weights that the settings say.
    pub fn sample(&self, z: &[f32], labels: &[u8]) -> Vec<f32> {
        let average = self.average.as_ref().filter(|_| self.draws_average);
        average.map_or(&self.generator, Average::generator).sample(z, labels)
    }

    /// The generator that [`sample`](Self::sample) draws with.
    pub fn into_generator(self) -> Generator {
        let average = self.average.filter(|_| self.draws_average);
        average.map_or(self.generator, Average::into_generator)
    }

    /// D's logits of images `[n, pixels]`, scaled as G's are, with their labels, in evaluation mode.
    pub fn logits(&self, pixels: &[f32], labels: &[u8]) -> Vec<f32> {
        let n = labels.len();
        let x = matrix(&self.device, pixels, n, pixels.len() / n.max(1));
        let labels: Labels = labels.into();
        let frozen = ParamGrad::Frozen;
        let x = Input::of(x, 0..0);
        values(&self.discriminator.forward(x, &labels, &frozen, Mode::Eval)).to_vec()
    }
}
