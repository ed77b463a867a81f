//! The program: flags, dispatch, exit code.

use std::io::Write;
use std::process::ExitCode;

use cgan_sweep::cli::Cli;
use cgan_sweep::commands::{self, Output};
use cgan_sweep::gan::Cgan;
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = Output::new(std::io::stdout());
    let done = commands::run(&Cgan, &cli, &mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match done {
        Ok(exit) => exit.into(),
        Err(error) => commands::explain(&error, &mut std::io::stderr()).into(),
    }
}
