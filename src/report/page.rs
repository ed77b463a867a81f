//! One file of a report.

use std::fs;
use std::path::Path;

use anyhow::Context;

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its path under the sweep's folder, with `/` between the parts.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Writes aside and renames, so that a reader meets the old file or the new one.
pub(super) fn publish(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    let name = path.file_name().context("a file has a name")?.to_string_lossy();
    let aside = folder.join(format!(".{name}.{}.part", std::process::id()));
    // Not forced to the disk: what a power cut takes, `--check` sees and the records give again.
    let done = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    if done.is_err() {
        let _ = fs::remove_file(&aside);
    }
    Ok(done?)
}
