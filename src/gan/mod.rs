//! The networks, their losses, and one training step.
//!
//! Sources: Mirza & Osindero (2014), arXiv 1411.1784; Goodfellow et al. (2013), arXiv 1302.4389;
//! and the article whose program is preset `article`.

mod checkpoint;
mod discriminator;
mod generator;
mod init;
mod label;
mod layer;
mod loss;
mod model;
mod network;
mod pass;
mod step;
mod totals;

pub use checkpoint::{checkpoint, restore};
pub use discriminator::Discriminator;
pub use generator::Generator;
pub use label::LabelLayer;
pub use layer::DenseLayer;
pub use loss::{Losses, losses, sigmoid};
pub use model::Cgan;
pub use network::CganTraining;
pub use pass::{Masks, Mode};
pub use step::{Gan, StepResult, noise};
pub use totals::EpochTotals;
