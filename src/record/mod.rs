//! What happened in a run, and who writes it down.

mod event;

pub use event::{Event, Grid, NamedTensor, Recorder};
