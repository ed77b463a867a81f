//! The one integration-test binary: a module a topic.
#![expect(missing_docs, reason = "tests")]

mod data;
mod golden;
mod gradients;
mod parity;
mod record;
mod report;
mod support;
mod synthetic;
mod tensorboard;
