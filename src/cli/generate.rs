//! `generate`.

use std::path::PathBuf;

use clap::Args;

/// Flags of `generate`.
#[derive(Clone, Debug, Args)]
pub struct GenerateArgs {
    /// The folder of a completed run, such as runs/tuned/base/seed-31
    #[arg(value_name = "RUN")]
    pub run: PathBuf,

    /// Only this class, by label or name, such as 7 or boot; by default every class
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub label: Option<String>,

    /// Images of the class
    #[arg(
        long,
        value_name = "N",
        default_value_t = 64,
        requires = "label",
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub count: u32,

    /// Images of each class, where no class is named
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10,
        conflicts_with = "label",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub per_class: u32,

    /// Noise to start from; the same seed gives the same images
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub seed: u64,

    /// Walk in a straight line from one noise to another, in as many images as are asked for
    #[arg(long)]
    pub interpolate: bool,

    /// Where to write: .png a picture, .npy an array [n, height, width] of floats,
    /// .safetensors images, labels and noise
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}
