//! What a run of a network costs.

/// What the networks are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataShape {
    /// Pixels of one image.
    pub pixels: usize,
    /// Classes.
    pub classes: usize,
    /// Images that a run's end is scored with, one fake to each.
    pub scored: usize,
}

/// What one run of a variant needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Weights and biases of each network, by its name.
    pub parameters: Vec<(&'static str, u64)>,
    /// Multiply-adds of one step, at a full batch.
    pub step_multiply_adds: u64,
    /// Estimated bytes of a run: parameters, gradients, optimizer moments, activations, and what
    /// its scores take.
    pub memory_bytes: u64,
}

impl Cost {
    /// These parameters of each network, by its name; multiply-adds of a step; bytes of memory.
    pub fn new(
        parameters: Vec<(&'static str, u64)>,
        step_multiply_adds: u64,
        memory_bytes: u64,
    ) -> Self {
        Self { parameters, step_multiply_adds, memory_bytes }
    }

    /// Predicted seconds of one step on a machine of this speed, in multiply-adds a second.
    pub fn step_seconds(&self, multiply_adds_per_second: f64) -> f64 {
        self.step_multiply_adds as f64 / multiply_adds_per_second
    }

    /// Weights and biases of the network of this name; 0 where there is none.
    pub fn parameters_of(&self, network: &str) -> u64 {
        self.parameters.iter().find(|(name, _)| *name == network).map_or(0, |(_, count)| *count)
    }
}
