//! When and where a run trains: a scheduler with slots, and executors that carry a run out.

mod executor;
mod isolated;
mod job;
mod notes;
pub mod panics;
mod relay;
mod reuse;
mod scheduler;
mod status;

pub use executor::{Executor, InProcess};
pub use isolated::Isolated;
pub use job::{Job, longest_first};
pub use notes::Notes;
pub use relay::Relay;
pub use reuse::Reuse;
pub use scheduler::{Finished, Scheduler};
pub use status::{Rerun, run_state};
