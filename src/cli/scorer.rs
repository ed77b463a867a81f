//! `scorer`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Flags of `scorer`.
#[derive(Args, Clone, Debug)]
pub struct ScorerArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ScorerAction,
}

/// What to do with scorers.
#[derive(Subcommand, Clone, Debug)]
pub enum ScorerAction {
    /// Train the scorer of a data set: a minute or two on one core
    Train {
        /// A well-known set, such as fashion-mnist, or a folder or .npz file of images; without it,
        /// the embedded MNIST
        #[arg(long, value_name = "DATA", default_value = "")]
        data: String,
        /// Where to write it
        #[arg(long, value_name = "FILE", default_value = "scorer.safetensors")]
        out: PathBuf,
    },
}
