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
//! | [`data`] | IDX files, arrays, pictures → one image set in memory, shared by all runs |
//! | [`spec`] | an experiment file → checked, resolved settings, or all its mistakes at once |
//! | [`run`] | plain values of a run: events, metrics, scores, outcome |
//! | [`files`] | files: tables and arrays of numbers |
//! | `text` | numbers as a person reads them |
//! | [`error`] | what the library fails with |
//!
//! # The library in five steps
//!
//! Read an experiment. All its mistakes are told at once:
//! ```
//! use cgan_sweep::{gan::Cgan, prelude::*, spec};
//!
//! let file = std::path::Path::new("experiments/maxout_pieces.toml");
//! let experiment = spec::load(file, &spec::Overrides::default(), Cgan.schema())?;
//! assert_eq!(experiment.variants.len(), 5);
//! # Ok::<(), Error>(())
//! ```
//! Plan it: the frozen list of runs with their keys and costs, before anything trains:
//! ```
//! # use cgan_sweep::{gan::Cgan, prelude::*, spec};
//! use cgan_sweep::{data::DataCache, plan};
//!
//! # let file = std::path::Path::new("experiments/maxout_pieces.toml");
//! # let experiment = spec::load(file, &spec::Overrides::default(), Cgan.schema())?;
//! let images = DataCache::default();
//! let plan = plan::plan(&Cgan, &experiment, |settings| images.get(settings))?;
//! assert_eq!(plan.runs.len(), plan.variants.len() * plan.seeds.len());
//! # Ok::<(), Error>(())
//! ```
//! Sweep it, as the command line does, and read what came of it:
//! ```no_run
//! # use cgan_sweep::gan::Cgan;
//! use cgan_sweep::{cli::Cli, commands, report};
//! use clap::Parser;
//!
//! let command = Cli::parse_from(["cgan-sweep", "sweep", "experiments/quickstart.toml"]);
//! let exit = commands::run(&Cgan, &command, &mut std::io::stdout())?;
//! assert_eq!(exit, commands::Exit::Completed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! A report is made from the records alone, also of a sweep that others trained:
//! ```
//! # use cgan_sweep::prelude::*;
//! use cgan_sweep::{report, run::RunStatus};
//!
//! # let sweep = std::path::Path::new("tests/data/kept-v1/runs/kept");
//! let report = report::build(sweep)?;
//! let completed = report.sweep.runs.iter().filter(|run| run.status == RunStatus::Completed);
//! assert!(completed.count() > 0 && !report.pages.is_empty());
//! # Ok::<(), Error>(())
//! ```
//! Score samples of any generator against the images that it was trained on:
//! ```
//! # use cgan_sweep::prelude::*;
//! use std::sync::Arc;
//!
//! use cgan_sweep::score::{PixelRange, Reference, Samples, Scorer, fast};
//! use cgan_sweep::spec::DataSettings;
//!
//! let mnist = DataSet::load(&DataSettings { subset: 1_000, ..DataSettings::default() })?;
//! let scorer = Scorer::load(&mnist, std::path::Path::new("runs/scorers"))?;
//! let reference = Reference::new(Arc::new(scorer), Arc::clone(&mnist))?;
//! let labels: Vec<u8> = (0..100).map(|i| i % 10).collect();
//! let grey = vec![0.5; labels.len() * mnist.train.pixels_each()];
//! let samples = Samples::new(grey, PixelRange::Unit, labels, mnist.train.pixels_each(), 10)?;
//! let scores = fast(&reference, &samples);
//! let accuracy = scores.iter().find(|score| score.name == "conditional_accuracy").unwrap();
//! // Grey images are all taken for the same digit.
//! assert_eq!(accuracy.value.number(), Some(0.1));
//! # Ok::<(), Error>(())
//! ```

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
mod text;
pub mod train;
