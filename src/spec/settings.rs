//! Resolved settings: every value present, checked, and typed. What a run trains with.
//!
//! What a person writes is a flat list of dotted keys (`discriminator.image_pieces = 5`); this is
//! what that list resolves to for one variant: the settings that every experiment has with their
//! own types, those of the network that is swept by key, for the network to make its own types of.

use serde::{Deserialize, Serialize};

use super::schema::Schema;
use super::values::Values;

/// Everything that decides how one run trains, apart from its seed and the data's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Which images.
    pub data: DataSettings,
    /// Length and batch.
    pub train: TrainSettings,
    /// What is written down and how often; cannot change a result.
    pub record: RecordSettings,
    /// What is scored; cannot change a training.
    pub score: ScoreSettings,
    /// The network's own, by key.
    pub(super) values: Values,
}

impl Settings {
    /// The defaults of all settings.
    pub fn defaults(schema: &'static Schema) -> Self {
        Values::defaults(schema).settings()
    }

    /// The value of each setting, by key, as the network's own settings are made from them.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The same with another value of one setting, written as TOML.
    ///
    /// # Panics
    /// If there is no such setting, or it does not take the value.
    pub fn with(&self, key: &str, toml: &str) -> Self {
        self.values.with(key, toml).settings()
    }
}

/// Which images a run trains on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DataSettings {
    /// One of [`DATA_NAMES`](super::DATA_NAMES); empty means what lies at `path`.
    pub name: String,
    /// A folder or an `.npz` file; where it and `name` are empty, the embedded MNIST is meant.
    pub path: String,
    /// Height and width to bring all images to; none leaves them as they are.
    pub size: Option<(usize, usize)>,
    /// Whether colour is turned to grey; otherwise it is refused.
    pub grey: bool,
    /// Number of training images, from the first; 0 means all.
    pub subset: usize,
}

impl DataSettings {
    /// The set that a person means on the command line: one of [`DATA_NAMES`](super::DATA_NAMES), or
    /// a path.
    pub fn named_or_at(text: &str) -> Self {
        let (name, path) = if super::DATA_NAMES.contains(&text) { (text, "") } else { ("", text) };
        Self { name: name.to_owned(), path: path.to_owned(), ..Self::default() }
    }
}

/// Length and batch of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainSettings {
    /// Images a step; the last, smaller batch of an epoch is kept.
    pub batch: usize,
    /// Passes over the training images; 0 where `steps` decides.
    pub epochs: usize,
    /// So many steps instead of whole epochs; 0 means the epochs decide.
    pub steps: usize,
    /// Names of lights: a run in which one of them fails stops at the end of that epoch.
    pub stop_on: Vec<&'static str>,
}

/// What is written down and how often.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordSettings {
    /// Steps between TensorBoard scalars (besides each epoch's); 0 means epochs only.
    pub scalars_every: usize,
    /// Epochs between sample grids (and one after the last).
    pub samples_every: usize,
    /// Epochs between kept weights (and those after the last).
    pub checkpoint_every: usize,
}

/// What is scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreSettings {
    /// Whether each epoch gets the fast scores.
    pub fast: bool,
    /// Whether a completed run gets the full scores.
    pub full: bool,
}

/// The scale of pixels as a network sees them, by the output function that makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Images in [-1, 1].
    Tanh,
    /// Images in [0, 1].
    Sigmoid,
}
