//! The networks, their losses, and one training step.
//!
//! Sources: Mirza & Osindero (2014), arXiv 1411.1784; Goodfellow et al. (2013), arXiv 1302.4389;
//! and the article whose program is preset `article`.

mod discriminator;
mod generator;
mod init;
mod label;
mod layer;
mod loss;
mod pass;
mod step;

pub use discriminator::Discriminator;
pub use generator::Generator;
pub use label::LabelLayer;
pub use layer::DenseLayer;
pub use loss::{Losses, losses, sigmoid};
pub use pass::{Masks, Mode};
pub use step::{Batch, Gan, StepResult, noise};
