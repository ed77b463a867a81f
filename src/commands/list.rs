//! `list [DIR]`: the sweeps in a folder and where their runs stand.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::record::store::{self, RunState};
use crate::record::{SweepPaths, claim};
use crate::run::OutcomeKind;

/// How a run may stand, in the order of the table.
const STATES: [&str; 8] =
    ["completed", "diverged", "failed", "interrupted", "running", "missing", "stale", "damaged"];
/// Those that have a column only where some run stands so.
const RARE: [&str; 3] = ["running", "stale", "damaged"];

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
        write_table(&table(&rows), out)?;
    }
    for remark in remarks {
        writeln!(out, "{remark}")?;
    }
    Ok(())
}

/// A sweep and how many of its runs stand how.
struct Row {
    name: String,
    runs: usize,
    counts: BTreeMap<&'static str, usize>,
    baseline: String,
}

fn row(sweep: &SweepPaths, dir: &Path, remarks: &mut Vec<String>) -> Result<Row> {
    let manifest = store::read_manifest(sweep)?;
    let mut counts = BTreeMap::new();
    for run in &manifest.runs {
        let place = sweep.run(&run.variant, run.seed);
        let running = || claim::owner(&place).is_ok_and(|owner| owner.is_some());
        let state = match store::run_state(sweep, run) {
            RunState::Ended(outcome) => match outcome.kind {
                OutcomeKind::Completed => "completed",
                OutcomeKind::Diverged => "diverged",
                OutcomeKind::Failed => "failed",
                OutcomeKind::Interrupted => "interrupted",
            },
            RunState::Begun | RunState::Missing if running() => "running",
            RunState::Begun => "interrupted",
            RunState::Missing => "missing",
            RunState::Stale => {
                let folder = place.root().display();
                remarks.push(format!("{folder} holds a run of other settings, data or trainer"));
                "stale"
            }
            RunState::Damaged(why) => {
                remarks.push(why);
                "damaged"
            }
        };
        *counts.entry(state).or_default() += 1;
    }
    let name = sweep.root().strip_prefix(dir).context("a sweep outside its folder")?;
    let name = if name.as_os_str().is_empty() { sweep.root() } else { name };
    let name = name.display().to_string();
    Ok(Row { name, runs: manifest.runs.len(), counts, baseline: manifest.baseline })
}

/// Headings and cells.
fn table(rows: &[Row]) -> Vec<Vec<String>> {
    let shown = |state: &&&str| {
        !RARE.contains(state) || rows.iter().any(|row| row.counts.contains_key(**state))
    };
    let states: Vec<&str> = STATES.iter().filter(shown).copied().collect();
    let headings = ["sweep", "runs"].into_iter().chain(states.iter().copied()).chain(["baseline"]);
    let mut table = vec![headings.map(str::to_owned).collect()];
    for row in rows {
        let count = |state: &&str| row.counts.get(state).map_or("-".to_owned(), usize::to_string);
        let mut cells = vec![row.name.clone(), row.runs.to_string()];
        cells.extend(states.iter().map(count));
        cells.push(row.baseline.clone());
        table.push(cells);
    }
    table
}

/// Writes rows with columns as wide as their widest cell; numbers to the right.
fn write_table(rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let last = rows[0].len() - 1;
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            line += &match column {
                0 => format!("{cell:width$}"),
                _ if column == last => format!("  {cell}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
