//! One run, from the first step to its outcome, whatever network it trains.

mod evaluator;
mod run;
mod samples;

pub use evaluator::{Evaluator, StopFlag};
pub use run::train;
pub use samples::byte;
