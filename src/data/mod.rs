//! IDX files, the image set shared by all runs, and batches.

mod batches;
mod dataset;
mod idx;
mod library;
mod licence;
mod load;
mod mnist;
mod packed;

pub use batches::{Batches, gather};
pub use dataset::{DataSet, Images};
pub use idx::IdxProblem;
pub use library::DataCache;
pub use licence::licence;
pub use load::DataError;
