//! One training step over settings, beside the same step put together from plain dfdx operations:
//! `cargo bench --bench step`. One thread, random images; medians and ratios. Then what settings cost
//! that plain dfdx's step does not have, in per cent of the article's step.
//!
//! No size, batch or branch may be slower than plain dfdx.

mod plain;

use std::time::Instant;

use cgan_sweep::gan::CganSettings;
use cgan_sweep::gan::{Gan, Projection};
use cgan_sweep::model::Batch;
use cgan_sweep::model::StepInfo;
use cgan_sweep::model::Stream;
use dfdx::tensor::{Cache, Cpu};
use plain::Plain;

const PIXELS: usize = 784;
const CLASSES: usize = 10;

/// What is changed in preset `article`.
type Change = fn(&mut CganSettings);

const CASES: &[(&str, usize, Change)] = &[
    ("article", 256, |_| {}),
    ("1 piece", 256, |s| s.discriminator.image_pieces = 1),
    ("2 pieces", 256, |s| s.discriminator.image_pieces = 2),
    ("8 pieces", 256, |s| s.discriminator.image_pieces = 8),
    ("64 units", 256, |s| s.discriminator.image_units = 64),
    ("1,024 units", 256, |s| s.discriminator.image_units = 1_024),
    ("batch 64", 64, |_| {}),
    ("batch 1,024", 1_024, |_| {}),
    ("the paper's sizes", 100, |s| {
        s.generator.noise_units = 200;
        s.generator.label = cgan_sweep::gan::LabelInput::Dense { units: 1_000 };
        s.generator.hidden = vec![1_200];
    }),
];

/// What is added to preset `article`.
const PRICES: &[(&str, Change)] = &[
    ("average of G's weights", average),
    ("projection of the label", projection),
    ("wrong labels", wrong_labels),
    ("all three", |s| {
        average(s);
        projection(s);
        wrong_labels(s);
    }),
];

fn average(settings: &mut CganSettings) {
    settings.ema.decay = 0.999;
}

fn projection(settings: &mut CganSettings) {
    settings.discriminator.projection = Projection::Beside;
}

fn wrong_labels(settings: &mut CganSettings) {
    settings.loss.wrong_labels = 1.0;
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| {
        println!("| setting | batch | ours, ms | plain dfdx, ms | ours is faster by |");
        println!("|---|--:|--:|--:|--:|");
        for (name, batch, change) in CASES {
            let mut settings = CganSettings::article();
            change(&mut settings);
            let images = images(*batch);
            let (mut ours, mut theirs) =
                (our_step(&settings, &images), plain_step(&settings, &images));
            // Once to warm up; then in turn, so that a machine that slows down slows both.
            let (mut our_times, mut their_times) = (vec![], vec![]);
            for repeat in 0..6 {
                let times = [time(&mut ours), time(&mut theirs)];
                if repeat > 0 {
                    our_times.push(times[0]);
                    their_times.push(times[1]);
                }
            }
            let (ours, theirs) = (median(our_times), median(their_times));
            println!("| {name} | {batch} | {ours:.1} | {theirs:.1} | {:.2} |", theirs / ours);
        }
        prices();
    });
}

/// A step with and without each of [`PRICES`], in turn.
#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn prices() {
    println!("\n| added to the article's step | ms | more than without |");
    println!("|---|--:|--:|");
    let images = images(256);
    for (name, change) in PRICES {
        let article = CganSettings::article();
        let mut without = our_step(&article, &images);
        let mut settings = article.clone();
        change(&mut settings);
        let mut with = our_step(&settings, &images);
        let turns: Vec<[f64; 2]> =
            (0..24).map(|_| [time(&mut with), time(&mut without)]).skip(1).collect();
        // The median of what a turn says: both steps of it had the same neighbours.
        let more = median(turns.iter().map(|[with, without]| with / without - 1.0).collect());
        let with = median(turns.iter().map(|[with, _]| *with).collect());
        println!("| {name} | {with:.1} | {:.1} % |", 100.0 * more);
    }
}

/// Milliseconds a step: the mean of three.
fn time(step: &mut impl FnMut()) -> f64 {
    const STEPS: u32 = 3;
    let start = Instant::now();
    for _ in 0..STEPS {
        step();
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(STEPS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// As MNIST has them: one pixel in five is not background.
fn images(n: usize) -> Vec<f32> {
    (0..n * PIXELS).map(|i| if i.is_multiple_of(5) { (i as f32).sin() } else { -1.0 }).collect()
}

fn our_step(settings: &CganSettings, images: &[f32]) -> impl FnMut() {
    let device = Cpu::default();
    device.enable_cache();
    let mut gan = Gan::new(&device, Stream::new(1), settings, CLASSES, PIXELS);
    let labels: Vec<u8> = (0..images.len() / PIXELS).map(|i| (i % CLASSES) as u8).collect();
    let mut step = 0;
    move || {
        let at = StepInfo { step, steps: 35_250, steps_per_epoch: 235 };
        gan.step(&[Batch { pixels: images, labels: &labels }], at).expect("finite");
        step += 1;
    }
}

fn plain_step(settings: &CganSettings, images: &[f32]) -> impl FnMut() {
    let n = images.len() / PIXELS;
    let mut plain = Plain::new(settings, CLASSES, PIXELS);
    let one_hot: Vec<f32> = (0..n * CLASSES)
        .map(|i| if i / CLASSES % CLASSES == i % CLASSES { 1.0 } else { 0.0 })
        .collect();
    move || assert!(plain.step(images, &one_hot, n).is_finite())
}
