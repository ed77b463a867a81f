//! Tensors as plain values.

use crate::error::{Context, Result, ensure};
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

impl<'a> NamedTensor<'a> {
    /// A tensor of this shape.
    pub fn new(
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        values: impl Into<Cow<'a, [f32]>>,
    ) -> Self {
        Self { name: name.into(), shape: shape.into(), values: values.into() }
    }

    /// The values of the tensor of this name among `all`.
    ///
    /// # Errors
    /// If there is none, or it has not `length` of them.
    pub fn find<'t>(all: &'t [Self], name: &str, length: usize) -> Result<&'t [f32]> {
        let found = all.iter().find(|tensor| tensor.name == name);
        let values = &found.with_context(|| format!("tensor {name} is missing"))?.values;
        ensure!(
            values.len() == length,
            "tensor {name} has {} elements, but the run's settings ask for {length}",
            values.len()
        );
        Ok(values)
    }
}
