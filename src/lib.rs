//! cgan-sweep: honest, fast, repeatable ablation studies of conditional GANs.
//!
//! One way down, a module a stage; each takes a value and returns a value, and imports run only
//! in this direction:
//!
//! | stage | from | to |
//! |---|---|---|
//! | [`spec`] | an experiment file | checked, resolved settings, or all its mistakes at once |
//! | [`plan`] | settings, axes, seeds | the frozen list of runs, each with its key |
//! | [`data`] | IDX files | one image set in memory, shared by all runs |
//! | [`exec`] | a plan | runs carried out in parallel slots |
//! | [`train`] | one run | events, from the first step to the outcome |
//! | [`gan`] | a batch | networks, losses, one training step (on [`ops`] and [`optim`]) |
//! | [`record`] | events | CSV, TensorBoard, pictures, progress under `runs/` |
//! | [`score`] | samples and labels, records | quality scores; lights that show a sick run |
//! | [`report`] | records alone | statistics, tables, pages |
//!
//! [`cli`] declares the command line; [`commands`] holds one file a subcommand; it loads, calls and
//! shows.

pub mod cli;
pub mod commands;
pub mod data;
pub mod exec;
pub mod files;
pub mod gan;
pub mod health;
pub mod ops;
pub mod optim;
pub mod plan;
pub mod record;
pub mod report;
pub mod run;
pub mod score;
pub mod spec;
pub mod train;
