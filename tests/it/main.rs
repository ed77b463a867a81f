//! The one integration-test binary: a module a topic.

mod data;
mod golden;
mod gradients;
mod parity;
mod progress;
mod record;
mod report;
mod score;
<<<<<<< HEAD
mod score_command;
=======
mod spec;
>>>>>>> 41de9bb (Tests of experiment files: every mistake with its message, axes, costs, mutations)
mod store;
mod support;
mod synthetic;
mod tensorboard;
