//! The maxout CGAN as the training loop sees it.

use dfdx::tensor::{Cache, Cpu};
use rand_chacha::ChaCha8Rng;

use super::checkpoint::{checkpoint, restore};
use super::fakes::noise;
use super::generator::Generator;
use super::settings::{CganSettings, EmaSettings, NoiseSettings, Optimizers};
use super::state::Gan;
use super::totals::EpochTotals;
use crate::data::{DataSet, Images, gather};
use crate::error::Result;
use crate::model::{Batch, Network, Sampler, StepInfo, Stream};
use crate::ops::free_memory;
use crate::optim::learning_rate;
use crate::run::{Checkpoint, NamedTensor, Numbers};
use crate::spec::{Output, Settings};

/// Images shown to D at once.
const CHUNK: usize = 1_000;

/// Both networks of a run while they are trained; then the generator alone.
pub struct CganTraining {
    stage: Stage,
    totals: EpochTotals,
    noise: NoiseSettings,
    optimizer: Optimizers,
    ema: EmaSettings,
    output: Output,
    /// Last, so that it is dropped after the tensors that go back to it.
    device: CachedDevice,
}

enum Stage {
    Training(Box<Gan>),
    Trained(Option<Box<Generator>>),
}

impl CganTraining {
    /// The networks of the run with this seed before their first step.
    pub fn new(settings: &Settings, seed: u64, data: &DataSet) -> Self {
        Self::of(CganSettings::of(settings), seed, data)
    }

    /// The same of settings at hand.
    pub fn of(settings: CganSettings, seed: u64, data: &DataSet) -> Self {
        let device = CachedDevice::new();
        let pixels = data.train.pixels_each();
        let gan = Gan::new(&device.0, Stream::new(seed), &settings, data.classes, pixels);
        Self {
            stage: Stage::Training(Box::new(gan)),
            totals: EpochTotals::default(),
            noise: settings.noise,
            optimizer: settings.optimizer,
            ema: settings.ema,
            output: settings.generator.output,
            device,
        }
    }

    fn gan(&self) -> &Gan {
        match &self.stage {
            Stage::Training(gan) => gan,
            Stage::Trained(_) => panic!("its training has ended"),
        }
    }

    fn gan_mut(&mut self) -> &mut Gan {
        match &mut self.stage {
            Stage::Training(gan) => gan,
            Stage::Trained(_) => panic!("its training has ended"),
        }
    }

    /// Mean sign of D's logit on the first of these images (Karras et al. 2020, r_t).
    fn sign(&self, images: &Images) -> Option<f64> {
        let n = images.len().min(CHUNK);
        let indices: Vec<u32> = (0..n as u32).collect();
        let mut pixels = vec![0.0; n * images.pixels_each()];
        gather(images, &indices, self.output, &mut pixels);
        let logits = self.gan().logits(&pixels, &images.labels[..n]);
        let sum: f64 = logits
            .iter()
            .map(|&l| f64::from(u8::from(l > 0.0)) - f64::from(u8::from(l < 0.0)))
            .sum();
        (n > 0).then(|| sum / n as f64)
    }
}

impl Sampler for CganTraining {
    fn noise(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
        noise(&self.noise, rng, n)
    }

    fn sample(&self, noise: &[f32], labels: &[u8]) -> Vec<f32> {
        match &self.stage {
            Stage::Training(gan) => gan.sample(noise, labels),
            Stage::Trained(generator) => {
                generator.as_ref().expect("there is one").sample(noise, labels)
            }
        }
    }

    fn output(&self) -> Output {
        self.output
    }

    fn drawn_with(&self) -> Option<String> {
        self.ema.drawn_with()
    }
}

impl Network for CganTraining {
    fn step(&mut self, batches: &[Batch<'_>], at: StepInfo) -> Result<Numbers, String> {
        let result = self.gan_mut().step(batches, at)?;
        self.totals.add(&result);
        Ok(result.metrics())
    }

    fn end_epoch(&mut self, at: StepInfo) -> Numbers {
        let Optimizers { generator, discriminator } = &self.optimizer;
        let rates = [learning_rate(generator, at), learning_rate(discriminator, at)];
        // What comes between two epochs, scores above all, then finds this memory free.
        free_memory(&self.device.0);
        std::mem::take(&mut self.totals).metrics(rates)
    }

    fn probe(&self, data: &DataSet) -> Numbers {
        let signs = [
            ("train_sign", self.sign(&data.train)),
            // Without test images every real image is one that D is trained on.
            ("held_out_sign", data.test.as_ref().and_then(|test| self.sign(test))),
        ];
        signs.into_iter().filter_map(|(name, sign)| Some((name, sign?))).collect()
    }

    fn checkpoint(&self, step: u64) -> Result<Checkpoint<'_>> {
        checkpoint(self.gan(), step, &self.totals)
    }

    fn restore(&mut self, from: &Checkpoint<'_>) -> Result<()> {
        self.totals = restore(from, self.gan_mut())?;
        Ok(())
    }

    fn weights(&self) -> Vec<NamedTensor<'_>> {
        self.gan().weights()
    }

    fn end_training(&mut self) {
        if let Stage::Training(gan) = std::mem::replace(&mut self.stage, Stage::Trained(None)) {
            self.stage = Stage::Trained(Some(Box::new(gan.into_generator())));
        }
        free_memory(&self.device.0);
    }
}

/// A device that reuses the memory of tensors, and frees it when the run ends.
struct CachedDevice(Cpu);

impl CachedDevice {
    fn new() -> Self {
        let device = Cpu::default();
        device.enable_cache();
        Self(device)
    }
}

impl Drop for CachedDevice {
    fn drop(&mut self) {
        // dfdx's cache does not free what it holds by itself.
        self.0.disable_cache();
    }
}
