//! Files: tables of numbers.

mod table;

pub use table::{Column, NumberTable, read_table};
