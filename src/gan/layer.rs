//! A weight with its bias.

use std::cell::Ref;
use std::ops::Range;

use super::init::Initializer;
use crate::ops::elementwise::Activation;
use crate::ops::label::Labels;
use crate::ops::maxout::{Input, Maxout, PieceUsageCell, Pieces, maxout};
use crate::ops::{Mat, Param, ParamGrad, PieceUsage, Tape, by_class, dense};

/// Weight `[outputs, inputs]` and bias `[1, outputs]` of a dense or maxout layer.
#[derive(Debug)]
pub struct DenseLayer {
    /// `[outputs, inputs]`; for maxout, row j·units + u is piece j of unit u.
    pub weight: Param,
    /// `[1, outputs]`.
    pub bias: Param,
    wins: PieceUsageCell,
}

impl DenseLayer {
    /// A layer with initial weights; `names` are those of weight and bias.
    pub fn new(
        init: &Initializer,
        names: [&'static str; 2],
        inputs: usize,
        outputs: usize,
    ) -> Self {
        Self {
            weight: init.weight(names[0], outputs, inputs),
            bias: init.bias(names[1], outputs, inputs),
            wins: PieceUsageCell::default(),
        }
    }

    /// activation(x·Wᵀ + b).
    pub fn dense<T: Tape>(
        &self,
        x: Mat<T>,
        wanted: Range<usize>,
        activation: Activation,
        grad: &ParamGrad,
    ) -> Mat<T> {
        dense::dense(x, wanted, &self.weight, &self.bias, activation, grad)
    }

    /// `activation([z | y[labels]]·Wᵀ + b)`, where `y` has one row a class.
    pub fn dense_by_class<T: Tape>(
        &self,
        z: Mat<T>,
        y: Mat<T>,
        labels: &Labels,
        activation: Activation,
    ) -> Mat<T> {
        by_class::dense(z, y, labels, &self.weight, &self.bias, activation)
    }

    /// max over pieces of x·Wᵀ + b; see [`maxout`].
    pub fn maxout<T: Tape>(
        &self,
        input: Input<T>,
        units: usize,
        pieces: Pieces,
        grad: &ParamGrad,
    ) -> Mat<T> {
        maxout(input, &self.as_maxout(units, pieces), grad)
    }

    /// The layer as a maxout layer.
    pub fn as_maxout(&self, units: usize, pieces: Pieces) -> Maxout<'_> {
        Maxout { weight: &self.weight, bias: &self.bias, units, pieces, wins: &self.wins }
    }

    /// As a maxout layer: which pieces won in the last backward pass.
    pub fn wins(&self) -> Ref<'_, PieceUsage> {
        self.wins.borrow()
    }

    /// Weight, then bias.
    pub fn params(&self) -> [&Param; 2] {
        [&self.weight, &self.bias]
    }

    /// Weight, then bias, to change.
    pub fn params_mut(&mut self) -> [&mut Param; 2] {
        [&mut self.weight, &mut self.bias]
    }
}
