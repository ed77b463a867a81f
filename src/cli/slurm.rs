//! `--executor slurm`, `status`, `cancel`, and what a task of the cluster is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Isolation, TrainingArgs};

/// Where runs are trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExecutorKind {
    /// On this machine
    #[default]
    Local,
    /// On the cluster whose login node this is
    Slurm,
}

/// Where runs are trained, and what is asked of a cluster.
#[derive(Clone, Debug, Args)]
pub struct ExecutorArgs {
    /// Train on this machine, or hand the runs to a cluster and return
    #[arg(long = "executor", value_enum, value_name = "WHERE", default_value_t)]
    pub kind: ExecutorKind,

    /// Ask this of Slurm for each task: any option of sbatch by its long name, or one of the
    /// program's own; can be given again
    ///
    /// `--slurm partition=gpu --slurm time=2:00:00 --slurm memory=4G --slurm cpus=4`. The program's
    /// own: `at_once` (tasks at work at once), `task_minutes` (short runs share a task that takes so
    /// long), `runs_per_task`, `signal_before` (seconds before the time limit), `max_requeues`,
    /// `setup` (a line of shell before the program). What is always the same can stand in
    /// [executor.slurm] of ~/.config/cgan-sweep/config.toml or /etc/xdg/cgan-sweep/config.toml.
    #[arg(long, value_name = "KEY=VALUE", requires = "kind")]
    pub slurm: Vec<String>,
}

/// `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The sweep's folder, such as runs/quickstart
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// Print it as JSON, for machines
    #[arg(long)]
    pub json: bool,
}

/// `cancel`.
#[derive(Clone, Debug, Args)]
pub struct CancelArgs {
    /// The sweep's folder, such as runs/quickstart
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `run-task`.
#[derive(Clone, Debug, Args)]
pub struct RunTaskArgs {
    /// The sweep's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// Which of its submissions
    #[arg(value_name = "NUMBER")]
    pub submission: u32,

    /// Runs that train at once
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,

    /// How often the task may start over
    #[arg(long, default_value_t = 0)]
    pub max_requeues: u32,

    /// How runs are kept apart
    #[arg(long, value_enum, default_value_t = Isolation::Thread)]
    pub isolate: Isolation,

    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it")]
    pub training: TrainingArgs,
}
