//! `list [DIR]`: the sweeps in a folder and how far their runs have come.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::needed::{NOT_NEEDED, word};
use super::table;
use crate::record::SweepPaths;
use crate::record::store;
use crate::report;
use crate::run::RunStatus;

/// What has a column only where some run is so.
const RARE: [&str; 5] = [
    RunStatus::Stopped.word(),
    RunStatus::Running.word(),
    RunStatus::Stale.word(),
    RunStatus::Damaged.word(),
    NOT_NEEDED,
];

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
    counts: BTreeMap<&'static str, usize>,
    baseline: String,
}

fn row(sweep: &SweepPaths, dir: &Path, remarks: &mut Vec<String>) -> Result<Row> {
    let manifest = store::read_manifest(sweep)?;
    let rounds = manifest.looks.is_some() || manifest.search.is_some();
    // A sweep of which no report can be made has its row all the same.
    let rounds = if rounds { report::rounds(sweep.root()).unwrap_or_default() } else { None };
    let mut counts = BTreeMap::new();
    for (place, run) in manifest.runs.iter().enumerate() {
        let state = store::run_state(sweep, run);
        let needed = rounds.as_ref().is_none_or(|rounds| rounds.needed[place]);
        if matches!(state.status, RunStatus::Stale | RunStatus::Damaged) {
            let folder = sweep.run(&run.variant, run.seed);
            remarks.push(format!("{}: {}", folder.root().display(), state.reason));
        }
        *counts.entry(word(state.status, needed)).or_default() += 1;
    }
    let name = sweep.root().strip_prefix(dir).context("a sweep outside its folder")?;
    let name = if name.as_os_str().is_empty() { sweep.root() } else { name };
    let name = name.display().to_string();
    Ok(Row { name, runs: manifest.runs.len(), counts, baseline: manifest.baseline })
}

fn show(rows: &[Row]) -> String {
    let shown =
        |word: &&str| !RARE.contains(word) || rows.iter().any(|row| row.counts.contains_key(word));
    let words = RunStatus::ALL.into_iter().map(RunStatus::word).chain([NOT_NEEDED]);
    let words: Vec<&str> = words.filter(shown).collect();
    let header = ["sweep", "runs"].into_iter().chain(words.iter().copied()).chain(["baseline"]);
    let header: Vec<String> = header.map(str::to_owned).collect();
    let row = |row: &Row| {
        let count = |word: &&str| row.counts.get(word).map_or("-".to_owned(), usize::to_string);
        let mut cells = vec![row.name.clone(), row.runs.to_string()];
        cells.extend(words.iter().map(count));
        cells.push(row.baseline.clone());
        cells
    };
    let numbers = 1..header.len() - 1;
    table::plain(header, rows.iter().map(row), numbers)
}
