//! Files: tables and arrays of numbers.

mod npy;
mod table;

pub use npy::Array;
pub use table::{Column, NumberTable, read_table};
