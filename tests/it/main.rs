//! The one integration-test binary: a module a topic.
#![expect(missing_docs, reason = "tests")]

mod data;
mod record;
mod report;
mod score;
mod score_command;
mod support;
mod synthetic;
mod tensorboard;
