//! `list [DIR]`: the sweeps of a folder, with the state of their runs.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};

use super::Exit;
use crate::record::store::{RunState, list_sweeps, read_manifest, run_state};
use crate::train::OutcomeKind;

pub(super) fn run(dir: &Path, out: &mut dyn Write) -> Result<Exit> {
    std::fs::metadata(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let sweeps = list_sweeps(dir)?;
    if sweeps.is_empty() {
        writeln!(out, "no sweeps in {}", dir.display())?;
        return Ok(Exit::Completed);
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["sweep", "runs", "completed", "other", "question"]);
    for sweep in &sweeps {
        let shown = sweep.root().display().to_string();
        let manifest = match read_manifest(sweep) {
            Ok(manifest) => manifest,
            Err(error) => {
                table.add_row([shown, String::new(), String::new(), format!("{error:#}")]);
                continue;
            }
        };
        let states: Vec<RunState> = manifest.runs.iter().map(|r| run_state(sweep, r)).collect();
        let count = |name: &str| states.iter().filter(|s| state_name(s) == name).count();
        let other: Vec<String> =
            ["diverged", "failed", "interrupted", "begun", "missing", "stale", "damaged"]
                .iter()
                .map(|name| (name, count(name)))
                .filter(|(_, n)| *n > 0)
                .map(|(name, n)| format!("{n} {name}"))
                .collect();
        table.add_row([
            shown,
            states.len().to_string(),
            count("completed").to_string(),
            other.join(", "),
            manifest.question.trim().to_owned(),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for number in [1, 2] {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(Exit::Completed)
}

fn state_name(state: &RunState) -> &'static str {
    match state {
        RunState::Ended(outcome) => match outcome.kind {
            OutcomeKind::Completed => "completed",
            OutcomeKind::Diverged => "diverged",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Interrupted => "interrupted",
        },
        RunState::Begun => "begun",
        RunState::Missing => "missing",
        RunState::Stale => "stale",
        RunState::Damaged(_) => "damaged",
    }
}
