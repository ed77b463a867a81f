//! All of a run between two steps that is not a function of its settings and seed.

use serde_json::Value;

use super::tensor::NamedTensor;

/// A run between two steps. Nothing random is in it: random numbers come from streams that are
/// named by seed, purpose, epoch and step.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<'a> {
    /// Generator updates done.
    pub step: u64,
    /// What the networks keep besides tensors, such as counts of updates and the sums of the epoch
    /// under way: theirs alone to read.
    pub state: Value,
    /// Parameters and optimizer state, in a fixed order.
    pub tensors: Vec<NamedTensor<'a>>,
}
