//! `list [DIR]`: the sweeps in a folder and how far their runs have come.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::table;
use crate::record::SweepPaths;
use crate::record::store;
use crate::run::RunStatus;

/// Statuses that have a column only where some run has them.
const RARE: [RunStatus; 4] =
    [RunStatus::Stopped, RunStatus::Running, RunStatus::Stale, RunStatus::Damaged];

/// Prints a row for each sweep under `dir`, and names what cannot be read or no longer fits.
///
/// # Errors
/// If `dir` cannot be read, or `out` not be written to.
pub fn run(dir: &Path, out: &mut dyn Write) -> Result<()> {
    ensure!(dir.is_dir(), "{} is not a folder", dir.display());
    let sweeps = store::list_sweeps(dir)?;
    if sweeps.is_empty() {
        writeln!(out, "no sweeps in {}", dir.display())?;
        return Ok(());
    }
    let (mut rows, mut remarks) = (Vec::new(), Vec::new());
    for sweep in &sweeps {
        match row(sweep, dir, &mut remarks) {
            Ok(row) => rows.push(row),
            Err(error) => remarks.push(format!("{error:#}")),
        }
    }
    if !rows.is_empty() {
        writeln!(out, "{}", show(&rows))?;
    }
    for remark in remarks {
        writeln!(out, "{remark}")?;
    }
    Ok(())
}

/// A sweep and how many of its runs have come how far.
struct Row {
    name: String,
    runs: usize,
    counts: BTreeMap<RunStatus, usize>,
    baseline: String,
}

fn row(sweep: &SweepPaths, dir: &Path, remarks: &mut Vec<String>) -> Result<Row> {
    let manifest = store::read_manifest(sweep)?;
    let mut counts = BTreeMap::new();
    for run in &manifest.runs {
        let state = store::run_state(sweep, run);
        if matches!(state.status, RunStatus::Stale | RunStatus::Damaged) {
            let folder = sweep.run(&run.variant, run.seed);
            remarks.push(format!("{}: {}", folder.root().display(), state.reason));
        }
        *counts.entry(state.status).or_default() += 1;
    }
    let name = sweep.root().strip_prefix(dir).context("a sweep outside its folder")?;
    let name = if name.as_os_str().is_empty() { sweep.root() } else { name };
    let name = name.display().to_string();
    Ok(Row { name, runs: manifest.runs.len(), counts, baseline: manifest.baseline })
}

fn show(rows: &[Row]) -> String {
    let shown = |status: &RunStatus| {
        !RARE.contains(status) || rows.iter().any(|row| row.counts.contains_key(status))
    };
    let statuses: Vec<RunStatus> = RunStatus::ALL.into_iter().filter(shown).collect();
    let words = statuses.iter().map(|status| status.word());
    let header = ["sweep", "runs"].into_iter().chain(words).chain(["baseline"]);
    let header: Vec<String> = header.map(str::to_owned).collect();
    let row = |row: &Row| {
        let count = |s: &RunStatus| row.counts.get(s).map_or("-".to_owned(), usize::to_string);
        let mut cells = vec![row.name.clone(), row.runs.to_string()];
        cells.extend(statuses.iter().map(count));
        cells.push(row.baseline.clone());
        cells
    };
    let numbers = 1..header.len() - 1;
    table::plain(header, rows.iter().map(row), numbers)
}
