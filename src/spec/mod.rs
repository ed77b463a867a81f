//! The experiment file: what was written, what it resolves to, and its mistakes.

mod settings;

pub use settings::*;
