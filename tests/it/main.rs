//! The one integration-test binary: a module a topic.

mod browser;
mod data;
mod durable;
mod faults;
mod generate;
mod golden;
mod gradients;
mod imports;
mod ops;
mod parity;
mod progress;
mod record;
mod report;
mod score;
mod score_command;
mod scored_runs;
mod settings;
mod spec;
mod statistics;
mod store;
mod support;
mod synthetic;
mod tensorboard;
mod terminal;
mod threads;
mod trial;
