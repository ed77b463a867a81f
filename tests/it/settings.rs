//! CganSettings do what they say, seen from outside: what is drawn, and what a step does with it.
//!
//! Values of losses, schedules, clipping, update rules and whole steps stand in `golden`, gradients
//! in `gradients`, layers beside plain dfdx in `ops`.

use cgan_sweep::gan::{Cgan, CganSettings, Gan, noise};
use cgan_sweep::model::Batch;
use cgan_sweep::model::Model;
use cgan_sweep::model::StepInfo;
use cgan_sweep::model::{Purpose, Stream};
use cgan_sweep::spec::parse_settings;
use dfdx::tensor::Cpu;

const CLASSES: usize = 10;
const PIXELS: usize = 784;

fn settings(text: &str) -> CganSettings {
    CganSettings::of(
        &parse_settings("settings", text, Cgan.schema())
            .unwrap_or_else(|mistakes| panic!("{mistakes}")),
    )
}

fn gan(text: &str, seed: u64) -> Gan {
    Gan::new(&Cpu::default(), Stream::new(seed), &settings(text), CLASSES, PIXELS)
}

/// Mean, variance and largest size.
fn moments(values: &[f32]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance, values.iter().map(|v| f64::from(v.abs())).fold(0.0, f64::max))
}

/// Values drawn from a distribution of this mean, variance and fourth central moment: within five
/// standard errors of both, which a sound generator with a fixed seed passes or does not.
fn drawn_from(values: &[f32], mean: f64, variance: f64, fourth: f64, what: &str) {
    let n = values.len() as f64;
    let (m, v, _) = moments(values);
    let of_mean = 5.0 * (variance / n).sqrt();
    let of_variance = 5.0 * ((fourth - variance * variance) / n).sqrt();
    assert!((m - mean).abs() < of_mean, "{what}: mean {m}, not {mean} ± {of_mean}");
    assert!((v - variance).abs() < of_variance, "{what}: variance {v}, not {variance}");
}

fn uniform(values: &[f32], limit: f64, what: &str) {
    drawn_from(values, 0.0, limit.powi(2) / 3.0, limit.powi(4) / 5.0, what);
    let (_, _, largest) = moments(values);
    assert!(largest <= limit * 1.000_001, "{what}: {largest} outside ±{limit}");
    assert!(largest > limit * 0.999, "{what}: nothing near ±{limit}");
}

fn normal(values: &[f32], variance: f64, what: &str) {
    drawn_from(values, 0.0, variance, 3.0 * variance * variance, what);
    let (_, _, largest) = moments(values);
    assert!(largest > 3.5 * variance.sqrt(), "{what}: a normal has tails");
}

#[test]
fn initial_weights() {
    for init in ["glorot", "he", "fan-in", "uniform"] {
        let text = format!(
            "[generator]\ninit = \"{init}\"\n{}[discriminator]\ninit = \"{init}\"\n{}",
            if init == "uniform" { "init_width = 0.05\n" } else { "" },
            if init == "uniform" { "init_width = 0.005\n" } else { "" },
        );
        let gan = gan(&text, 1);
        let widths = [0.05, 0.005];
        let networks = [gan.generator.params(), gan.discriminator.params()];
        let mut large = 0;
        for (params, width) in networks.into_iter().zip(widths) {
            let mut layer_inputs = 0;
            for param in params {
                let ([outputs, inputs], what) = (param.shape(), param.name());
                if what.ends_with(".bias") {
                    let limit = 1.0 / (layer_inputs as f32).sqrt();
                    match init {
                        "fan-in" => {
                            assert!(param.values().iter().all(|v| v.abs() <= limit), "{what}");
                            assert!(param.values().iter().any(|v| *v != 0.0), "{what}");
                        }
                        _ => assert!(param.values().iter().all(|v| *v == 0.0), "{what}"),
                    }
                    continue;
                }
                layer_inputs = inputs;
                if outputs * inputs > 20_000 {
                    let (fan_in, fan_out) = (inputs as f64, outputs as f64);
                    large += 1;
                    match init {
                        "glorot" => {
                            uniform(param.values(), (6.0 / (fan_in + fan_out)).sqrt(), what);
                        }
                        "he" => normal(param.values(), 2.0 / fan_in, what),
                        "fan-in" => uniform(param.values(), 1.0 / fan_in.sqrt(), what),
                        _ => uniform(param.values(), width, what),
                    }
                }
            }
        }
        assert_eq!(large, 5, "noise, joint and output of G, image and joint of D");
    }
}

#[test]
fn a_layer_two_variants_share_begins_alike_and_another_seed_otherwise() {
    let weights = |text: &str, seed: u64| -> Vec<Vec<f32>> {
        gan(text, seed).generator.params().iter().map(|p| p.values().to_vec()).collect()
    };
    let base = weights("", 1);
    assert_eq!(weights("discriminator.image_pieces = 2", 1), base);
    let wider = weights("generator.hidden = [600]", 1);
    assert_eq!(wider[..4], base[..4], "both branches");
    assert_ne!(wider[4], base[4]);
    assert_ne!(weights("", 2)[0], base[0]);
}

#[test]
fn noise_distributions() {
    let draw = |distribution: &str| {
        let settings = settings(&format!("noise.distribution = \"{distribution}\""));
        assert_eq!(settings.noise.dim, 100);
        noise(&settings.noise, &mut Stream::new(3).rng(Purpose::Noise, 0, 0), 1_000)
    };
    normal(&draw("normal"), 1.0, "normal");
    let unit = draw("uniform");
    assert!(unit.iter().all(|v| (0.0..1.0).contains(v)));
    let centred: Vec<f32> = unit.iter().map(|v| v - 0.5).collect();
    uniform(&centred, 0.5, "uniform");
    uniform(&draw("uniform-sqrt3"), 3f64.sqrt(), "uniform-sqrt3");
}

/// Networks small enough for a step to be quick, with label layers wide enough to have no class
/// without an active unit.
const STILL: &str = "noise.dim = 5\n[generator]\nnoise_units = 6\nlabel_units = 32\nhidden = [8]\n\
    [discriminator]\nimage_units = 6\nlabel_units = 5\njoint_units = 5\ndropout = 0.0\n";

/// The same with a projection of this kind.
fn projected(kind: &str) -> String {
    let label = if kind == "instead" { "label_units = 5\n" } else { "" };
    let with = format!("[discriminator]\nprojection = \"{kind}\"\n");
    STILL.replace("[discriminator]\n", &with).replace(label, "")
}

fn step(gan: &mut Gan, batches: &[(Vec<f32>, Vec<u8>)], step: u64) {
    let batches: Vec<Batch<'_>> =
        batches.iter().map(|(pixels, labels)| Batch { pixels, labels }).collect();
    gan.step(&batches, StepInfo { step, steps: 100, steps_per_epoch: 10 }).unwrap();
}

/// The labels whose columns of G's label layer have a gradient: those of G's fakes.
fn fakes_labels(gan: &Gan) -> Vec<usize> {
    let params = gan.generator.params();
    let weight = params.iter().find(|p| p.name() == "generator.label.weight").unwrap();
    let gradient = weight.gradient();
    let column = |c: usize| gradient.iter().skip(c).step_by(CLASSES).any(|g| *g != 0.0);
    (0..CLASSES).filter(|c| column(*c)).collect()
}

#[test]
fn labels_of_fakes_are_the_batchs_or_drawn_over_all_classes() {
    let batch = || vec![(vec![0.1; 200 * PIXELS], vec![7; 200])];
    for more in ["", "update.fake_batch = \"fresh\"\n", "update.order = \"alternating\"\n"] {
        let mut shared = gan(&format!("{more}{STILL}"), 1);
        step(&mut shared, &batch(), 0);
        assert_eq!(fakes_labels(&shared), [7], "{more}");
        let mut drawn = gan(&format!("update.fake_labels = \"drawn\"\n{more}{STILL}"), 1);
        step(&mut drawn, &batch(), 0);
        assert_eq!(fakes_labels(&drawn), (0..CLASSES).collect::<Vec<_>>(), "{more}");
    }
}

#[test]
fn the_discriminator_is_updated_as_often_as_is_said() {
    for steps in [1, 3] {
        let text = format!("update.discriminator_steps = {steps}\n{STILL}");
        let mut gan = gan(&text, 1);
        let batches: Vec<(Vec<f32>, Vec<u8>)> =
            (0..steps).map(|b| (vec![0.1 * b as f32; 4 * PIXELS], vec![0, 1, 2, 3])).collect();
        for i in 0..2 {
            step(&mut gan, &batches, i);
        }
        assert_eq!(gan.generator_optimizer.updates(), 2);
        assert_eq!(gan.discriminator_optimizer.updates(), 2 * steps);
    }
}

#[test]
fn evaluation_knows_no_dropout() {
    let z: Vec<f32> = (0..4 * 5).map(|i| (i as f32 * 0.7).sin()).collect();
    let pixels: Vec<f32> = (0..4 * PIXELS).map(|i| (i as f32 * 0.3).cos()).collect();
    let labels = [0, 1, 2, 3];
    let dropped = STILL
        .replace("dropout = 0.0", "dropout = 0.5\ninput_dropout = 0.5")
        .replace("hidden = [8]", "hidden = [8]\ndropout = 0.5");
    let (still, dropped) = (gan(STILL, 1), gan(&dropped, 1));
    // The initial weights are the same, so in evaluation mode the networks are the same.
    assert_eq!(still.sample(&z, &labels), dropped.sample(&z, &labels));
    assert_eq!(still.logits(&pixels, &labels), dropped.logits(&pixels, &labels));
}

/// Initial weights come from streams by name, so D with a projection whose vectors are 0 is D
/// without one.
#[test]
fn a_projection_adds_a_term_of_the_class_beside_the_label_branch_or_instead_of_it() {
    let pixels: Vec<f32> = (0..CLASSES * PIXELS).map(|i| (i as f32 * 0.3).cos()).collect();
    let one: Vec<f32> = pixels[..PIXELS].repeat(CLASSES);
    let labels: Vec<u8> = (0..CLASSES as u8).collect();
    let table = |gan: &mut Gan, values: &[f32]| {
        let mut params = gan.discriminator.params_mut();
        let table = params.iter_mut().find(|p| p.name() == "discriminator.projection").unwrap();
        table.values_mut().copy_from_slice(values);
    };
    let none = gan(STILL, 1);
    let mut beside = gan(&projected("beside"), 1);
    assert_ne!(beside.logits(&pixels, &labels), none.logits(&pixels, &labels));
    let zeros = [0.0; CLASSES * 5];
    table(&mut beside, &zeros);
    assert_eq!(beside.logits(&pixels, &labels), none.logits(&pixels, &labels));

    let mut instead = gan(&projected("instead"), 1);
    let logits = instead.logits(&one, &labels);
    assert!((1..CLASSES).all(|class| logits[class] != logits[0]), "{logits:?}");
    table(&mut instead, &zeros);
    let logits = instead.logits(&one, &labels);
    assert!(logits.iter().all(|logit| *logit == logits[0]), "{logits:?}");
    // v_y = y·(1, 0, 0, 0, 0): a class adds y·h_0/√5, the same more from each class to the next.
    let ramp: Vec<f32> =
        (0..CLASSES * 5).map(|i| if i % 5 == 0 { (i / 5) as f32 } else { 0.0 }).collect();
    table(&mut instead, &ramp);
    let ramped = instead.logits(&one, &labels);
    let more = ramped[1] - logits[1];
    assert!(more.abs() > 1e-3, "{more}");
    for (class, (with, without)) in ramped.iter().zip(&logits).enumerate() {
        assert!((with - without - class as f32 * more).abs() < 1e-5, "{class}: {ramped:?}");
    }
}

/// What D is shown again with other labels adds to its loss by the weight, and to nothing else.
#[test]
fn wrong_labels_are_other_classes_and_weigh_what_is_said() {
    let projections = ["beside", "none", "instead"];
    for projection in projections {
        let still = projected(projection);
        for more in ["", "update.order = \"alternating\"\n", "loss.discriminator = \"mean\"\n"] {
            let run = |weight: f64| {
                let text = format!("loss.wrong_labels = {weight}\n{more}{still}");
                let mut gan = gan(&text, 1);
                let pixels: Vec<f32> = (0..200 * PIXELS).map(|i| (i as f32 * 0.3).cos()).collect();
                let batch = Batch { pixels: &pixels, labels: &[7; 200] };
                let at = StepInfo { step: 0, steps: 100, steps_per_epoch: 10 };
                (gan.step(&[batch], at).unwrap(), gan)
            };
            let ((none, without), (half, _), (whole, with)) = (run(0.0), run(0.5), run(1.0));
            assert_eq!((&half.real, &half.fake), (&none.real, &none.fake));
            let (added, twice) = (half.dis_loss - none.dis_loss, whole.dis_loss - none.dis_loss);
            assert!(added > 0.1 && (twice - 2.0 * added).abs() < 1e-9, "{added}, {twice}");
            // The order of the updates changes what G learns from; its gradient here is the same.
            if more.is_empty() && projection == "instead" {
                let gradients = |gan: &Gan, name: &str| -> Vec<f32> {
                    let networks = [gan.generator.params(), gan.discriminator.params()];
                    let found = networks.into_iter().flatten().find(|p| p.name() == name).unwrap();
                    found.gradient().to_vec()
                };
                for name in ["generator.output.weight", "generator.noise.bias"] {
                    assert_eq!(gradients(&with, name), gradients(&without, name), "{name}");
                }
                let name = "discriminator.projection";
                let (with, without) = (gradients(&with, name), gradients(&without, name));
                for class in 0..CLASSES {
                    let row = class * 5..(class + 1) * 5;
                    // No wrong label is the right one: its row is as without them.
                    assert_eq!(with[row.clone()] == without[row.clone()], class == 7, "{class}");
                    assert_eq!(without[row].iter().any(|g| *g != 0.0), class == 7, "{class}");
                }
            }
        }
    }
}
