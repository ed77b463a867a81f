//! A network of one's own in a sweep: a conditional variational autoencoder in plain dfdx (Kingma &
//! Welling 2014, arXiv 1312.6114; Sohn et al. 2015). `docs/own-network.md` walks through it.
//! `cargo run --release --example own_network -- sweep examples/own_network.toml` sweeps it.

use cgan_sweep::prelude::*;
use dfdx::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

fn main() -> std::process::ExitCode {
    cgan_sweep::commands::main(&Cvae)
}

const UNITS: usize = 128;
const LATENT: usize = 16;

static SCHEMA: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(|| {
    let beta = Setting::float("vae.beta", "beta", 0.0..=100.0)
        .default("1.0")
        .about("Weight of the divergence from the prior beside the reconstruction.")
        .source("Higgins et al. 2017; 1 is the bound of Kingma & Welling 2014");
    let lr = Setting::float("vae.lr", "lr", 1e-9..=1.0)
        .default("1e-2")
        .about("Learning rate of plain gradient descent.")
        .source("twice as much diverges at a beta of 0.1");
    Schema::new(vec![beta, lr], &[])
});

const METRICS: &[Metric] = &[
    Metric::new("reconstruction", "nats", Direction::Lower, "cross-entropy of an image's pixels")
        .of_steps("Reconstruction", "loss/reconstruction"),
    Metric::new("divergence", "nats", Direction::Neutral, "KL from the prior, an image")
        .of_steps("Divergence", "loss/divergence"),
];

/// What is swept.
#[derive(Debug)]
struct Cvae;

impl Model for Cvae {
    fn name(&self) -> &'static str {
        "cvae"
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn cost(&self, settings: &Settings, data: DataShape) -> Cost {
        let count = layers(data).iter().map(|(_, [rows, columns])| rows * columns).sum::<usize>();
        let multiply_adds = 3 * (count * settings.train.batch) as u64;
        Cost::new(vec![("VAE", count as u64)], multiply_adds, 50_000_000 + 32 * count as u64)
    }

    fn start(&self, settings: &Settings, seed: u64, data: &DataSet) -> Box<dyn Network> {
        let (pixels, classes) = (data.train.pixels_each(), data.classes);
        Box::new(Training::new(settings, seed, DataShape { pixels, classes, scored: 0 }))
    }

    fn open(
        &self,
        settings: &Settings,
        data: DataShape,
        weights: &[NamedTensor<'_>],
    ) -> Result<Box<dyn Sampler>> {
        let mut network = Training::new(settings, 0, data);
        network.load(weights)?;
        Ok(Box::new(network))
    }
}

type Mat<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
type Traced = Mat<OwnedTape<f32, Cpu>>;

/// Names and shapes of the weights; labels are one-hot.
fn layers(DataShape { pixels, classes, .. }: DataShape) -> [(&'static str, [usize; 2]); 6] {
    [
        ("encoder.input", [pixels + classes, UNITS]),
        ("encoder.mean", [UNITS, LATENT]),
        ("encoder.log_var", [UNITS, LATENT]),
        ("decoder.noise", [LATENT, UNITS]),
        ("decoder.label", [classes, UNITS]),
        ("decoder.image", [UNITS, pixels]),
    ]
}

/// The network, and the epoch's sums so far: reconstruction, divergence, steps.
struct Training {
    dev: Cpu,
    stream: Stream,
    data: DataShape,
    beta: f32,
    lr: f32,
    tensors: Vec<Mat>,
    sums: [f64; 3],
}

impl Training {
    fn new(settings: &Settings, seed: u64, data: DataShape) -> Self {
        let (dev, stream) = (Cpu::default(), Stream::new(seed));
        let tensors = layers(data).map(|(name, [rows, columns])| {
            let mut rng = stream.rng(Purpose::Init(name), 0, 0);
            let value = |_| rng.sample::<f32, _>(StandardNormal) * (2.0 / rows as f32).sqrt();
            dev.tensor_from_vec((0..rows * columns).map(value).collect(), (rows, columns))
        });
        let number = |key| settings.values().number(key) as f32;
        let (beta, lr, tensors) = (number("vae.beta"), number("vae.lr"), tensors.into());
        Self { dev, stream, data, beta, lr, tensors, sums: [0.0; 3] }
    }

    fn matrix(&self, values: Vec<f32>, rows: usize) -> Mat {
        let columns = values.len() / rows;
        self.dev.tensor_from_vec(values, (rows, columns))
    }

    fn one_hot(&self, label: u8) -> Vec<f32> {
        (0..self.data.classes).map(|c| f32::from(u8::from(c == usize::from(label)))).collect()
    }

    /// Logits of the pixels.
    fn decode(&self, z: Traced, labels: &[u8]) -> Traced {
        let y = labels.iter().flat_map(|label| self.one_hot(*label)).collect();
        let y = self.matrix(y, labels.len()).leaky_trace().matmul(self.tensors[4].clone());
        (z.matmul(self.tensors[3].clone()) + y).relu().matmul(self.tensors[5].clone())
    }

    fn load(&mut self, from: &[NamedTensor<'_>]) -> Result<()> {
        for (tensor, (name, _)) in self.tensors.iter_mut().zip(layers(self.data)) {
            tensor.copy_from(NamedTensor::find(from, name, tensor.shape().num_elements())?);
        }
        Ok(())
    }
}

impl Sampler for Training {
    fn noise(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
        (0..n * LATENT).map(|_| rng.sample(StandardNormal)).collect()
    }

    fn sample(&self, noise: &[f32], labels: &[u8]) -> Vec<f32> {
        let z = self.matrix(noise.to_vec(), labels.len()).leaky_trace();
        self.decode(z, labels).sigmoid().as_vec()
    }

    fn output(&self) -> Output {
        Output::Sigmoid
    }
}

impl Network for Training {
    fn step(&mut self, batches: &[Batch<'_>], at: StepInfo) -> Result<Numbers, String> {
        let (Batch { pixels, labels }, n) = (batches[0], batches[0].labels.len());
        let rows = pixels.chunks(self.data.pixels).zip(labels);
        let input = rows.flat_map(|(x, l)| [x.to_vec(), self.one_hot(*l)].concat()).collect();
        let h = self.matrix(input, n).leaky_trace().matmul(self.tensors[0].clone()).relu();
        let mean = h.with_empty_tape().matmul(self.tensors[1].clone());
        let log_var = h.matmul(self.tensors[2].clone());
        let noise = self.noise(&mut self.stream.rng(Purpose::Noise, at.step, 0), n);
        let spread = (log_var.with_empty_tape() * 0.5).exp() * self.matrix(noise, n);
        let logits = self.decode(spread + mean.with_empty_tape(), labels);
        let cross = logits.bce_with_logits(self.matrix(pixels.to_vec(), n)).sum::<Rank0, _>();
        let kl = mean.square() + log_var.with_empty_tape().exp() - log_var - 1.0;
        let (cross, kl) = (cross / n as f32, kl.sum::<Rank0, _>() * (0.5 / n as f32));
        let told = [cross.array(), kl.array()].map(f64::from);
        if let Some(i) = told.iter().position(|x| !x.is_finite()) {
            return Err(METRICS[i].name.to_owned());
        }
        let gradients = (kl * self.beta + cross).backward();
        for weight in &mut self.tensors {
            *weight = weight.clone() - gradients.get(weight) * self.lr;
        }
        self.sums.iter_mut().zip([told[0], told[1], 1.0]).for_each(|(sum, x)| *sum += x);
        Ok(METRICS.iter().map(|metric| metric.name).zip(told).collect())
    }

    fn end_epoch(&mut self, _: StepInfo) -> Numbers {
        let [cross, kl, steps] = std::mem::take(&mut self.sums);
        METRICS.iter().map(|metric| metric.name).zip([cross / steps, kl / steps]).collect()
    }

    fn checkpoint(&self, step: u64) -> Result<Checkpoint<'_>> {
        Ok(Checkpoint { step, state: serde_json::json!(self.sums), tensors: self.weights() })
    }

    fn restore(&mut self, from: &Checkpoint<'_>) -> Result<()> {
        self.sums = serde_json::from_value(from.state.clone())?;
        self.load(&from.tensors)
    }

    fn weights(&self) -> Vec<NamedTensor<'_>> {
        let all = layers(self.data).into_iter().zip(&self.tensors);
        all.map(|((name, shape), t)| NamedTensor::new(name, shape, t.as_vec())).collect()
    }
}
