//! A run's folder is cleared before it is trained in again.

use std::path::PathBuf;

use super::listing::{epochs_in, list};
use super::{Positions, RunPaths, disk};
use crate::error::Result;
use crate::model::Model;

/// Removes what an earlier attempt wrote: all of it, or all but what `kept` knows. The outcome goes
/// first, so that no folder looks complete while it is being emptied.
pub(super) fn remove_but(
    paths: &RunPaths,
    model: &dyn Model,
    kept: Option<&Positions>,
) -> Result<()> {
    let mut known = vec![
        paths.outcome(),
        paths.sums(),
        paths.sums_apart(),
        paths.last_weights(),
        paths.samples_gif(),
        paths.scores(),
        paths.lights(),
    ];
    known.extend(model.plots().iter().map(|plot| paths.plot(plot.name)));
    if kept.is_none() {
        known.extend([paths.run(), paths.settings(), paths.environment(), paths.reused()]);
        known.extend([paths.checkpoint(), paths.previous_checkpoint()]);
        known.extend([paths.loss_csv(), paths.metrics_csv(), paths.timing_csv(), paths.events()]);
    }
    for epoch in epochs_in(&paths.samples_dir(), "png")? {
        known.push(paths.samples(epoch));
    }
    for epoch in epochs_in(&paths.weights_dir(), "safetensors")? {
        known.push(paths.weights(epoch));
    }
    let is_kept = |path: &PathBuf| kept.is_some_and(|p| p.files.contains_key(&paths.name(path)));
    for path in known.iter().filter(|path| !is_kept(path)) {
        disk::remove(path)?;
    }
    for folder in [paths.root().to_owned(), paths.samples_dir(), paths.weights_dir()] {
        for entry in list(&folder)? {
            if entry.file_name().is_some_and(|name| disk::is_part(&name.to_string_lossy())) {
                disk::remove(&entry)?;
            }
        }
    }
    Ok(())
}
