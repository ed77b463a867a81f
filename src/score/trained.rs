//! A trained generator, opened again from its run's folder.

use anyhow::{Context, Result, ensure};
use dfdx::tensor::Cpu;

use crate::gan::{Generator, Mode, noise};
use crate::ops::label::Labels;
use crate::ops::{matrix, values};
use crate::plan::{Purpose, Stream};
use crate::record::{DataRecord, RunPaths, read_weights};
use crate::run::NamedTensor;
use crate::spec::{self, NoiseSettings, Output, Settings};

/// Images made at once: enough for good matrix products, few enough for little memory.
const CHUNK: usize = 1_000;

/// The generator of a run as it was at the end.
pub struct TrainedGenerator {
    device: Cpu,
    generator: Generator,
    settings: Settings,
    data: DataRecord,
}

impl TrainedGenerator {
    /// Opens the weights of a run after so many epochs; the last ones where none are named.
    ///
    /// # Errors
    /// If the folder holds no finished run, or its settings, weights or images cannot be read or
    /// do not fit together.
    pub fn open(paths: &RunPaths, epoch: Option<u64>) -> Result<Self> {
        let path = paths.settings();
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{} is no run: cannot read {}", paths.root().display(), path.display())
        })?;
        let settings = spec::parse_settings(&path.display().to_string(), &text)?;
        let weights = epoch.map_or_else(|| paths.last_weights(), |epoch| paths.weights(epoch));
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
        let device = Cpu::default();
        let mut generator = Generator::new(
            &device,
            Stream::new(0),
            &settings.generator,
            settings.noise.dim,
            data.classes,
            data.height * data.width,
        );
        restore(&mut generator, &tensors)
            .with_context(|| format!("cannot use {}", weights.display()))?;
        Ok(Self { device, generator, settings, data })
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
        noise(&self.settings.noise, &mut stream.rng(purpose, 0, 0), n)
    }

    /// Images for noise `[n, noise_dim]` and n labels, row-major, in the scale of [`Self::output`].
    ///
    /// # Panics
    /// If there is not one noise vector a label.
    pub fn generate(&self, z: &[f32], labels: &[u8]) -> Vec<f32> {
        let NoiseSettings { dim, .. } = self.settings.noise;
        assert_eq!(z.len(), labels.len() * dim, "one noise vector a label");
        let mut images = Vec::with_capacity(labels.len() * self.data.height * self.data.width);
        for (z, labels) in z.chunks(CHUNK * dim).zip(labels.chunks(CHUNK)) {
            let z = matrix(&self.device, z, labels.len(), dim);
            let labels: Labels = labels.into();
            images.extend_from_slice(values(&self.generator.forward(z, &labels, Mode::Eval)));
        }
        images
    }

    /// The output function, and with it the scale of the images.
    pub fn output(&self) -> Output {
        self.settings.generator.output
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
