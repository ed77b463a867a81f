//! The networks, their losses, and one training step.
//!
//! Sources: Mirza & Osindero (2014), arXiv 1411.1784; Goodfellow et al. (2013), arXiv 1302.4389;
//! and the article whose program is preset `article`.

mod average;
mod checkpoint;
mod cost;
mod declared;
mod discriminator;
mod fakes;
mod generator;
mod init;
mod label;
mod layer;
mod loss;
mod metrics;
mod model;
mod network;
mod pass;
mod settings;
mod state;
mod step;
mod totals;
mod width;

pub use average::Average;
pub use checkpoint::{checkpoint, restore};
pub use cost::cost;
pub use discriminator::Discriminator;
pub use fakes::noise;
pub use generator::Generator;
pub use label::LabelLayer;
pub use layer::DenseLayer;
pub use loss::{Losses, losses, sigmoid};
pub use metrics::{METRICS, PROBES};
pub use model::{Cgan, thresholds};
pub use network::CganTraining;
pub use pass::{Masks, Mode};
pub use settings::*;
pub use state::Gan;
pub use step::StepResult;
pub use totals::EpochTotals;
pub use width::{DiscriminatorWidths, Width};

#[cfg(test)]
mod tests;
