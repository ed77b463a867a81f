//! What is said of one sickness of one run.

use serde::{Deserialize, Serialize};

/// What a light says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Cannot be told from what was recorded, or not yet.
    Unknown,
    /// No sign of it.
    Ok,
    /// It was there and passed, or it is slight.
    Warn,
    /// It is there.
    Fail,
}

/// One sickness of one run; `lights.json` is a list of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// The sickness, such as `discriminator-wins`.
    pub name: String,
    /// Whether the run has it.
    pub state: State,
    /// First epoch, from 0, in which it showed.
    pub since: Option<usize>,
    /// The signal in that epoch; without one, the last.
    pub value: Option<f64>,
    /// What the signal is held against.
    pub threshold: Option<f64>,
    /// The signal in words, or why it is unknown.
    pub reason: String,
    /// The signal in every epoch.
    pub curve: Vec<Option<f64>>,
}
