//! What is swept, behind an interface: nothing between the plan and the report names a network.
//!
//! A [`Model`] declares its settings and starts a [`Network`], which the training loop steps, saves
//! and restores, and which draws images of wanted classes ([`Sampler`]).

mod cost;
mod kind;
mod network;
mod plot;
mod step;
mod stream;

pub use cost::{Cost, DataShape};
pub use kind::Model;
pub use network::{Batch, Network, Sampler, sample_in_chunks};
pub use plot::Plot;
pub use step::StepInfo;
pub use stream::{Purpose, Stream};
