//! The maxout CGAN as a kind of network that can be swept.

use anyhow::{Context, Result, ensure};
use dfdx::tensor::Cpu;
use rand_chacha::ChaCha8Rng;

use super::generator::Generator;
use super::network::CganTraining;
use super::pass::Mode;
use super::step::noise;
use crate::data::DataSet;
use crate::ops::label::Labels;
use crate::ops::{matrix, values};
use crate::plan::{Run, Stream};
use crate::run::NamedTensor;
use crate::spec::{NoiseSettings, Output, Settings};
use crate::train::{ImageShape, Model, Network, Sampler};

/// The maxout CGAN.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cgan;

impl Model for Cgan {
    fn start(&self, run: &Run, data: &DataSet) -> Box<dyn Network> {
        Box::new(CganTraining::new(run, data))
    }

    fn open(
        &self,
        settings: &Settings,
        shape: ImageShape,
        weights: &[NamedTensor<'_>],
    ) -> Result<Box<dyn Sampler>> {
        let device = Cpu::default();
        let mut generator = Generator::new(
            &device,
            Stream::new(0),
            &settings.generator,
            settings.noise.dim,
            shape.classes,
            shape.pixels,
        );
        restore(&mut generator, weights)?;
        let (noise, output) = (settings.noise.clone(), settings.generator.output);
        Ok(Box::new(TrainedGenerator { device, generator, noise, output }))
    }
}

/// G as it was at the end.
struct TrainedGenerator {
    device: Cpu,
    generator: Generator,
    noise: NoiseSettings,
    output: Output,
}

impl Sampler for TrainedGenerator {
    fn noise(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
        noise(&self.noise, rng, n)
    }

    fn sample(&self, noise: &[f32], labels: &[u8]) -> Vec<f32> {
        let z = matrix(&self.device, noise, labels.len(), self.noise.dim);
        let labels: Labels = labels.into();
        values(&self.generator.forward(z, &labels, Mode::Eval)).to_vec()
    }

    fn output(&self) -> Output {
        self.output
    }
}

fn restore(generator: &mut Generator, tensors: &[NamedTensor<'_>]) -> Result<()> {
    for param in generator.params_mut() {
        let name = param.name().to_owned();
        let found = tensors.iter().find(|tensor| tensor.name == name);
        let tensor = found.with_context(|| format!("tensor {name} is missing"))?;
        let to = param.values_mut();
        ensure!(
            tensor.values.len() == to.len(),
            "tensor {name} has {} elements, but the run's settings ask for {}",
            tensor.values.len(),
            to.len()
        );
        to.copy_from_slice(&tensor.values);
    }
    Ok(())
}
