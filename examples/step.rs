//! Times one training step of preset `article` on MNIST: the number `benches/peers` sets beside
//! TensorFlow, PyTorch and JAX. As theirs, its batches are ready before the clock runs.
//!
//! `cargo run --release --example step -- --threads 1 --batch 256 --steps 50 --repeats 5 --json`

use std::time::Instant;

use cgan_sweep::data::{self, DataSet};
use cgan_sweep::gan::Gan;
use cgan_sweep::model::Batch;
use cgan_sweep::model::StepInfo;
use cgan_sweep::model::Stream;
use clap::Parser;
use dfdx::tensor::{Cache, Cpu};

/// Time one training step.
#[derive(Parser)]
struct Args {
    /// Threads of the run.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Images a step.
    #[arg(long, default_value_t = 256)]
    batch: usize,
    /// Steps a repeat.
    #[arg(long, default_value_t = 50)]
    steps: u64,
    /// Repeats, after one that is not counted.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Pieces of D's image branch.
    #[arg(long, default_value_t = 5)]
    pieces: usize,
    /// Units of D's image branch.
    #[arg(long, default_value_t = 240)]
    units: usize,
    /// Print JSON: {"ms_per_step": [...]}.
    #[arg(long)]
    json: bool,
}

#[expect(clippy::print_stdout, reason = "an example's result")]
fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build()?;
    let times = pool.install(|| time(&args))?;
    if args.json {
        println!("{}", serde_json::json!({ "ms_per_step": times }));
    } else {
        println!("ms a step: {times:.2?}");
    }
    Ok(())
}

/// Batches kept ready, as many as the peers keep.
const BATCHES: usize = 16;

fn time(args: &Args) -> anyhow::Result<Vec<f64>> {
    let device = Cpu::default();
    device.enable_cache();
    let mut settings = cgan_sweep::gan::CganSettings::article();
    settings.discriminator.image_pieces = args.pieces;
    settings.discriminator.image_units = args.units;
    let data = DataSet::load(&cgan_sweep::gan::article().data)?;
    let images = &data.train;
    let each = images.pixels_each();
    let mut gan = Gan::new(&device, Stream::new(1), &settings, data.classes, each);
    let order: Vec<u32> = (0..images.len() as u32).collect();
    let batches: Vec<(Vec<f32>, &[u8])> = order
        .chunks_exact(args.batch)
        .zip(images.labels.chunks_exact(args.batch))
        .take(BATCHES)
        .map(|(indices, labels)| {
            let mut pixels = vec![0.0; args.batch * each];
            data::gather(images, indices, settings.generator.output, &mut pixels);
            (pixels, labels)
        })
        .collect();
    anyhow::ensure!(!batches.is_empty(), "--batch: MNIST has {} images", images.len());
    let mut step = 0;
    let mut repeat = || {
        let start = Instant::now();
        for _ in 0..args.steps {
            let at = StepInfo { step, steps: 35_250, steps_per_epoch: 235 };
            let (pixels, labels) = &batches[step as usize % batches.len()];
            gan.step(&[Batch { pixels, labels }], at).expect("finite");
            step += 1;
        }
        start.elapsed().as_secs_f64() * 1e3 / args.steps as f64
    };
    repeat();
    Ok((0..args.repeats).map(|_| repeat()).collect())
}
