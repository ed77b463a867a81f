//! One file a subcommand: load, call, show.

mod carry;
mod check;
pub mod compare;
mod data;
mod defaults;
mod dispatch;
mod exit;
mod experiment;
mod generate;
mod lights;
pub mod list;
mod new;
mod one;
mod options;
mod output;
mod pace;
mod plan;
mod plan_search;
mod prepare;
mod replaced;
pub mod report;
mod reproduce;
mod rounds;
pub mod score;
mod scorer;
mod shell;
mod signals;
mod slurm;
mod states;
pub mod sweep;
mod table;
mod tasks;
mod training;

pub use dispatch::{main, run};
pub use exit::{Exit, explain};
pub use output::Output;
