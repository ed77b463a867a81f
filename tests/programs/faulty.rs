//! The program with a fault planted in one run, to prove that it fails alone: `FAULT` is
//! `panic@PIECES/SEED@STEP`, or `abort`, `memory` or `kill`, for the run of this seed whose
//! `discriminator.image_pieces` is as said. With `SHORTEST_FIRST` runs begin in the other order: what
//! is cheap looks dear.

use cgan_sweep::gan::Cgan;
use cgan_sweep::health::Thresholds;
use cgan_sweep::prelude::*;
use rand_chacha::ChaCha8Rng;

fn main() -> std::process::ExitCode {
    cgan_sweep::commands::main(&Faulty)
}

#[derive(Debug)]
struct Faulty;

impl Model for Faulty {
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

    fn plots(&self) -> &'static [Plot] {
        Cgan.plots()
    }

    fn cost(&self, settings: &Settings, data: DataShape) -> Cost {
        let mut cost = Cgan.cost(settings, data);
        if std::env::var_os("SHORTEST_FIRST").is_some() {
            cost.step_multiply_adds = (1 << 40) / cost.step_multiply_adds;
        }
        cost
    }

    fn start(&self, settings: &Settings, seed: u64, data: &DataSet) -> Box<dyn Network> {
        let network = Cgan.start(settings, seed, data);
        let fault = std::env::var("FAULT").unwrap_or_default();
        let mut parts = fault.split('@');
        let (kind, run, step) = (parts.next(), parts.next(), parts.next());
        let pieces = settings.values().count("discriminator.image_pieces");
        if run != Some(&format!("{pieces}/{seed}")) {
            return network;
        }
        let step = step.and_then(|step| step.parse().ok()).expect("a step");
        Box::new(Planted { network, fault: kind.unwrap_or_default().to_owned(), step })
    }

    fn open(
        &self,
        settings: &Settings,
        data: DataShape,
        weights: &[NamedTensor<'_>],
    ) -> Result<Box<dyn Sampler>> {
        Cgan.open(settings, data, weights)
    }

    fn batches_per_step(&self, settings: &Settings) -> usize {
        Cgan.batches_per_step(settings)
    }

    fn depends_on_length(&self, settings: &Settings) -> bool {
        Cgan.depends_on_length(settings)
    }

    fn thresholds(&self, settings: &Settings) -> Thresholds {
        Cgan.thresholds(settings)
    }
}

struct Planted {
    network: Box<dyn Network>,
    fault: String,
    step: u64,
}

impl Planted {
    fn break_down(&self) {
        match self.fault.as_str() {
            "panic" => panic!("planted"),
            "abort" => std::process::abort(),
            "memory" => {
                let mut taken: Vec<Vec<u8>> = Vec::new();
                loop {
                    taken.push(vec![1; 1 << 26]);
                }
            }
            "kill" => {
                let this = std::process::id().to_string();
                let killed = std::process::Command::new("kill").args(["-9", &this]).status();
                panic!("not killed: {killed:?}");
            }
            other => panic!("no such fault: {other}"),
        }
    }
}

impl Sampler for Planted {
    fn noise(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
        self.network.noise(rng, n)
    }

    fn sample(&self, noise: &[f32], labels: &[u8]) -> Vec<f32> {
        self.network.sample(noise, labels)
    }

    fn output(&self) -> Output {
        self.network.output()
    }
}

impl Network for Planted {
    fn step(&mut self, batches: &[Batch<'_>], at: StepInfo) -> Result<Numbers, String> {
        if at.step == self.step {
            self.break_down();
        }
        self.network.step(batches, at)
    }

    fn end_epoch(&mut self, at: StepInfo) -> Numbers {
        self.network.end_epoch(at)
    }

    fn probe(&self, data: &DataSet) -> Numbers {
        self.network.probe(data)
    }

    fn checkpoint(&self, step: u64) -> Result<Checkpoint<'_>> {
        self.network.checkpoint(step)
    }

    fn restore(&mut self, from: &Checkpoint<'_>) -> Result<()> {
        self.network.restore(from)
    }

    fn weights(&self) -> Vec<NamedTensor<'_>> {
        self.network.weights()
    }
}
