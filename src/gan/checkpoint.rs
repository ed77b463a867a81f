//! The state of a run between two steps: taken down, and put back.

use serde::{Deserialize, Serialize};

use super::average::Average;
use super::state::Gan;
use super::totals::EpochTotals;
use crate::error::{Context, Result, ensure};
use crate::ops::Param;
use crate::optim::Optimizer;
use crate::run::{Checkpoint, NamedTensor};

/// What the networks keep besides tensors.
#[derive(Serialize, Deserialize)]
struct State {
    /// Updates each optimizer has made: G's, D's.
    updates: [u64; 2],
    /// Sums over the steps of the epoch that is under way.
    totals: EpochTotals,
}

/// The state of a run after `step` generator updates: parameters, each one's optimizer state as
/// `<name>.state0` and `<name>.state1`, and the averages of G's weights as `average.<name>`.
pub fn checkpoint<'a>(gan: &'a Gan, step: u64, totals: &EpochTotals) -> Result<Checkpoint<'a>> {
    let mut tensors = Vec::new();
    let tensor = |name: String, values: &'a [f32]| NamedTensor {
        name,
        shape: vec![values.len()],
        values: values.into(),
    };
    let networks = [
        (gan.generator.params(), &gan.generator_optimizer),
        (gan.discriminator.params(), &gan.discriminator_optimizer),
    ];
    for (params, optimizer) in &networks {
        for (param, state) in params.iter().zip(optimizer.state()) {
            tensors.push(tensor(param.name().into(), param.values()));
            for (i, buffer) in state.iter().enumerate() {
                tensors.push(tensor(format!("{}.state{i}", param.name()), buffer));
            }
        }
    }
    let averages = gan.average.iter().flat_map(Average::named);
    tensors.extend(averages.map(|(name, param)| tensor(name, param.values())));
    let updates = networks.map(|(_, optimizer)| optimizer.updates());
    let state = serde_json::to_value(State { updates, totals: totals.clone() })?;
    Ok(Checkpoint { step, state, tensors })
}

/// Puts the networks and optimizers into this state; the sums of the epoch under way.
///
/// # Errors
/// If it is not of networks of these shapes.
pub fn restore(checkpoint: &Checkpoint<'_>, gan: &mut Gan) -> Result<EpochTotals> {
    let State { updates, totals } =
        State::deserialize(&checkpoint.state).context("the checkpoint is not of these networks")?;
    let mut tensors = checkpoint.tensors.iter();
    restore_network(
        &mut tensors,
        &mut gan.generator.params_mut(),
        &mut gan.generator_optimizer,
        updates[0],
    )?;
    restore_network(
        &mut tensors,
        &mut gan.discriminator.params_mut(),
        &mut gan.discriminator_optimizer,
        updates[1],
    )?;
    for (name, param) in gan.average.iter_mut().flat_map(Average::named_mut) {
        copy(&mut tensors, &name, param.values_mut())?;
    }
    ensure!(tensors.next().is_none(), "the checkpoint holds more tensors than the networks");
    Ok(totals)
}

fn restore_network(
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
