//! One run, from the first step to its outcome.

mod checkpoint;
mod judge;
mod run;
mod samples;
mod totals;

pub use checkpoint::{checkpoint, restore};
pub use judge::{Judge, StopFlag};
pub use run::{parameters, train};
pub use samples::byte;
pub use totals::EpochTotals;
