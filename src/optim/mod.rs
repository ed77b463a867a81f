//! Adam, AdamW, RMSProp and SGD over dfdx's definitions, with schedules, momentum ramp and
//! clipping.

mod adam;
mod schedule;
mod settings;

use dfdx::optim::{Momentum, RMSpropConfig, SgdConfig};
use dfdx::tensor::{Cpu, Storage};

pub use schedule::{learning_rate, momentum};
pub use settings::{OptimizerKind, OptimizerSettings, Schedule, declared, resolve};

use crate::model::StepInfo;
use crate::ops::{Buffer, Param};

/// One network's optimizer with its state.
#[derive(Debug)]
pub struct Optimizer {
    settings: OptimizerSettings,
    updates: u64,
    /// A pair of buffers a parameter, in the order of the parameters; what they hold is the
    /// rule's: Adam's moments, RMSProp's momentum and squared mean, SGD's velocity (first only).
    state: Vec<[Buffer; 2]>,
}

impl Optimizer {
    /// An optimizer at its first update for these parameters.
    ///
    /// # Panics
    /// When memory for its state runs out.
    pub fn new(settings: OptimizerSettings, params: &[&Param]) -> Self {
        let second = !matches!(settings.kind, OptimizerKind::Sgd { .. });
        let buffer = |param: &Param, wanted: bool| {
            let device: &Cpu = param.tensor().device();
            let length = if wanted { param.values().len() } else { 0 };
            device.try_alloc_len(length).expect("memory for an optimizer's state")
        };
        let state = params.iter().map(|p| [buffer(p, true), buffer(p, second)]).collect();
        Self { settings, updates: 0, state }
    }

    /// Updates made so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// The state: two buffers a parameter (the second empty for SGD).
    pub fn state(&self) -> &[[Buffer; 2]] {
        &self.state
    }

    /// The state and the number of updates, to restore them.
    pub fn state_mut(&mut self) -> (&mut [[Buffer; 2]], &mut u64) {
        (&mut self.state, &mut self.updates)
    }

    /// Updates every parameter by its gradient. Returns the gradient's L2 norm over all
    /// parameters, before clipping.
    ///
    /// # Errors
    /// The name of the first parameter whose gradient or new value is not finite.
    ///
    /// # Panics
    /// If `params` are not those it was made for.
    pub fn update(&mut self, params: &mut [&mut Param], at: StepInfo) -> Result<f64, String> {
        assert_eq!(params.len(), self.state.len(), "the parameters it was made for");
        let lr = learning_rate(&self.settings, at);
        self.updates += 1;
        let t = self.updates;
        let squares: Vec<f64> =
            params.iter().map(|p| adam::sum_of_squares(&p.gradient())).collect();
        if let Some(bad) = squares.iter().position(|s| !s.is_finite()) {
            return Err(format!("gradient of {}", params[bad].name()));
        }
        let norm = squares.iter().sum::<f64>().sqrt();
        if self.settings.clip > 0.0 && norm > self.settings.clip {
            let factor = (self.settings.clip / norm) as f32;
            for param in params.iter() {
                param.gradient_mut().iter_mut().for_each(|g| *g *= factor);
            }
        }
        for (param, [first, second]) in params.iter_mut().zip(&mut self.state) {
            match self.settings.kind {
                OptimizerKind::Adam { beta1, beta2, eps } => {
                    let rule = adam::Adam { lr, beta1, beta2, eps, weight_decay: 0.0 };
                    rule.update(t, param, first, second);
                }
                OptimizerKind::AdamW { beta1, beta2, eps, weight_decay } => {
                    let rule = adam::Adam { lr, beta1, beta2, eps, weight_decay };
                    rule.update(t, param, first, second);
                }
                OptimizerKind::RmsProp { rho, eps, momentum } => {
                    rmsprop(lr, rho, eps, momentum, param, first, second);
                }
                OptimizerKind::Sgd { nesterov, .. } => {
                    let momentum = momentum(&self.settings, at);
                    sgd(lr, momentum, nesterov, param, first);
                }
            }
        }
        Ok(norm)
    }
}

/// dfdx's RMSProp: s = ρs + (1-ρ)g², u = g/√(s + ε), m = μm + u, p -= lr·m.
fn rmsprop(
    lr: f64,
    rho: f64,
    eps: f64,
    momentum: f64,
    param: &mut Param,
    m: &mut Buffer,
    s: &mut Buffer,
) {
    let config = RMSpropConfig {
        lr,
        alpha: rho,
        eps,
        momentum: (momentum > 0.0).then_some(momentum),
        centered: false,
        weight_decay: None,
    };
    let gradient = param.gradient().clone();
    // The mean gradient is used only by the centered form, but the kernel walks along it.
    let mut unused = s.clone();
    config
        .try_update(param.tensor_mut(), m, s, &mut unused, &gradient)
        .expect("dfdx's CPU kernels do not fail");
}

/// dfdx's SGD: v = g + μv, p -= lr·v, or Nesterov's p -= lr·(g + μv).
fn sgd(lr: f64, momentum: f64, nesterov: bool, param: &mut Param, v: &mut Buffer) {
    let momentum = match (momentum > 0.0, nesterov) {
        (false, _) => None,
        (true, false) => Some(Momentum::Classic(momentum)),
        (true, true) => Some(Momentum::Nesterov(momentum)),
    };
    let config = SgdConfig { lr, momentum, weight_decay: None };
    let gradient = param.gradient().clone();
    config.try_update(param.tensor_mut(), v, &gradient).expect("dfdx's CPU kernels do not fail");
}
