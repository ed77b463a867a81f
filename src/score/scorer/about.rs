//! What is known of a scorer.

use serde::{Deserialize, Serialize};

/// What a scorer was trained on, and how good it is; stored in its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Version of the training recipe.
    pub recipe: u32,
    /// Name of the data set.
    pub data: String,
    /// Hash of its files.
    pub data_hash: String,
    /// Images it was trained on, such as `train[0:50000]`.
    pub trained_on: String,
    /// Passes over them.
    pub epochs: usize,
    /// Images its accuracy was measured on: `test`, or held-out train images.
    pub measured_on: String,
    /// Share of those that it calls by their label.
    pub accuracy: f64,
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
    /// Classes.
    pub classes: usize,
}
