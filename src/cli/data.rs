//! `data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::spec::DataSettings;

/// Flags of `data`.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: DataAction,
}

/// What to do with images.
#[derive(Subcommand, Clone, Debug)]
pub enum DataAction {
    /// List the image sets that can be asked for by name, and how to get those that are not here
    List,
    /// Show what a set holds: images of each class, size, range, hash, licence, what is odd
    Show {
        #[command(flatten)]
        #[expect(missing_docs, reason = "clap would show it")]
        images: ImageArgs,
        /// Write a picture of the first images of each class, a row a class
        #[arg(long, value_name = "FILE.png")]
        sheet: Option<PathBuf>,
        /// Say how good the scorer of the set is; train it if there is none yet, in minutes
        #[arg(long)]
        scorer: bool,
        /// Where scorers of other data than MNIST are kept
        #[arg(long, value_name = "DIR", default_value = "runs/.scorers")]
        scorers: PathBuf,
    },
    /// Write a set as IDX files, with the names of its classes beside them
    Convert {
        #[command(flatten)]
        #[expect(missing_docs, reason = "clap would show it")]
        images: ImageArgs,
        /// A folder to write to: new, or empty
        #[arg(value_name = "DIR")]
        out: PathBuf,
        /// Mix the classes, so that the first and the last images are of all of them
        #[arg(long)]
        spread: bool,
    },
}

/// Which images, and what to make of them.
#[derive(Args, Clone, Debug)]
pub struct ImageArgs {
    /// A well-known set, such as fashion-mnist, a folder or an .npz file
    #[arg(value_name = "DATA")]
    pub data: String,

    /// Bring all images to this height and width, as `data.size` does
    #[arg(long, value_name = "PIXELS", num_args = 1..=2, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub size: Vec<u16>,

    /// Turn colour into grey, as `data.grey` does
    #[arg(long)]
    pub grey: bool,
}

impl ImageArgs {
    /// The settings that say the same.
    pub fn settings(&self) -> DataSettings {
        let side = |i: usize| self.size.get(i).copied().map(usize::from);
        let size = side(0).map(|height| (height, side(1).unwrap_or(height)));
        DataSettings { size, grey: self.grey, ..DataSettings::named_or_at(&self.data) }
    }
}
