//! IDX files, the image set shared by all runs, and batches.

mod dataset;

pub use dataset::{DataSet, Images};
