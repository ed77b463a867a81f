//! What several topics need: a run without an experiment file, and a small data set.

use std::sync::Arc;

use cgan_sweep::data::{DataInfo, DataSet, Images};
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
    let (name, info) = ("tiny".to_owned(), DataInfo::default());
    DataSet { train: images, test: None, classes: 3, name, hash, info }
}

/// An IDX file of bytes.
pub(crate) fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    file.extend(shape.iter().flat_map(|d| d.to_be_bytes()));
    file.extend(bytes);
    file
}

/// A `.npy` file: type, shape and data as numpy writes them.
pub(crate) fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}
