//! `lights`.

use std::path::PathBuf;

use clap::Args;

/// Flags of `lights`.
#[derive(Args, Clone, Debug)]
pub struct LightsArgs {
    /// Folders of runs, or of sweeps with all their runs
    #[arg(value_name = "RUN|SWEEP", required = true)]
    pub dirs: Vec<PathBuf>,

    /// Change a threshold: `--set settled_epochs=20`; can be given again. A wrong name lists all
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}
