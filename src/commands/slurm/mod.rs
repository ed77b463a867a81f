//! Sweeps on a cluster with Slurm, as a person starts, watches and ends them.

mod cancel;
mod layout;
mod preview;
mod status;
mod submit;
mod task;
mod wait;

pub(super) use cancel::cancel;
pub(super) use preview::show;
pub(super) use status::status;
pub(super) use submit::sweep;
pub(super) use task::task;
