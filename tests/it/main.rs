//! The one integration-test binary: a module a topic.

mod data;
mod record;
mod support;
mod tensorboard;
