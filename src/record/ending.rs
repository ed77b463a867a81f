//! How the records of a run end: pictures of the whole of it, checksums, and last the outcome.

use std::collections::BTreeMap;

use super::clear::remove_but;
use super::contents::FileState;
use super::lease::Lease;
use super::plots::{self, Plot};
use super::{RunPaths, RunRecord, disk, format, pictures, store, sums};
use crate::error::Result;
use crate::files::read_table;
use crate::model::Model;
use crate::plan::Run;
use crate::run::{Outcome, OutcomeKind};

/// Writes the checksums and then the outcome.
pub(super) fn publish(
    paths: &RunPaths,
    lease: Option<&Lease>,
    known: &BTreeMap<String, FileState>,
    outcome: &Outcome,
    sync: bool,
) -> Result<()> {
    let bytes = disk::json(outcome)?;
    if outcome.kind != OutcomeKind::Interrupted {
        sums::write(paths, known, &bytes)?;
    }
    match (lease, sync) {
        (Some(lease), sync) => lease.publish(&bytes, sync),
        (None, true) => disk::write_synced(&paths.outcome(), &bytes),
        (None, false) => disk::write_whole(&paths.outcome(), &bytes),
    }
}

/// Writes down that a run failed where no recorder is left to do it: before there was one, or after
/// its process died. What the run had recorded until then stays; another run's records in its
/// folder go.
///
/// # Errors
/// If the folder cannot be written to.
pub fn record_failure(
    paths: &RunPaths,
    run: &Run,
    outcome: &Outcome,
    lease: Option<&Lease>,
) -> Result<()> {
    let record = RunRecord::from(run);
    if store::read_run(paths).ok().flatten().as_ref() != Some(&record) {
        remove_but(paths, run.model, None)?;
        disk::write_whole(&paths.settings(), run.settings_toml.as_bytes())?;
        disk::write_whole(&paths.run(), &format::to_json(&record)?)?;
    }
    let mut outcome = outcome.clone();
    if paths.metrics_csv().exists()
        && let Err(error) = draw(paths, run.model, &title(run))
    {
        outcome.reason += &format!("; its records are not complete: {error:#}");
    }
    publish(paths, lease, &BTreeMap::new(), &outcome, true)
}

/// How pictures call a run.
pub(super) fn title(run: &Run) -> String {
    format!("{}, seed {}", run.variant_name, run.seed)
}

/// Draws GIF and plots from what is on disk, which a resumed run shares with its earlier attempts.
pub(super) fn draw(paths: &RunPaths, model: &dyn Model, title: &str) -> Result<()> {
    pictures::write_gif(paths)?;
    let table = read_table(&paths.metrics_csv())?;
    if table.rows() == 0 {
        return Ok(());
    }
    for plot in model.plots() {
        let column = |name: &str| table.column(name).cloned().unwrap_or_default();
        let series: Vec<_> =
            plot.series.iter().map(|(label, name)| (*label, column(name))).collect();
        let svg = plots::svg(&Plot {
            title: &format!("{}: {title}", plot.title),
            axis: plot.axis,
            range: plot.range,
            series: &series,
        })?;
        disk::write_whole(&paths.plot(plot.name), svg.as_bytes())?;
    }
    Ok(())
}
