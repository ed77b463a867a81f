//! How a network takes the label in.

use dfdx::tensor::Cpu;

use super::LabelInput;
use super::init::Initializer;
use super::layer::DenseLayer;
use crate::ops::elementwise::Activation;
use crate::ops::label::{self, Labels};
use crate::ops::maxout::Pieces;
use crate::ops::{Mat, Param, ParamGrad, Tape};

/// The label branch of a network.
#[derive(Debug)]
pub enum LabelLayer {
    /// relu(onehot·Wᵀ + b).
    Dense(DenseLayer),
    /// max over pieces of onehot·Wᵀ + b.
    Maxout {
        /// Its weight and bias.
        layer: DenseLayer,
        /// Units after the max.
        units: usize,
    },
    /// A row of a table `[classes, width]`.
    Embedding(Param),
    /// The one-hot row itself.
    Concat {
        /// Its length.
        classes: usize,
    },
}

impl LabelLayer {
    /// A branch with initial weights; `names` are those of weight, bias and table.
    pub fn new(
        init: &Initializer,
        names: [&'static str; 3],
        input: &LabelInput,
        classes: usize,
    ) -> Self {
        let layer = |outputs| DenseLayer::new(init, [names[0], names[1]], classes, outputs);
        match *input {
            LabelInput::Dense { units } => Self::Dense(layer(units)),
            LabelInput::Maxout { units, pieces } => {
                Self::Maxout { layer: layer(units * pieces), units }
            }
            LabelInput::Embedding { units } => {
                Self::Embedding(init.table(names[2], classes, units))
            }
            LabelInput::Concat => Self::Concat { classes },
        }
    }

    /// Columns of the result.
    pub fn width(&self) -> usize {
        match self {
            Self::Dense(layer) => layer.bias.shape()[1],
            Self::Maxout { units, .. } => *units,
            Self::Embedding(table) => table.shape()[1],
            Self::Concat { classes } => *classes,
        }
    }

    /// `[n, width]` for n labels.
    pub fn forward<T: Tape>(
        &self,
        device: &Cpu,
        labels: &Labels,
        pieces: Pieces,
        grad: &ParamGrad,
    ) -> Mat<T> {
        match self {
            Self::Dense(layer) => {
                label::dense(labels, &layer.weight, &layer.bias, Activation::Relu, grad)
            }
            Self::Maxout { layer, units } => {
                label::maxout(labels, &layer.as_maxout(*units, pieces), grad)
            }
            Self::Embedding(table) => label::embedding(labels, table, grad),
            Self::Concat { classes } => label::one_hot(device, labels, *classes),
        }
    }

    /// Its parameters.
    pub fn params(&self) -> Vec<&Param> {
        match self {
            Self::Dense(layer) | Self::Maxout { layer, .. } => layer.params().into(),
            Self::Embedding(table) => vec![table],
            Self::Concat { .. } => vec![],
        }
    }

    /// Its parameters, to change.
    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        match self {
            Self::Dense(layer) | Self::Maxout { layer, .. } => layer.params_mut().into(),
            Self::Embedding(table) => vec![table],
            Self::Concat { .. } => vec![],
        }
    }
}
