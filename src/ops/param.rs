//! A parameter with its gradient.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, Storage};

use super::rows::RowWeights;
use super::{Mat, values, values_mut};

/// Storage of a gradient, as dfdx's optimizer kernels take it.
pub type Buffer = <Cpu as Storage<f32>>::Vec;

/// A weight matrix `[out, in]`, a bias `[1, out]` or a table `[classes, width]`, with the gradient
/// of the last backward pass.
///
/// The gradient is overwritten, not added to: a parameter takes part once in a forward pass.
#[derive(Debug)]
pub struct Param {
    name: String,
    value: Mat,
    gradient: Rc<RefCell<Buffer>>,
}

/// The place a backward pass writes a parameter's gradient to.
pub(super) type GradientCell = Rc<RefCell<Buffer>>;

/// What a backward pass does with the gradients of parameters.
#[derive(Clone, Debug)]
pub enum ParamGrad {
    /// Writes them.
    Plain,
    /// Writes them with each row's share multiplied by the row's weight.
    Weighted(RowWeights),
    /// Leaves them alone: the network is only passed through.
    Frozen,
}

impl Param {
    /// A parameter with these initial values.
    ///
    /// # Panics
    /// When memory for its gradient runs out.
    pub fn new(name: impl Into<String>, value: Mat) -> Self {
        let device = value.device().clone();
        let length = values(&value).len();
        let gradient = device.try_alloc_len(length).expect("memory for a gradient");
        Self { name: name.into(), value, gradient: Rc::new(RefCell::new(gradient)) }
    }

    /// Its name, such as `discriminator.image.weight`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `[rows, columns]`.
    pub fn shape(&self) -> [usize; 2] {
        let (rows, columns) = *self.value.shape();
        [rows, columns]
    }

    /// Its values as a tensor.
    pub fn tensor(&self) -> &Mat {
        &self.value
    }

    /// Its values as a tensor an optimizer changes.
    pub fn tensor_mut(&mut self) -> &mut Mat {
        &mut self.value
    }

    /// Its values.
    pub fn values(&self) -> &[f32] {
        values(&self.value)
    }

    /// Its values, to change.
    pub fn values_mut(&mut self) -> &mut [f32] {
        values_mut(&mut self.value)
    }

    /// The gradient of the last backward pass.
    pub fn gradient(&self) -> Ref<'_, Buffer> {
        self.gradient.borrow()
    }

    /// The gradient, to clip.
    pub fn gradient_mut(&self) -> RefMut<'_, Buffer> {
        self.gradient.borrow_mut()
    }

    /// The gradient's place, for a backward pass.
    pub(super) fn gradient_cell(&self) -> GradientCell {
        Rc::clone(&self.gradient)
    }
}
