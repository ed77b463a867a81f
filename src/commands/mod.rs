//! One file a subcommand: it loads, calls and shows.

pub mod report;
pub mod score;
pub mod scorer;
pub mod sweep;
