//! What happened in a run, and who writes it down.

pub mod checkpoint;
mod clock;
mod csv;
mod environment;
mod files;
pub mod format;
pub mod lease;
mod leftover;
mod listing;
pub mod lock;
mod manifest;
mod paths;
mod pictures;
mod plots;
mod positions;
mod process;
mod progress;
mod run;
pub mod store;
pub mod sums;
mod tensorboard;
mod weights;

pub use clock::Clock;
pub use environment::{Attempt, DataRecord, Environment, EnvironmentRecord};
pub use files::{FileState, write_synced, write_whole};
pub(crate) use listing::walked;
pub use manifest::{Manifest, MetricRecord, RunRecord, VariantRecord};
pub use paths::{RunPaths, SweepPaths};
pub use pictures::{gif_frames, png};
pub use positions::Positions;
pub use process::Process;
pub use progress::{Progress, ProgressOutput, SlotProgress};
pub use run::{Reused, RunRecorder, record_failure};
pub use tensorboard::TensorBoard;
pub use weights::{read_weights, write_weights};
