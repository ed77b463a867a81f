//! `list [DIR]`: the sweeps in a folder and where their runs stand.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::record::SweepPaths;
use crate::record::store::{self, RunState};
use crate::run::OutcomeKind;

const HEADINGS: [&str; 8] =
    ["sweep", "runs", "completed", "diverged", "failed", "interrupted", "missing", "baseline"];

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
    let mut rows = vec![HEADINGS.map(str::to_owned).to_vec()];
    let mut remarks = Vec::new();
    for sweep in &sweeps {
        match row(sweep, dir, &mut remarks) {
            Ok(row) => rows.push(row),
            Err(error) => remarks.push(format!("{error:#}")),
        }
    }
    if rows.len() > 1 {
        write_table(&rows, out)?;
    }
    for remark in remarks {
        writeln!(out, "{remark}")?;
    }
    Ok(())
}

fn row(sweep: &SweepPaths, dir: &Path, remarks: &mut Vec<String>) -> Result<Vec<String>> {
    let manifest = store::read_manifest(sweep)?;
    // Completed, diverged, failed, interrupted, missing.
    let mut counts = [0usize; 5];
    for run in &manifest.runs {
        let place = match store::run_state(sweep, run) {
            RunState::Ended(outcome) => match outcome.kind {
                OutcomeKind::Completed => 0,
                OutcomeKind::Diverged => 1,
                OutcomeKind::Failed => 2,
                OutcomeKind::Interrupted => 3,
            },
            // Without an outcome a run is training now, or was killed.
            RunState::Begun => 3,
            RunState::Missing => 4,
            RunState::Stale => {
                let folder = sweep.run(&run.variant, run.seed);
                let folder = folder.root().display();
                remarks.push(format!("{folder} holds a run of other settings, data or trainer"));
                4
            }
            RunState::Damaged(why) => {
                remarks.push(why);
                4
            }
        };
        counts[place] += 1;
    }
    let name = sweep.root().strip_prefix(dir).context("a sweep outside its folder")?;
    let name = if name.as_os_str().is_empty() { sweep.root() } else { name };
    let mut row = vec![name.display().to_string(), manifest.runs.len().to_string()];
    row.extend(counts.iter().map(|&n| if n == 0 { "-".to_owned() } else { n.to_string() }));
    row.push(manifest.baseline);
    Ok(row)
}

/// Writes rows with columns as wide as their widest cell; numbers to the right.
fn write_table(rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let last = HEADINGS.len() - 1;
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
