//! One run, from the first step to its outcome, whatever network it trains.

mod judge;
mod network;
mod run;
mod samples;

pub use judge::{Judge, StopFlag};
pub use network::{Batch, ImageShape, Model, Network, Sampler, sample_in_chunks};
pub use run::train;
pub use samples::byte;
