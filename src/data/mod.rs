//! Images as people have them → one set in memory, shared by all runs; and batches of it.

mod batches;
mod catalogue;
mod convert;
mod dataset;
mod error;
mod found;
mod idx;
mod idx_folder;
mod library;
mod licence;
mod load;
mod mnist;
mod named;
mod npz;
mod packed;
mod pictures;
mod spread;
mod well_known;

pub use batches::{Batches, gather};
pub use dataset::{DataInfo, DataSet, Images};
pub use error::DataError;
pub use idx::IdxProblem;
pub use library::DataCache;
pub use licence::licence;
pub use npz::NpzProblem;
pub use pictures::PictureProblem;
pub use well_known::{WellKnown, well_known};
