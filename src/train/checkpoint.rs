//! All of a run between two steps that is not a function of its settings and seed.

use anyhow::{Result, ensure};

use super::totals::EpochTotals;
use crate::gan::Gan;
use crate::ops::Param;
use crate::optim::Optimizer;
use crate::record::NamedTensor;

/// A run between two steps. Nothing random is in it: see [`crate::plan::Stream`].
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<'a> {
    /// Generator updates done.
    pub step: u64,
    /// Updates each optimizer has made: G's, D's.
    pub updates: [u64; 2],
    /// Sums over the steps of the epoch that is under way.
    pub totals: EpochTotals,
    /// Parameters, and each one's optimizer state as `<name>.state0` and `<name>.state1`.
    pub tensors: Vec<NamedTensor<'a>>,
}

impl<'a> Checkpoint<'a> {
    /// The state of a run after `step` generator updates.
    pub fn of(gan: &'a Gan, step: u64, totals: &EpochTotals) -> Self {
        let mut tensors = Vec::new();
        let networks = [
            (gan.generator.params(), &gan.generator_optimizer),
            (gan.discriminator.params(), &gan.discriminator_optimizer),
        ];
        for (params, optimizer) in &networks {
            for (param, state) in params.iter().zip(optimizer.state()) {
                let tensor = |name: String, values: &'a [f32]| NamedTensor {
                    name,
                    shape: vec![values.len()],
                    values: values.into(),
                };
                tensors.push(tensor(param.name().into(), param.values()));
                for (i, buffer) in state.iter().enumerate() {
                    tensors.push(tensor(format!("{}.state{i}", param.name()), buffer));
                }
            }
        }
        let updates = networks.map(|(_, optimizer)| optimizer.updates());
        Self { step, updates, totals: totals.clone(), tensors }
    }

    /// Puts the networks and optimizers into this state.
    ///
    /// # Errors
    /// If it is not of networks of these shapes.
    pub fn restore(&self, gan: &mut Gan) -> Result<()> {
        let mut tensors = self.tensors.iter();
        restore(
            &mut tensors,
            &mut gan.generator.params_mut(),
            &mut gan.generator_optimizer,
            self.updates[0],
        )?;
        restore(
            &mut tensors,
            &mut gan.discriminator.params_mut(),
            &mut gan.discriminator_optimizer,
            self.updates[1],
        )?;
        ensure!(tensors.next().is_none(), "the checkpoint holds more tensors than the networks");
        Ok(())
    }
}

fn restore(
    tensors: &mut std::slice::Iter<'_, NamedTensor<'_>>,
    params: &mut [&mut Param],
    optimizer: &mut Optimizer,
    done: u64,
) -> Result<()> {
    let (state, updates) = optimizer.state_mut();
    *updates = done;
    for (param, state) in params.iter_mut().zip(state) {
        let name = param.name().to_owned();
        copy(tensors, &name, param.values_mut())?;
        for (i, buffer) in state.iter_mut().enumerate() {
            copy(tensors, &format!("{name}.state{i}"), buffer)?;
        }
    }
    Ok(())
}

fn copy(
    tensors: &mut std::slice::Iter<'_, NamedTensor<'_>>,
    name: &str,
    to: &mut [f32],
) -> Result<()> {
    let found = tensors.next();
    let fits = found.filter(|t| t.name == name && t.values.len() == to.len());
    ensure!(fits.is_some(), "the checkpoint lacks {name} with {} elements", to.len());
    if let Some(tensor) = fits {
        to.copy_from_slice(&tensor.values);
    }
    Ok(())
}
