//! Files that a person asks a command to write.

use std::fs;
use std::path::{Path, PathBuf};

use super::exit::Usage;
use crate::record::RunPaths;

/// Refuses, before any work is done, a file that would take the place of what it is made from or of
/// a run's records, or whose name does not end as its content has it.
///
/// # Errors
/// A usage error that says which.
pub(super) fn check(path: &Path, endings: &[&str], sources: &[&Path]) -> Result<(), Usage> {
    let shown = path.display();
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if !endings.contains(&ending) {
        let endings = endings.iter().map(|e| format!(".{e}")).collect::<Vec<_>>().join(", ");
        let endings = match endings.rsplit_once(", ") {
            Some((most, last)) => format!("{most} or {last}"),
            None => endings,
        };
        return Err(Usage(format!("{shown} should end in {endings}")));
    }
    let same = |source: &Path| fs::canonicalize(source).ok() == fs::canonicalize(path).ok();
    if path.exists() && sources.iter().any(|source| same(source)) {
        return Err(Usage(format!("{shown} is what is read: name another file to be written")));
    }
    if let Some(run) = run_around(path) {
        let run = run.display();
        let why = format!("{shown} lies among the records of the run {run}: name a file elsewhere");
        return Err(Usage(why));
    }
    Ok(())
}

/// The run in whose folder a file would lie.
fn run_around(path: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(
        path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
    )
    .ok()?;
    let run = folder.ancestors().find(|folder| RunPaths::at(*folder).run().is_file());
    run.map(Path::to_path_buf)
}
