use cgan_sweep::gan::{CganSettings, FakeBatch, FakeLabels};
use cgan_sweep::gan::{Gan, Masks, Mode, StepResult, noise};
use cgan_sweep::model::Batch;
use cgan_sweep::model::StepInfo;
use cgan_sweep::model::{Purpose, Stream};
use cgan_sweep::ops::label::Labels;
use cgan_sweep::ops::{Param, matrix, values};
use dfdx::tensor::Cpu;

use super::{Case, resolve, transpose};

const CASES: &str = include_str!("../../golden/networks.json");
const TOLERANCE: f64 = 1e-5;
/// Adam divides by the gradient's size, so the error of a small gradient counts as a large one's.
const AFTER: f64 = 2e-5;

/// Our networks with the case's initial weights.
fn gan(case: &Case, settings: &CganSettings) -> Gan {
    let stream = Stream::new(case.count("seed") as u64);
    let (classes, pixels) = (case.count("classes"), case.count("pixels"));
    let mut gan = Gan::new(&Cpu::default(), stream, settings, classes, pixels);
    let mut given = 0;
    let networks = [gan.generator.params_mut(), gan.discriminator.params_mut()];
    for param in networks.into_iter().flatten() {
        let mut initial = case.input(&format!("initial.{}", param.name())).clone();
        if param.name().ends_with(".weight") {
            initial = initial.transposed();
        }
        assert_eq!(param.shape(), initial.size(), "{}: {}", case.name, param.name());
        param.values_mut().copy_from_slice(&initial.f32());
        given += 1;
    }
    assert_eq!(given, case.input.keys().filter(|k| k.starts_with("initial.")).count());
    gan
}

fn params(gan: &Gan) -> Vec<&Param> {
    let mut params = gan.generator.params();
    params.extend(gan.discriminator.params());
    params
}

/// Compares a tensor of ours with a golden one of the same parameter.
fn check_param(case: &Case, name: &str, param: &Param, ours: &[f32], tolerance: f64) {
    let [rows, columns] = param.shape();
    if param.name().ends_with(".weight") {
        case.check(name, &transpose(ours, rows, columns), tolerance);
    } else {
        case.check(name, ours, tolerance);
    }
}

/// The fakes G is updated on in a step, as the trainer draws them (labels of the real batch).
fn fakes(case: &Case, gan: &Gan, settings: &CganSettings, step: u64, labels: &[u8]) -> Vec<f32> {
    let fresh = settings.update.fake_batch == FakeBatch::Fresh;
    let last = settings.update.discriminator_steps as u64 - 1;
    let stream = Stream::new(case.count("seed") as u64);
    let purpose = if fresh { Purpose::FreshNoise } else { Purpose::Noise };
    let z = noise(&settings.noise, &mut stream.rng(purpose, step, last), labels.len());
    let z = matrix(&Cpu::default(), &z, labels.len(), settings.noise.dim);
    let masks = Masks { stream, step, pass: 2 * last + u64::from(fresh) };
    let labels: Labels = labels.into();
    values(&gan.generator.forward(z, &labels, Mode::Train(masks))).to_vec()
}

fn step(case: &Case, gan: &mut Gan, settings: &CganSettings, index: usize) -> StepResult {
    let batches: Vec<(Vec<f32>, Vec<u8>)> = (0..settings.update.discriminator_steps)
        .map(|d| {
            let place = format!("step{index}.d{d}");
            (
                case.input(&format!("{place}.images")).f32(),
                case.input(&format!("{place}.labels")).u8(),
            )
        })
        .collect();
    if settings.update.fake_labels == FakeLabels::Shared {
        let ours = fakes(case, gan, settings, index as u64, &batches.last().unwrap().1);
        case.check(&format!("step{index}.fakes"), &ours, TOLERANCE);
    }
    let batches: Vec<Batch<'_>> =
        batches.iter().map(|(pixels, labels)| Batch { pixels, labels }).collect();
    let steps = case.count("steps") as u64;
    gan.step(&batches, StepInfo { step: index as u64, steps, steps_per_epoch: steps }).unwrap()
}

#[test]
fn training_steps() {
    for case in &Case::all(CASES) {
        let settings = resolve(&case.settings["written"]);
        let mut gan = gan(case, &settings);
        for index in 0..case.count("steps") {
            let result = step(case, &mut gan, &settings, index);
            let name = |what: &str| format!("step{index}.{what}");
            case.check(&name("real_logits"), &result.real, TOLERANCE);
            case.check(&name("fake_logits"), &result.fake, TOLERANCE);
            case.check_f64(&name("discriminator_loss"), &[result.dis_loss], TOLERANCE);
            case.check_f64(&name("generator_loss"), &[result.gen_loss], TOLERANCE);
            for param in params(&gan) {
                let gradient = name(&format!("gradient.{}", param.name()));
                if index == 0 {
                    check_param(case, &gradient, param, &param.gradient(), TOLERANCE);
                }
                let after = name(&format!("after.{}", param.name()));
                if index == 0 || index + 1 == case.count("steps") {
                    check_param(case, &after, param, param.values(), AFTER);
                }
            }
            if index == 0 || index + 1 == case.count("steps") {
                for (kept, param) in gan.average.iter().flat_map(|average| average.named()) {
                    check_param(case, &name(&kept), param, param.values(), AFTER);
                }
            }
        }
    }
}
