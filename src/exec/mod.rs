//! When and where a run trains: a scheduler with slots, and executors that carry a run out.

mod event_stream;
mod executor;
mod isolated;
mod job;
mod log;
pub mod panics;
mod reuse;
mod scheduler;
mod status;

pub use event_stream::EventStream;
pub use executor::{Executor, InProcess};
pub use isolated::Isolated;
pub use job::{Job, longest_first, seed_by_seed};
pub use log::LogSink;
pub use reuse::Reuse;
pub use scheduler::{Finished, Scheduler};
pub use status::{Rerun, run_state};
