//! `score`.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::score::PixelRange;

/// Flags of `score`.
#[derive(Args, Clone, Debug)]
pub struct ScoreArgs {
    /// The folder of a run, or a .npy array of images: `[n, height*width]` or
    /// `[n, height, width]`, uint8 or float
    #[arg(value_name = "RUN|SAMPLES.npy")]
    pub what: PathBuf,

    /// Epoch whose weights are scored, instead of the run's last
    #[arg(long, value_name = "N")]
    pub epoch: Option<u64>,

    /// The images' labels, a .npy array `[n]` of integers
    #[arg(long, value_name = "LABELS.npy")]
    pub labels: Option<PathBuf>,

    /// Range of float pixels
    #[arg(long, value_enum, default_value = "unit")]
    pub range: PixelRange,

    /// A well-known set, such as fashion-mnist, or a folder or .npz file of images to score against;
    /// without it, the embedded MNIST, or the run's own data
    #[arg(long, value_name = "DATA")]
    pub data: Option<String>,

    /// Leave out the legacy Parzen likelihood
    #[arg(long)]
    pub no_parzen: bool,

    /// Number of classifiers to train on the fakes alone (CAS; 3 or more for an honest spread)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub cas: usize,

    /// Also write everything as JSON
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Where scorers of other data than MNIST are kept
    #[arg(long, value_name = "DIR", default_value = "runs/.scorers")]
    pub scorers: PathBuf,
}

impl ValueEnum for PixelRange {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Unit, Self::Signed]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Unit => PossibleValue::new("unit").help("[0, 1]"),
            Self::Signed => PossibleValue::new("signed").help("[-1, 1], as tanh gives"),
        })
    }
}
