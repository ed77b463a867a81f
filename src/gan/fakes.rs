//! What a step draws by chance: noise and labels of fakes, wrong labels of real images.

use std::rc::Rc;

use dfdx::tensor::PutTape;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::pass::{Masks, Mode};
use super::settings::{FakeLabels, NoiseDistribution, NoiseSettings};
use super::state::Gan;
use crate::model::{Batch, Purpose};
use crate::ops::label::Labels;
use crate::ops::{Mat, Tape, matrix};

/// Noise and labels of a batch of fakes.
pub(super) struct Fakes {
    pub(super) z: Vec<f32>,
    pub(super) labels: Rc<[u8]>,
    pub(super) pass: u64,
    pub(super) fresh: bool,
}

impl Gan {
    /// Noise and labels for as many fakes as the batch has images.
    pub(super) fn draw(&self, batch: &Batch<'_>, purpose: Purpose, step: u64, pass: u64) -> Fakes {
        let n = batch.labels.len();
        let z = noise(&self.noise, &mut self.stream.rng(purpose, step, pass), n);
        let labels = match self.update.fake_labels {
            FakeLabels::Shared => batch.labels.into(),
            FakeLabels::Drawn => {
                // Fresh fakes get labels of their own.
                let fresh = u64::from(purpose == Purpose::FreshNoise);
                let mut rng = self.stream.rng(Purpose::FakeLabels, step, 2 * pass + fresh);
                (0..n).map(|_| rng.random_range(0..self.classes) as u8).collect()
            }
        };
        Fakes { z, labels, pass, fresh: purpose == Purpose::FreshNoise }
    }

    pub(super) fn generate<T: Tape>(&self, fakes: &Fakes, step: u64) -> Mat<T> {
        let z = matrix(&self.device, &fakes.z, fakes.labels.len(), self.noise.dim);
        let pass = 2 * fakes.pass + u64::from(fakes.fresh);
        let masks = Masks { stream: self.stream, step, pass };
        self.generator.forward(z.put_tape(T::default()), &fakes.labels, Mode::Train(masks))
    }

    /// A label that is not its own for each real image, where D is shown such.
    pub(super) fn wrong_labels(&self, batch: &Batch<'_>, step: u64, pass: u64) -> Option<Labels> {
        if self.loss.wrong_labels == 0.0 || self.classes < 2 {
            return None;
        }
        let mut rng = self.stream.rng(Purpose::WrongLabels, step, pass);
        let others = self.classes - 1;
        // One of the classes without the right one, counted past it.
        let wrong = batch.labels.iter().map(|right| {
            let other = rng.random_range(0..others) as u8;
            other + u8::from(other >= *right)
        });
        Some(wrong.collect())
    }
}

/// `n` noise vectors from a stream, row-major.
pub fn noise(settings: &NoiseSettings, rng: &mut impl Rng, n: usize) -> Vec<f32> {
    let count = n * settings.dim;
    match settings.distribution {
        NoiseDistribution::Normal => (0..count).map(|_| StandardNormal.sample(rng)).collect(),
        NoiseDistribution::Uniform => (0..count).map(|_| rng.random()).collect(),
        NoiseDistribution::UniformSqrt3 => {
            let limit = 3.0f32.sqrt();
            (0..count).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * limit).collect()
        }
    }
}
