//! When and where a run trains: a scheduler with slots, and executors that carry a run out.

mod executor;

mod scheduler;

pub use executor::{Executor, InProcess};

pub use scheduler::{Finished, Scheduler};
