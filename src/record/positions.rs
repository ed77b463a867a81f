//! How far the records of a run have come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FileState;

/// How far the records of a run have come, for a checkpoint: what comes later is cut off when the
/// run is resumed from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    /// Epochs finished.
    pub epochs: u64,
    /// Steps at the end of the last of them.
    pub steps: u64,
    /// Seconds of the epoch after them so far.
    pub seconds: f64,
    /// Every file so far, by its name within the folder.
    pub files: BTreeMap<String, FileState>,
}
