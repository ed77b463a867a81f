//! Sets curves of ours beside those of the article's own program, prints the table of
//! `docs/parity.md`, and fails if a mean lies outside of what is allowed.
//!
//! `cargo run --release --example parity -- runs/parity/base/seed-*/loss.csv`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use self::curves::{Comparison, compare, curves, table};

#[path = "../tests/it/parity/curves.rs"]
mod curves;

/// Compare loss.csv files with the article's curves.
#[derive(Parser)]
struct Args {
    /// A `loss.csv` of each seed.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The curves to compare with.
    #[arg(long, default_value = "tests/data/article_curves.csv")]
    reference: PathBuf,
}

#[expect(clippy::print_stdout, reason = "an example's result")]
fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let read = |path: &PathBuf| curves(Path::new(path));
    let ours = args.files.iter().map(read).collect::<Result<Vec<_>>>()?.concat();
    let rows = compare(&read(&args.reference)?, &ours)?;
    let outside = rows.iter().filter(|row| !row.inside()).count();
    println!("{}", table(&rows));
    println!(
        "{} seeds, {} values: {outside} outside of the reference range widened by its own width",
        ours.len(),
        rows.len(),
    );
    Ok(if rows.iter().all(Comparison::inside) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
