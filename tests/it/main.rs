//! The one integration-test binary: a module a topic.
#![expect(missing_docs, reason = "tests")]

mod data;
mod golden;
mod gradients;
mod parity;
mod progress;
mod record;
mod report;
mod score;
mod score_command;
mod store;
mod support;
mod synthetic;
mod tensorboard;
