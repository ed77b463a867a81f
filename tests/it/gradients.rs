//! Finite differences: the gradient of every parameter is the slope of the loss along it.
//!
//! Noise, labels and masks of a step are functions of its number, so the same step run again at
//! other parameters is the same loss as a function of the parameters.

use cgan_sweep::gan::*;
use cgan_sweep::model::Batch;
use cgan_sweep::model::StepInfo;
use cgan_sweep::model::{Purpose, Stream};
use cgan_sweep::ops::Param;
use cgan_sweep::optim::*;
use cgan_sweep::spec::Output;
use dfdx::tensor::Cpu;
use rand::Rng;

const CLASSES: usize = 4;
const PIXELS: usize = 12;
const BATCH: usize = 12;

/// Small networks that a step measures but does not change: the learning rate is 0.
fn settings() -> CganSettings {
    let mut settings = CganSettings::article();
    settings.noise.dim = 4;
    settings.generator = GeneratorSettings {
        noise_units: 7,
        label: LabelInput::Dense { units: 6 },
        hidden: vec![8],
        dropout: 0.2,
        output: Output::Tanh,
        init: Init::Glorot,
    };
    settings.discriminator = DiscriminatorSettings {
        image_units: 7,
        image_pieces: 3,
        label: Some(LabelInput::Maxout { units: 5, pieces: 2 }),
        projection: Projection::None,
        joint_units: 6,
        joint_pieces: 2,
        maxout: MaxoutMode::Article,
        dropout: 0.3,
        input_dropout: 0.1,
        init: Init::Glorot,
    };
    for optimizer in [&mut settings.optimizer.generator, &mut settings.optimizer.discriminator] {
        optimizer.kind = OptimizerKind::Sgd {
            momentum: 0.0,
            momentum_final: 0.0,
            momentum_ramp: 0,
            nesterov: false,
        };
        optimizer.lr = 0.0;
    }
    settings
}

/// Which network's loss and parameters.
#[derive(Clone, Copy, Debug)]
enum Network {
    Generator,
    Discriminator,
}

impl Network {
    fn params(self, gan: &mut Gan) -> Vec<&mut Param> {
        match self {
            Self::Generator => gan.generator.params_mut(),
            Self::Discriminator => gan.discriminator.params_mut(),
        }
    }

    fn loss(self, result: &StepResult) -> f64 {
        match self {
            Self::Generator => result.gen_loss,
            Self::Discriminator => result.dis_loss,
        }
    }
}

fn measure(gan: &mut Gan, pixels: &[f32], labels: &[u8]) -> StepResult {
    let at = StepInfo { step: 0, steps: 1, steps_per_epoch: 1 };
    gan.step(&[Batch { pixels, labels }], at).unwrap()
}

/// Compares the gradient of every tensor with the slope of the loss along a direction in which
/// every element of the gradient counts, each by another weight.
fn check(what: &str, settings: &CganSettings) {
    let stream = Stream::new(5);
    let mut gan = Gan::new(&Cpu::default(), stream, settings, CLASSES, PIXELS);
    let mut rng = stream.rng(Purpose::Shuffle, 0, 0);
    for network in [Network::Generator, Network::Discriminator] {
        for param in network.params(&mut gan) {
            // Biases off zero, or half of all ReLUs would stand exactly at their kink.
            param.values_mut().iter_mut().for_each(|v| *v += rng.random_range(-0.3..0.3));
        }
    }
    let pixels: Vec<f32> = (0..BATCH * PIXELS).map(|_| rng.random_range(-1.0..1.0)).collect();
    let labels: Vec<u8> = (0..BATCH).map(|i| (i % CLASSES) as u8).collect();
    measure(&mut gan, &pixels, &labels);
    for network in [Network::Generator, Network::Discriminator] {
        let gradients: Vec<Vec<f32>> =
            network.params(&mut gan).iter().map(|p| p.gradient().to_vec()).collect();
        for (index, gradient) in gradients.iter().enumerate() {
            let name = network.params(&mut gan)[index].name().to_owned();
            let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            assert!(norm > 0.0, "{what}: no gradient reaches {name}");
            let direction: Vec<f32> =
                gradient.iter().map(|g| g / norm as f32 * rng.random_range(0.2..1.8)).collect();
            let want: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            let start = network.params(&mut gan)[index].values().to_vec();
            let mut at = |h: f32| {
                let moved: Vec<f32> =
                    start.iter().zip(&direction).map(|(v, d)| v + h * d).collect();
                network.params(&mut gan)[index].values_mut().copy_from_slice(&moved);
                network.loss(&measure(&mut gan, &pixels, &labels))
            };
            // Forwards, backwards and over both: a ReLU or a max that turns on one side spoils
            // that side only.
            let here = at(0.0);
            let errors: Vec<f64> = [4e-3f32, 1e-3, 3e-4]
                .into_iter()
                .flat_map(|h| {
                    let (step, above, below) = (f64::from(h), at(h), at(-h));
                    [above - here, here - below, (above - below) / 2.0].map(|d| d / step)
                })
                .map(|slope| (slope / want - 1.0).abs())
                .collect();
            at(0.0);
            let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
            assert!(best < 0.01, "{what}: {name}: slope off by {errors:.4?} of {want}");
        }
    }
}

#[test]
fn every_loss_and_order() {
    for kind in
        [LossKind::NonSaturating, LossKind::Saturating, LossKind::LeastSquares, LossKind::Hinge]
    {
        for order in [UpdateOrder::Simultaneous, UpdateOrder::Alternating] {
            for fake_batch in [FakeBatch::Shared, FakeBatch::Fresh] {
                let mut settings = settings();
                settings.loss.kind = kind;
                settings.loss.real_target = 0.9;
                settings.update.order = order;
                settings.update.fake_batch = fake_batch;
                check(&format!("{kind:?}, {order:?}, {fake_batch:?}"), &settings);
            }
        }
    }
}

#[test]
fn every_layer() {
    let labels = [
        LabelInput::Dense { units: 5 },
        LabelInput::Maxout { units: 4, pieces: 3 },
        LabelInput::Embedding { units: 5 },
        LabelInput::Concat,
    ];
    for maxout in
        [MaxoutMode::Article, MaxoutMode::DropInputs, MaxoutMode::DropOutputs, MaxoutMode::Relu]
    {
        for label in &labels {
            for output in [Output::Tanh, Output::Sigmoid] {
                let mut settings = settings();
                settings.discriminator.maxout = maxout;
                settings.discriminator.label = Some(label.clone());
                settings.generator.label = label.clone();
                settings.generator.output = output;
                settings.loss.discriminator = LossSum::Mean;
                check(&format!("{maxout:?}, {label:?}, {output:?}"), &settings);
            }
        }
    }
}

/// Layers that see real images once, and layers that see them twice with another label.
#[test]
fn projections_and_wrong_labels() {
    let projections = [Projection::None, Projection::Beside, Projection::Instead];
    for projection in projections {
        for wrong_labels in [0.0, 0.7] {
            for (maxout, kind) in [
                (MaxoutMode::Article, LossKind::NonSaturating),
                (MaxoutMode::DropInputs, LossKind::Saturating),
                (MaxoutMode::DropOutputs, LossKind::LeastSquares),
                (MaxoutMode::Relu, LossKind::NonSaturating),
            ] {
                for order in [UpdateOrder::Simultaneous, UpdateOrder::Alternating] {
                    let mut settings = settings();
                    settings.discriminator.projection = projection;
                    if projection == Projection::Instead {
                        settings.discriminator.label = None;
                    }
                    settings.discriminator.maxout = maxout;
                    settings.loss.kind = kind;
                    settings.loss.wrong_labels = wrong_labels;
                    settings.update.order = order;
                    let what = format!("{projection:?}, {wrong_labels}, {maxout:?}, {order:?}");
                    check(&what, &settings);
                }
            }
        }
    }
}
