//! `cgan-sweep lights RUN|SWEEP`: the lights of runs again, with other thresholds if asked.

use super::exit::Usage;
use super::table;
use crate::cli::LightsArgs;
use crate::files::read_table;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use crate::health::{History, Light, State, Thresholds, lights};
use crate::model::Model;
use crate::record::{DataRecord, RunPaths, store, walked};
use crate::spec::{closest, parse_settings};

/// Judges runs by what they recorded, and shows a table for each. Nothing in their folders changes.
///
/// # Errors
/// If a folder holds no run, a record cannot be read, or a threshold is wrong.
pub(super) fn run(model: &dyn Model, args: &LightsArgs, out: &mut dyn Write) -> Result<()> {
    changed(Thresholds::default(), &args.set)?;
    for dir in &args.dirs {
        let runs = runs(dir)?;
        ensure!(!runs.is_empty(), "{} holds no run: no metrics.csv in it", dir.display());
        for paths in runs {
            let judged = evaluator(model, &paths, &args.set)
                .with_context(|| format!("cannot score run {}", paths.root().display()))?;
            writeln!(out, "{}\n{}\n", paths.root().display(), table(&judged))?;
        }
    }
    Ok(())
}

/// The run in this folder, or those in the folders below.
fn runs(dir: &Path) -> Result<Vec<RunPaths>> {
    let mut runs = Vec::new();
    for entry in WalkDir::new(dir).sort_by_file_name() {
        let entry = walked(entry)?;
        if entry.file_name() == "metrics.csv"
            && let Some(folder) = entry.path().parent()
        {
            runs.push(RunPaths::at(folder));
        }
    }
    Ok(runs)
}

fn evaluator(model: &dyn Model, paths: &RunPaths, set: &[String]) -> Result<Vec<Light>> {
    let settings = paths.settings();
    let text = std::fs::read_to_string(&settings)
        .with_context(|| format!("cannot read {}", settings.display()))?;
    let settings = parse_settings(&settings.display().to_string(), &text, model.schema())?;
    let thresholds = changed(model.thresholds(&settings), set)?;
    let history = History::read(&read_table(&paths.metrics_csv())?);
    let outcome = store::read_outcome(paths)?;
    let scores = store::read_scores(paths)?;
    let classes = DataRecord::of_run(paths, &settings.data)?.classes;
    Ok(lights(&history, outcome.as_ref(), scores.as_ref(), classes, &thresholds))
}

/// The thresholds with these changes, each `name=value`.
fn changed(thresholds: Thresholds, set: &[String]) -> Result<Thresholds> {
    let mut table = toml::Table::try_from(&thresholds)?;
    for change in set {
        let (name, value) = change
            .split_once('=')
            .ok_or_else(|| Usage(format!("--set {change}: no NAME=VALUE")))?;
        let (name, value) = (name.trim(), value.trim());
        let names: Vec<&str> = table.keys().map(String::as_str).collect();
        if !names.contains(&name) {
            let meant = closest(name, names.iter().copied())
                .map_or(format!("there are {}", names.join(", ")), |m| {
                    format!("did you mean `{m}`?")
                });
            return Err(Usage(format!("no threshold `{name}`; {meant}")).into());
        }
        let (number, wanted) = match table[name] {
            toml::Value::Integer(_) => (
                // u32: the most that every machine's `usize` holds.
                value.parse().ok().map(|n: u32| toml::Value::Integer(n.into())),
                "a whole number from 0 to 4,294,967,295",
            ),
            _ => (
                value.parse().ok().filter(|x: &f64| x.is_finite()).map(toml::Value::Float),
                "a finite number",
            ),
        };
        let number = number
            .ok_or_else(|| Usage(format!("threshold `{name}` must be {wanted}, not {value:?}")))?;
        table.insert(name.to_owned(), number);
    }
    table.try_into().context("thresholds")
}

fn table(lights: &[Light]) -> String {
    let header = table::header(["", "light", "since epoch", "value", "threshold", "signal"]);
    let row = |light: &Light| {
        let number = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:.4}"));
        vec![
            match light.state {
                State::Unknown => "?",
                State::Ok => "ok",
                State::Warn => "WARN",
                State::Fail => "FAIL",
            }
            .to_owned(),
            light.name.clone(),
            light.since.map_or_else(String::new, |epoch| epoch.to_string()),
            number(light.value),
            number(light.threshold),
            light.reason.clone(),
        ]
    };
    table::plain(header, lights.iter().map(row), 2..5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(change: &str) -> String {
        match changed(Thresholds::default(), &[change.to_owned()]) {
            Ok(thresholds) => format!("{thresholds:?}"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn thresholds_can_be_changed_and_mistakes_say_what_is_wrong() {
        assert_eq!(
            set("gap = 0.95"),
            format!("{:?}", Thresholds { gap: 0.95, ..Default::default() })
        );
        assert_eq!(
            set("patience=3"),
            format!("{:?}", Thresholds { patience: 3, ..Default::default() })
        );
        let lines =
            ["gap", "gapp=1", "colour=1", "gap=wide", "gap=nan", "patience=-1", "patience=1.5"];
        insta::assert_snapshot!(lines.map(set).join("\n"));
    }
}
