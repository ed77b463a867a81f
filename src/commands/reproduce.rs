//! `reproduce RUN`: trains a run again from its record alone and compares.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use super::Exit;

/// Placeholder.
pub fn run(_: &Path, _: usize, _: &AtomicBool, _: &mut dyn Write) -> Result<Exit> {
    anyhow::bail!("not there yet")
}
