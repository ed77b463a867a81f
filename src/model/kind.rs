//! A kind of network that can be swept.

use std::fmt::Debug;

use super::cost::{Cost, DataShape};
use super::network::{Network, Sampler};
use super::plot::Plot;
use crate::data::DataSet;
use crate::error::Result;
use crate::health::Thresholds;
use crate::run::{Metric, NamedTensor};
use crate::spec::{Schema, Settings};

/// A kind of network that can be swept: its settings, what it costs, and how it starts.
pub trait Model: Debug + Sync {
    /// What it is called: part of every run's key.
    fn name(&self) -> &'static str;

    /// All settings of an experiment that sweeps it.
    fn schema(&self) -> &'static Schema;

    /// The metrics of an epoch, in the order of `metrics.csv`; those of steps first.
    fn metrics(&self) -> &'static [Metric];

    /// What a scored epoch knows besides its scores.
    fn probes(&self) -> &'static [Metric] {
        &[]
    }

    /// Pictures of a finished run's curves.
    fn plots(&self) -> &'static [Plot] {
        &[]
    }

    /// What a run of these settings needs.
    fn cost(&self, settings: &Settings, data: DataShape) -> Cost;

    /// The network of the run with this seed before its first step.
    fn start(&self, settings: &Settings, seed: u64, data: &DataSet) -> Box<dyn Network>;

    /// What was trained with these settings on images of this shape, from its weights.
    ///
    /// # Errors
    /// If a tensor is missing or of another size.
    fn open(
        &self,
        settings: &Settings,
        data: DataShape,
        weights: &[NamedTensor<'_>],
    ) -> Result<Box<dyn Sampler>>;

    /// Batches of real images that one step takes.
    fn batches_per_step(&self, _settings: &Settings) -> usize {
        1
    }

    /// Whether a run's length acts from its first step, so that a longer run cannot go on from a
    /// shorter one.
    fn depends_on_length(&self, _settings: &Settings) -> bool {
        false
    }

    /// Where its health checks change.
    fn thresholds(&self, _settings: &Settings) -> Thresholds {
        Thresholds::default()
    }
}
