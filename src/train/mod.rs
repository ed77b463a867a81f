//! One run, from the first step to its outcome, whatever network it trains.

mod judge;
mod run;
mod samples;

pub use judge::{Judge, StopFlag};
pub use run::train;
pub use samples::byte;
