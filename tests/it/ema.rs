//! The exponential average of G's weights.

use cgan_sweep::gan::{Cgan, CganTraining};
use cgan_sweep::model::{Batch, DataShape, Model, Network, Sampler, StepInfo, Stream};
use cgan_sweep::run::NamedTensor;
use cgan_sweep::spec::{Settings, parse_settings};

use super::support::data;

const SMALL: &str = "
    noise.dim = 4
    generator = { noise_units = 5, label_units = 3, hidden = [6] }
    discriminator = { image_units = 5, label_units = 3, joint_units = 4 }
    optimizer = { generator.lr = 1e-2, discriminator.lr = 1e-2 }
    train.batch = 10\n";
const STEPS: u64 = 7;
const DECAY: f64 = 0.6;

fn settings(more: &str) -> Settings {
    parse_settings("test", &format!("{SMALL}{more}"), Cgan.schema()).unwrap()
}

fn averaged(scored: &str) -> Settings {
    settings(&format!("ema = {{ decay = {DECAY}, scored = \"{scored}\" }}"))
}

fn start(settings: &Settings) -> CganTraining {
    CganTraining::new(settings, 3, &data())
}

/// Trains the steps `from..to` on images that depend on the step alone.
fn train(network: &mut dyn Network, steps: std::ops::Range<u64>) {
    let pixels = data().train.pixels_each();
    for step in steps {
        let wave = |i: usize| ((i as f32 + 1.0) * (step as f32 + 1.0)).sin();
        let batch: Vec<f32> = (0..10 * pixels).map(wave).collect();
        let labels: Vec<u8> = (0..10).map(|i| i % 2).collect();
        let at = StepInfo { step, steps: STEPS, steps_per_epoch: STEPS };
        network.step(&[Batch { pixels: &batch, labels: &labels }], at).unwrap();
    }
}

fn generators<'a>(tensors: &'a [NamedTensor<'_>], prefix: &str) -> Vec<&'a [f32]> {
    let wanted = format!("{prefix}generator.");
    tensors.iter().filter(|t| t.name.starts_with(&wanted)).map(|t| &*t.values).collect()
}

/// The weights after each step, by the formula written out in f64, are the average that is kept.
#[test]
fn the_average_is_the_weighted_mean_of_the_weights_after_each_step() {
    let mut network = start(&averaged("average"));
    let (mut sums, mut total) = (Vec::<Vec<f64>>::new(), 0.0);
    for step in 0..STEPS {
        train(&mut network, step..step + 1);
        let weights = network.weights();
        let own = generators(&weights, "");
        sums.resize_with(own.len(), Vec::new);
        total = total * DECAY + 1.0;
        for (sums, own) in sums.iter_mut().zip(own) {
            sums.resize(own.len(), 0.0);
            for (sum, own) in sums.iter_mut().zip(own) {
                *sum = *sum * DECAY + f64::from(*own);
            }
        }
        let kept = generators(&weights, "average.");
        assert_eq!(kept.len(), sums.len());
        for (kept, sums) in kept.iter().zip(&sums) {
            for (kept, sum) in kept.iter().zip(sums) {
                let want = sum / total;
                assert!((f64::from(*kept) - want).abs() < 1e-6, "step {step}: {kept} not {want}");
            }
        }
    }
}

#[test]
fn an_average_changes_no_training() {
    let (mut with, mut without) = (start(&averaged("average")), start(&settings("")));
    train(&mut with, 0..STEPS);
    train(&mut without, 0..STEPS);
    let (with, without) = (with.weights(), without.weights());
    assert_eq!(with[..without.len()], without[..]);
    assert!(with[without.len()..].iter().all(|t| t.name.starts_with("average.generator.")));
    assert!(with.len() > without.len());
}

#[test]
fn a_checkpoint_holds_it_to_the_bit() {
    let settings = averaged("average");
    let mut whole = start(&settings);
    train(&mut whole, 0..STEPS);
    let mut first = start(&settings);
    train(&mut first, 0..4);
    let checkpoint = first.checkpoint(4).unwrap();
    let mut second = start(&settings);
    second.restore(&checkpoint).unwrap();
    train(&mut second, 4..STEPS);
    assert_eq!(second.weights(), whole.weights());
    let without = start(&self::settings("")).restore(&checkpoint).unwrap_err().to_string();
    assert_eq!(without, "the checkpoint holds more tensors than the networks");
}

/// While training and from the kept weights, images are drawn with what `ema.scored` says.
#[test]
fn images_are_drawn_with_the_weights_that_the_settings_say() {
    let data = data();
    let shape = DataShape { pixels: data.train.pixels_each(), classes: data.classes, scored: 0 };
    let labels = [0, 1, 1, 0];
    let draw = |settings: &Settings| {
        let mut network = start(settings);
        train(&mut network, 0..STEPS);
        let z =
            network.noise(&mut Stream::new(1).rng(cgan_sweep::model::Purpose::Generate, 0, 0), 4);
        let opened = Cgan.open(settings, shape, &network.weights()).unwrap();
        assert_eq!(opened.sample(&z, &labels), network.sample(&z, &labels));
        assert_eq!(opened.drawn_with(), network.drawn_with());
        (network.sample(&z, &labels), network.drawn_with())
    };
    let (average, said) = draw(&averaged("average"));
    let average_said = "the exponential average of G's weights (decay 0.6 an update)";
    assert_eq!(said.as_deref(), Some(average_said));
    let (last, said) = draw(&averaged("last"));
    assert_eq!(said.as_deref(), Some("G's weights after the last update, not their average"));
    let (none, said) = draw(&settings(""));
    assert_eq!(said, None);
    assert_eq!(last, none);
    assert_ne!(average, last);
}
