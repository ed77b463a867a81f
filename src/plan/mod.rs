//! What will be trained: variants × seeds, each run with its key, before anything trains.

mod build;
mod key;
mod length;
mod limits;
mod notes;
mod version;

pub use build::{MOST_RUNS, plan, plan_within};
pub use length::Length;
pub use limits::Limits;
pub use version::TRAINER_VERSION;

use std::sync::Arc;

use crate::model::{Cost, Model};
use crate::spec::{Looks, Question, Search, Settings};

/// The frozen, validated list of runs of one experiment.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name: the file's stem, and the sweep's folder under `runs/`.
    pub experiment: String,
    /// The question the experiment asks, as written.
    pub question: String,
    /// What its author expects; may be empty.
    pub expected: String,
    /// Name of the one metric that decides, if the file names it.
    pub primary: Option<String>,
    /// What is asked of the numbers, and how.
    pub questions: Vec<Question>,
    /// What the command line changed: `--set train.epochs=1`.
    pub overrides: Vec<String>,
    /// The experiment file, as written.
    pub text: Arc<str>,
    /// What is swept.
    pub model: &'static dyn Model,
    /// Every variant, in the order of the file.
    pub variants: Vec<Variant>,
    /// Index of the baseline in `variants`.
    pub baseline: usize,
    /// The replicates, the same in every variant.
    pub seeds: Vec<u64>,
    /// When results are looked at, if seeds are added until a question is answered: the plan has
    /// the runs of all, of which some may never be needed.
    pub looks: Option<Looks>,
    /// How variants are searched, if they are: the plan has the runs of all rungs, of which most are
    /// never needed.
    pub search: Option<Search>,
    /// Every run, variant by variant, seed by seed.
    pub runs: Vec<Run>,
    /// What a person should know of it before it is trained: one sentence each.
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether which runs are needed is decided round by round, from the records of those before.
    pub fn has_rounds(&self) -> bool {
        self.looks.is_some() || self.search.is_some()
    }
}

/// One point of the axes, without a seed.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Short, stable, safe as a folder name.
    pub name: String,
    /// What it sets differently from the base: dotted key and value as TOML.
    pub changes: Vec<(String, String)>,
    /// In what it differs from the baseline variant.
    pub against_baseline: Vec<Difference>,
    /// What it trains with.
    pub settings: Arc<Settings>,
    /// What it trains on.
    pub data: DataFacts,
    /// Generator updates of each of its runs.
    pub steps: u64,
    /// What each of its runs needs.
    pub cost: Cost,
}

/// One setting in which a variant differs from the baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Dotted key.
    pub key: String,
    /// Its short name.
    pub short: String,
    /// The baseline's value as TOML; `None` where the setting does not apply to it.
    pub baseline: Option<String>,
    /// This variant's value as TOML; `None` where the setting does not apply to it.
    pub value: Option<String>,
}

/// What a plan knows of the images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFacts {
    /// What a person calls the set.
    pub name: String,
    /// SHA-256 over its unpacked files, hex.
    pub hash: String,
    /// Images trained on.
    pub images: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
    /// Classes.
    pub classes: usize,
    /// Classes that no training image is of.
    pub empty_classes: Vec<usize>,
    /// Images that a run's end is scored with.
    pub scored: usize,
    /// What was done to the images, left out of them or is odd about them.
    pub remarks: Vec<String>,
}

/// One training: variant × seed.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is trained.
    pub model: &'static dyn Model,
    /// Index in [`Plan::variants`].
    pub variant: usize,
    /// The variant's name.
    pub variant_name: String,
    /// The replicate.
    pub seed: u64,
    /// Hash of all that can change the result, hex.
    pub key: String,
    /// The same hash without the run's length: runs that share it are one training, stopped
    /// sooner or later. `None` where a schedule depends on the length.
    pub prefix_key: Option<String>,
    /// What it trains with.
    pub settings: Arc<Settings>,
    /// The settings as a TOML document that an experiment file could hold, in canonical order.
    pub settings_toml: Arc<str>,
}
