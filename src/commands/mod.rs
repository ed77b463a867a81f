//! One file a subcommand: it loads, calls and shows.

pub mod list;
pub mod report;
pub mod sweep;
