//! What will be trained: variants × seeds, each run with its key, before anything trains.

mod stream;

pub use stream::{Purpose, Stream};

use std::sync::Arc;

use crate::spec::Settings;

/// The frozen, validated list of runs of one experiment.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name: the file's stem, and the sweep's folder under `runs/`.
    pub experiment: String,
    /// The question the experiment asks, as written.
    pub question: String,
    /// Every variant, in the order of the file.
    pub variants: Vec<Variant>,
    /// Index of the baseline in `variants`.
    pub baseline: usize,
    /// The replicates, the same in every variant.
    pub seeds: Vec<u64>,
    /// Every run, variant by variant, seed by seed.
    pub runs: Vec<Run>,
}

/// One point of the axes, without a seed.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Short, stable, safe as a folder name.
    pub name: String,
    /// What it sets differently from the base: dotted key and value as TOML.
    pub changes: Vec<(String, String)>,
    /// What it trains with.
    pub settings: Arc<Settings>,
}

/// One training: variant × seed.
#[derive(Clone, Debug)]
pub struct Run {
    /// Index in [`Plan::variants`].
    pub variant: usize,
    /// The variant's name.
    pub variant_name: String,
    /// The replicate.
    pub seed: u64,
    /// Hash of all that can change the result, hex.
    pub key: String,
    /// What it trains with.
    pub settings: Arc<Settings>,
    /// The settings as a TOML document that an experiment file could hold, in canonical order.
    pub settings_toml: Arc<str>,
}
