//! `completions SHELL` and `man DIR`: what a shell and `man` want to know of the command line.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;

use super::exit::Exit;

/// The completions of the program for a shell.
///
/// # Errors
/// If `out` cannot be written to.
pub(super) fn completions(mut cli: Command, shell: Shell, out: &mut dyn Write) -> Result<Exit> {
    let name = cli.get_name().to_owned();
    // The generator panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli, name, &mut script);
    out.write_all(&script)?;
    Ok(Exit::Completed)
}

/// One page for the program and one for each of its commands, such as `cgan-sweep-plan.1`.
///
/// # Errors
/// If the folder cannot be made or written to.
pub(super) fn man(cli: Command, dir: &Path, out: &mut dyn Write) -> Result<Exit> {
    let cannot = || format!("cannot write manual pages to {}", dir.display());
    std::fs::create_dir_all(dir).with_context(cannot)?;
    clap_mangen::generate_to(cli, dir).with_context(cannot)?;
    writeln!(out, "manual pages: {}", dir.display())?;
    Ok(Exit::Completed)
}
