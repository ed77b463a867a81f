//! What several topics need: a run without an experiment file, and a small data set.

use std::sync::Arc;

use cgan_sweep::data::{DataSet, Images};
use cgan_sweep::gan::{Cgan, article};
use cgan_sweep::plan::Run;
use cgan_sweep::spec::{RecordSettings, ScoreSettings};

/// A run of the article's settings; scalars every 2 steps, samples each epoch, weights every 2 epochs.
pub(crate) fn run(variant: &str, seed: u64) -> Run {
    let mut settings = article();
    settings.record = RecordSettings { scalars_every: 2, samples_every: 1, checkpoint_every: 2 };
    settings.score = ScoreSettings { fast: false, full: false };
    Run {
        model: &Cgan,
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
