//! One backward pass for two losses.
//!
//! D gives one logit l_i an image, and row i of every activation depends on image i alone. So for
//! a loss L(l_1 … l_n) every gradient is the gradient of l_i times w_i = ∂L/∂l_i:
//!
//! - for a parameter: ∂L/∂θ = Σ_i w_i ∂l_i/∂θ,
//! - for the i-th input row: ∂L/∂x_i = w_i ∂l_i/∂x_i.
//!
//! The tape carries ∂l_i/∂(…), started from ones; where a loss needs its gradient it multiplies by
//! its own weights. D's loss and G's loss differ only in these weights.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use dfdx::prelude::Backward;
use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, OwnedTape, PutTape, SplitTape, TensorFrom};

use super::Mat;

/// ∂L/∂logit of each row, known only after the forward pass: made empty, handed to the operations
/// that need it, and set before [`backward`].
#[derive(Clone, Debug, Default)]
pub struct RowWeights(Rc<RefCell<Vec<f32>>>);

impl RowWeights {
    /// Weights to be set later.
    pub fn unset() -> Self {
        Self::default()
    }

    /// Sets one weight a row.
    pub fn set(&self, weights: &[f32]) {
        let mut own = self.0.borrow_mut();
        own.clear();
        own.extend_from_slice(weights);
    }

    /// One weight a row.
    ///
    /// # Panics
    /// If they are set for another number of rows.
    pub(super) fn get(&self, rows: usize) -> Ref<'_, Vec<f32>> {
        let weights = self.0.borrow();
        assert_eq!(weights.len(), rows, "row weights are set before the backward pass");
        weights
    }
}

/// Runs the tape of `logits` (`[n, 1]`) backwards from ∂l_i/∂l_i = 1.
///
/// # Panics
/// When memory for gradients runs out.
pub fn backward(logits: Mat<OwnedTape<f32, Cpu>>) {
    let (logits, mut tape) = logits.split_tape();
    debug_assert_eq!(logits.shape().1, 1);
    let root = logits.device().tensor(0.0f32);
    use dfdx::tensor::Tape;
    tape.add_backward_op(move |gradients| {
        gradients.get_or_alloc_mut(&logits)?.fill(1.0);
        Ok(())
    });
    drop(root.put_tape(tape).backward());
}
