//! What lies in a folder.

use crate::error::{Context, Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::DirEntry;

/// What lies in a folder; nothing if there is no folder.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            entries => entries?.map(|entry| Ok(entry?.path())).collect(),
        }
    };
    list().with_context(|| format!("cannot list {}", folder.display()))
}

/// Epochs of the `epoch-<n>.<extension>` files in a folder, in ascending order; none if there is no
/// folder.
pub(super) fn epochs_in(folder: &Path, extension: &str) -> Result<Vec<u64>> {
    let epoch = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix(extension)?.strip_suffix('.')?;
        stem.strip_prefix("epoch-")?.parse().ok()
    };
    let mut epochs: Vec<u64> = list(folder)?.iter().filter_map(epoch).collect();
    epochs.sort_unstable();
    Ok(epochs)
}

/// What a walk through a folder came upon.
///
/// # Errors
/// If it could not be listed: which folder, and why. What walkdir says itself names it twice.
pub(crate) fn walked(entry: walkdir::Result<DirEntry>) -> Result<DirEntry> {
    entry.map_err(|error| {
        let path = error.path().unwrap_or(Path::new("")).display().to_string();
        match error.into_io_error() {
            Some(error) => Error::Io { tried: format!("cannot list {path}"), source: error },
            None => Error::invalid(format!("cannot list {path}: its links lead in a circle")),
        }
    })
}
