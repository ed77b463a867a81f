//! What happened in a run, and who writes it down.

mod event;
mod manifest;
mod paths;

pub use event::{Event, Grid, NamedTensor, Recorder};
pub use manifest::{Manifest, RunRecord, VariantRecord};
pub use paths::{RunPaths, SweepPaths};
