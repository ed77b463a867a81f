//! Whether a sweep's folder holds another experiment that has the same name by chance.
//!
//! A file that is edited stays the same experiment, wherever it is moved, as long as it asks the same
//! question or loses no run. Another file with another question is another experiment: its plan
//! would silently take the place of the first one's, and the first one's runs would be in no report.

use std::path::Path;

use anyhow::Result;

use crate::record::{Manifest, SweepPaths, store, write_whole};

/// What to say if the folder holds another experiment than the one in `file`.
pub(super) fn other_experiment(plan: &Manifest, paths: &SweepPaths, file: &Path) -> Option<String> {
    let found = store::read_manifest(paths).ok()?;
    let source = std::fs::read_to_string(paths.source()).ok();
    if found.question == plan.question || source.is_some() && source == place(file) {
        return None;
    }
    let begun = |variant: &str, seed| paths.run(variant, seed).root().exists();
    let lost = found.runs.iter().filter(|run| !plan.runs.contains(run));
    let lost = lost.filter(|run| begun(&run.variant, run.seed)).count();
    (lost > 0).then(|| {
        format!(
            "{} holds another experiment, which asks {:?}; its runs that this one does not have: \
             {lost}\nnothing was trained. Another name for {} or another `--runs-dir` keeps both; \
             `--replace` puts this plan and its report in the place of that one's\n",
            paths.root().display(),
            found.question,
            file.display()
        )
    })
}

/// Remembers which file was planned here.
pub(super) fn remember(paths: &SweepPaths, file: &Path) -> Result<()> {
    match place(file) {
        Some(place) => Ok(write_whole(&paths.source(), place.as_bytes())?),
        None => Ok(()),
    }
}

fn place(file: &Path) -> Option<String> {
    Some(file.canonicalize().ok()?.to_string_lossy().into_owned())
}
