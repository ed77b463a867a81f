//! What several topics need: a run without an experiment file, and a small data set.

use std::sync::Arc;

use cgan_sweep::data::{DataSet, Images};
use cgan_sweep::plan::Run;
use cgan_sweep::spec::*;

/// A run of small networks; scalars every 2 steps, samples each epoch, weights every 2 epochs.
pub(crate) fn run(variant: &str, seed: u64) -> Run {
    let adam = OptimizerSettings {
        kind: OptimizerKind::Adam { beta1: 0.5, beta2: 0.999, eps: 1e-7 },
        lr: 2e-4,
        schedule: Schedule::Constant,
        clip: 0.0,
    };
    let settings = Settings {
        data: DataSettings { dir: String::new(), subset: 0 },
        noise: NoiseSettings { dim: 4, distribution: NoiseDistribution::Normal },
        generator: GeneratorSettings {
            noise_units: 8,
            label: LabelInput::Dense { units: 8 },
            hidden: vec![8],
            dropout: 0.0,
            output: Output::Tanh,
            init: Init::Glorot,
        },
        discriminator: DiscriminatorSettings {
            image_units: 8,
            image_pieces: 2,
            label: LabelInput::Maxout { units: 4, pieces: 2 },
            joint_units: 8,
            joint_pieces: 2,
            maxout: MaxoutMode::Article,
            dropout: 0.5,
            input_dropout: 0.0,
            init: Init::Glorot,
        },
        loss: LossSettings {
            kind: LossKind::NonSaturating,
            discriminator: LossSum::Sum,
            real_target: 1.0,
        },
        update: UpdateSettings {
            order: UpdateOrder::Simultaneous,
            discriminator_steps: 1,
            fake_batch: FakeBatch::Shared,
            fake_labels: FakeLabels::Shared,
        },
        optimizer: Optimizers { generator: adam.clone(), discriminator: adam },
        train: TrainSettings { batch: 4, epochs: 3, steps: 0 },
        record: RecordSettings { scalars_every: 2, samples_every: 1, checkpoint_every: 2 },
    };
    Run {
        variant: 0,
        variant_name: variant.to_owned(),
        seed,
        key: format!("key-of-{variant}-{seed}"),
        prefix_key: None,
        settings: Arc::new(settings),
        settings_toml: format!("# settings of {variant}\n").into(),
    }
}

/// Ten images of 2 x 3 pixels, 3 classes.
pub(crate) fn data() -> DataSet {
    let images = Images {
        pixels: (0..60).map(|i| (i * 4) as u8).collect(),
        labels: (0..10).map(|i| i % 3).collect(),
        height: 2,
        width: 3,
    };
    let hash = "0123456789abcdef".to_owned();
    DataSet { train: images, test: None, classes: 3, name: "tiny".to_owned(), hash }
}
