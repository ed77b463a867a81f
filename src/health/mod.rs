//! Lights that show a sick run: pure functions of the epoch table, the scores and the outcome.
//!
//! A light fires when its signal lasts [`Thresholds::patience`] epochs: it fails if the signal is
//! still there at the end and warns if the run recovered. A signal that healthy runs also show
//! early (labels not obeyed, little diversity) counts only from [`Thresholds::settled_epochs`] on.

mod history;
mod late;
mod light;
mod lights;
mod rule;
mod signal;
mod thresholds;

pub use history::History;
pub use light::{Light, State};
pub use lights::lights;
pub use rule::first_red;
pub use thresholds::Thresholds;

#[cfg(test)]
mod tests;
