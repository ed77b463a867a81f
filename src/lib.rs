//! cgan-sweep: honest, fast, repeatable ablation studies of conditional GANs.
//!
//! An experiment file is read ([`spec`]) and becomes a frozen list of runs ([`plan`]), which are
//! carried out in parallel ([`exec`]); each is trained ([`train`]) and tells what happens as events
//! ([`run`]), which are written down ([`record`]) and scored ([`score`]); a [`report`] is made from
//! the records alone.
//!
//! One way down: a room imports only from rooms below it, and no files import each other in a
//! circle. A test reads this table and holds the imports against it.
//!
//! | room | what is in it |
//! |---|---|
//! | [`commands`] | one file a subcommand: load, call, show |
//! | [`cli`] | the command line: arguments and the words that explain them |
//! | [`gan`] | the maxout CGAN: networks, losses, one training step; what is swept |
//! | [`report`] | records → statistics → tables, pages |
//! | [`slurm`] | a plan → arrays of a cluster's tasks, and what became of them |
//! | [`exec`] | a plan → runs carried out in parallel slots |
//! | [`score`] | samples and labels → quality scores |
//! | [`record`] | events → CSV, TensorBoard, pictures, checkpoints, progress under `runs/` |
//! | [`train`] | the loop of one run over any network: events, from the first step to the outcome |
//! | [`optim`] | optimizers and schedules over dfdx's kernels |
//! | [`ops`] | fused operations on dfdx's tape |
//! | [`plan`] | settings, axes, seeds → the list of runs, keys, limits |
//! | [`model`] | what is swept, behind an interface: a network that starts, steps, samples, is saved |
//! | [`health`] | epoch tables → health checks that show a sick run |
//! | [`data`] | IDX files → one image set in memory, shared by all runs |
//! | [`spec`] | an experiment file → checked, resolved settings, or all its mistakes at once |
//! | [`run`] | plain values of a run: events, metrics, scores, outcome |
//! | [`files`] | files: tables of numbers |
//! | [`error`] | what the library fails with |

/// What a network of one's own needs to be swept: `use cgan_sweep::prelude::*`.
pub mod prelude {
    pub use crate::data::DataSet;
    pub use crate::error::{Context, Error, Result};
    pub use crate::model::{
        Batch, Cost, DataShape, Model, Network, Plot, Purpose, Sampler, StepInfo, Stream,
    };
    pub use crate::run::{Checkpoint, Direction, Metric, NamedTensor, Numbers};
    pub use crate::spec::{Output, Schema, Setting, Settings, Values, When};
}

pub mod cli;
pub mod commands;
pub mod data;
pub mod error;
pub mod exec;
pub mod files;
pub mod gan;
pub mod health;
pub mod model;
pub mod ops;
pub mod optim;
pub mod plan;
pub mod record;
pub mod report;
pub mod run;
pub mod score;
pub mod slurm;
pub mod spec;
pub mod train;
