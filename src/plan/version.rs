//! The trainer's version: part of every run's key.

/// Raised by hand whenever the same settings, seed and data may give other bits than before.
pub const TRAINER_VERSION: u32 = 2;
