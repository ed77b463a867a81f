//! Tensors as plain values.

use std::borrow::Cow;

/// A tensor with its name, shape and row-major values: its own, or those of a network that is being
/// trained, of which no copy is needed to write them down.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor<'a> {
    /// Such as `generator.joint0.weight`.
    pub name: String,
    /// Its lengths, outermost first.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Cow<'a, [f32]>,
}
