//! A sweep on a cluster with Slurm: arrays of tasks that train packed runs, and what became of them.
//!
//! The folder of the sweep is the authority: which runs have an outcome, what was submitted. Slurm is
//! asked where the rest is, and what it does not say is not known.

mod cluster;
mod error;
mod explain;
mod follow;
mod options;
mod pack;
pub mod script;
mod site;
mod state;
mod submission;
pub mod tools;

pub use cluster::{Cluster, Place, Position};
pub use error::SlurmError;
pub use explain::lost;
pub use follow::Follow;
pub use options::Options;
pub use pack::Packing;
pub use state::{States, TaskState};
pub use submission::{About, Submission, Task};
