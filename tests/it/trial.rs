//! Real trainings held against real images, and the faults that can be planted in them.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cgan_sweep::data::{DataSet, Images};
use cgan_sweep::gan::LossKind;
use cgan_sweep::gan::{EpochTotals, Gan, checkpoint};
use cgan_sweep::health::{Light, State};
use cgan_sweep::model::Stream;
use cgan_sweep::optim::OptimizerKind;
use cgan_sweep::plan::Run;
use cgan_sweep::record::{Clock, Environment, RunPaths, RunRecorder, checkpoint};
use cgan_sweep::run::{Checkpoint, Outcome};
use cgan_sweep::score::{ReferenceCache, RunEvaluator};
use cgan_sweep::spec::RecordSettings;
use cgan_sweep::train::train;
use dfdx::tensor::Cpu;
use rand::SeedableRng;
use rand::seq::SliceRandom;

use crate::typed::AllSettings;

/// Labels and diversity are judged from epoch 30 on.
pub(crate) const EPOCHS: usize = 40;
/// Of those, with the settings that a late fault does not touch.
const EARLY: usize = 30;

/// A network that learns ten thousand digits, or the quarters of `scored_runs`, in seconds.
pub(crate) fn trial(change: impl Fn(&mut AllSettings)) -> AllSettings {
    trial_of(AllSettings::article(), change)
}

/// The same from other settings than the article's.
pub(crate) fn trial_of(
    mut settings: AllSettings,
    change: impl Fn(&mut AllSettings),
) -> AllSettings {
    settings.record = RecordSettings { scalars_every: 2, samples_every: 1, checkpoint_every: 2 };
    settings.score.fast = true;
    settings.score.full = true;
    settings.record.checkpoint_every = EARLY;
    settings.train.epochs = EPOCHS;
    change(&mut settings);
    settings
}

/// A folder for runs and the scorers' own, shared by the runs of one test.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) real: Arc<DataSet>,
    pub(crate) references: ReferenceCache,
}

impl Place {
    pub(crate) fn new(real: Arc<DataSet>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let references = ReferenceCache::new(dir.path().join("scorers"));
        Self { dir, real, references }
    }

    pub(crate) fn paths(&self, name: &str) -> RunPaths {
        RunPaths::at(self.dir.path().join(name))
    }

    /// Trains on `on`, from these weights if there are any, and holds the run against the real
    /// images.
    pub(crate) fn carry_out(
        &self,
        name: &str,
        run: &Run,
        on: &DataSet,
        from: Option<Checkpoint<'_>>,
    ) -> Outcome {
        let mut recorder = self.recorder(name, run);
        self.train(run, on, from, &mut recorder)
    }

    fn train(
        &self,
        run: &Run,
        on: &DataSet,
        from: Option<Checkpoint<'_>>,
        recorder: &mut RunRecorder,
    ) -> Outcome {
        let real = Arc::new(first(&self.real, run.settings.data.subset));
        let mut evaluator = RunEvaluator::new(run, real, &self.references);
        let stop = AtomicBool::new(false);
        train(
            run,
            on,
            run.model.start(&run.settings, run.seed, on).as_mut(),
            from,
            Some(&mut evaluator),
            recorder,
            &stop,
        )
        .unwrap()
    }

    pub(crate) fn recorder(&self, name: &str, run: &Run) -> RunRecorder {
        let environment = Environment::gather(&self.real);
        RunRecorder::create(self.paths(name), run, &environment, Clock::system()).unwrap()
    }

    pub(crate) fn lights(&self, name: &str) -> Vec<Light> {
        read(&self.paths(name).lights())
    }

    /// Trains a run like `base` on images like `images`, but for the fault.
    pub(crate) fn plant(
        &self,
        fault: &Fault,
        name: &str,
        base: (u64, &AllSettings),
        images: &DataSet,
    ) -> Outcome {
        let (seed, base) = base;
        let mut settings = base.clone();
        (fault.settings)(&mut settings);
        let run = settings.run(seed);
        let mut on = first(images, settings.data.subset);
        (fault.images)(&mut on.train);
        let pixels = on.train.pixels_each();
        let gan =
            Gan::new(&Cpu::default(), Stream::new(seed), &settings.cgan(), on.classes, pixels);
        let mut start = checkpoint(&gan, 0, &EpochTotals::default()).unwrap();
        for tensor in &mut start.tensors {
            (fault.weights)(&tensor.name, tensor.values.to_mut());
        }
        let Some(late) = fault.late else {
            return self.carry_out(name, &run, &on, Some(start));
        };
        let mut early = settings.clone();
        early.train.epochs = EARLY;
        self.carry_out(name, &early.run(seed), &on, Some(start));
        late(&mut settings);
        let run = settings.run(seed);
        let paths = self.paths(name);
        let saved = checkpoint::read(&paths.checkpoint()).unwrap();
        let environment = Environment::gather(&self.real);
        let at = &saved.header.positions;
        let mut recorder =
            RunRecorder::resume(paths, &run, &environment, Clock::system(), at).unwrap();
        self.train(&run, &on, Some(saved.state), &mut recorder)
    }
}

/// The set with its first so many train images; 0 means all.
pub(crate) fn first(data: &DataSet, images: usize) -> DataSet {
    let mut data = data.clone();
    if images > 0 {
        data.train.pixels.truncate(images * data.train.pixels_each());
        data.train.labels.truncate(images);
    }
    data
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The names of the lights that are on.
pub(crate) fn on(lights: &[Light]) -> Vec<&str> {
    lights.iter().filter(|l| l.state >= State::Warn).map(|l| l.name.as_str()).collect()
}

pub(crate) fn light<'a>(lights: &'a [Light], name: &str) -> &'a Light {
    lights.iter().find(|light| light.name == name).unwrap()
}

/// A fault, and the light that must show it.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) light: &'static str,
    pub(crate) least: State,
    settings: fn(&mut AllSettings),
    images: fn(&mut Images),
    weights: fn(&str, &mut [f32]),
    /// Settings that change in mid-training.
    late: Option<fn(&mut AllSettings)>,
}

/// No fault at all.
pub(crate) const NOTHING: Fault = Fault {
    name: "",
    light: "",
    least: State::Fail,
    settings: |_| {},
    images: |_| {},
    weights: |_, _| {},
    late: None,
};

/// A network as small as those of `scored_runs` survives it. Adam's steps are as long as its rate
/// whatever the gradient, so the weights stay finite; what shows is a D that nothing can fool.
pub(crate) const ADAM: Fault = Fault {
    name: "Adam with rate 1e-1",
    light: "discriminator-wins",
    settings: |s| {
        s.optimizer.generator.lr = 0.1;
        s.optimizer.discriminator.lr = 0.1;
    },
    ..NOTHING
};

/// By preset `tuned` the same leaves a D that answers all alike.
pub(crate) const ADAM_BY_TUNED: Fault = Fault { light: "discriminator-dead", ..ADAM };

/// One fault for each light.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "SGD with rate 1e4",
        light: "not-finite",
        settings: |s| {
            let sgd = OptimizerKind::Sgd {
                momentum: 0.0,
                momentum_final: 0.0,
                momentum_ramp: 0,
                nesterov: false,
            };
            for side in [&mut s.optimizer.generator, &mut s.optimizer.discriminator] {
                (side.kind, side.lr) = (sgd, 1e4);
            }
        },
        ..NOTHING
    },
    Fault {
        name: "saturating loss, D fifty times as fast as G",
        light: "discriminator-wins",
        settings: |s| {
            s.loss.kind = LossKind::Saturating;
            s.optimizer.generator.lr /= 10.0;
            s.optimizer.discriminator.lr *= 5.0;
        },
        ..NOTHING
    },
    Fault {
        name: "few images, and a D without dropout",
        light: "discriminator-overfits",
        // D may have drawn its border close for long and given way at the end.
        least: State::Warn,
        settings: |s| {
            s.discriminator.dropout = 0.0;
            // Only a G that does not lose drives D to draw its border close around the images.
            s.optimizer.generator.lr *= 2.0;
            s.optimizer.discriminator.lr *= 0.4;
            s.data.subset = 300;
            s.train.batch = 20;
            s.train.epochs = 500;
        },
        ..NOTHING
    },
    Fault {
        name: "a D that hardly learns",
        light: "discriminator-dead",
        settings: |s| s.optimizer.discriminator.lr = 1e-8,
        ..NOTHING
    },
    Fault {
        name: "saturating loss, D twenty times as fast",
        light: "generator-gradient-vanishes",
        settings: |s| {
            s.loss.kind = LossKind::Saturating;
            s.optimizer.discriminator.lr *= 20.0;
        },
        ..NOTHING
    },
    Fault {
        name: "shuffled labels",
        light: "label-ignored",
        // Red wants images that are good but for their labels; networks this small make none.
        least: State::Warn,
        images: |images| {
            images.labels.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1));
        },
        ..NOTHING
    },
    Fault {
        name: "images of two classes under all labels",
        light: "collapse-between-classes",
        images: |images| {
            let each = images.pixels_each();
            let of = |class: u8| -> Vec<usize> {
                (0..images.labels.len()).filter(|&i| images.labels[i] == class).collect()
            };
            let two = [of(0), of(1)];
            let from = |(i, label): (usize, &u8)| {
                let images = &two[usize::from(label % 2)];
                images[i % images.len()] * each
            };
            let from: Vec<usize> = images.labels.iter().enumerate().map(from).collect();
            images.pixels =
                from.iter().flat_map(|&i| images.pixels[i..i + each].to_vec()).collect();
        },
        ..NOTHING
    },
    Fault {
        name: "z = 0",
        light: "collapse-within-class",
        // The noise branch is 0 whatever z is, and a ReLU at 0 passes no gradient: it stays so.
        weights: |name, values| {
            if name.starts_with("generator.noise.") {
                values.fill(0.0);
            }
        },
        ..NOTHING
    },
    Fault {
        name: "all pieces but the first far below 0",
        light: "maxout-idle",
        least: State::Warn,
        weights: |name, values| {
            let pieces = match name {
                "discriminator.image.bias" | "discriminator.joint.bias" => 3,
                "discriminator.label.bias" => 5,
                _ => return,
            };
            let first = values.len() / pieces;
            values[first..].fill(-1e3);
        },
        ..NOTHING
    },
    Fault {
        name: "a hundred times the rates from epoch 30 on",
        light: "late-collapse",
        late: Some(|s| {
            s.optimizer.generator.lr *= 100.0;
            s.optimizer.discriminator.lr *= 100.0;
        }),
        ..NOTHING
    },
];
