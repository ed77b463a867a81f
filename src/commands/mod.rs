//! One file a subcommand: it loads, calls and shows.

pub mod report;
pub mod scorer;
