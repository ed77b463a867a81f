//! One file a subcommand: load, call, show.

pub mod scorer;
