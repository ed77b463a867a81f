//! `reproduce RUN`: trains a run again from its record alone and compares, bit by bit.

use crate::files::read_table;
use crate::text::count;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, ensure};

use super::exit::Exit;
use super::one;
use super::training::SCORERS;
use crate::data::DataCache;
use crate::exec::Scheduler;
use crate::files::NumberTable;
use crate::model::Model;
use crate::record::store;
use crate::record::{
    Clock, Environment, EnvironmentRecord, RunPaths, RunRecorder, read_weights, sums,
};
use crate::run::NamedTensor;
use crate::run::{Outcome, OutcomeKind};
use crate::score::{ReferenceCache, RunEvaluator};

use crate::train::train;

/// Trains the run in `folder` again in a temporary place and says whether it is the same, or what
/// differs first.
///
/// # Errors
/// If the record cannot be read or the training not be carried out.
pub(super) fn run(
    model: &'static dyn Model,
    folder: &Path,
    threads: usize,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let recorded = RunPaths::at(folder);
    let record = store::read_run(&recorded)?
        .with_context(|| format!("{} holds no run", folder.display()))?;
    let outcome = store::read_outcome(&recorded)?.with_context(|| {
        format!("{} has no outcome yet: there is nothing to compare with", folder.display())
    })?;
    ensure!(
        matches!(
            outcome.kind,
            OutcomeKind::Completed | OutcomeKind::Diverged | OutcomeKind::Stopped
        ),
        "the run in {} is {}: there is no result to compare with",
        folder.display(),
        format!("{:?}", outcome.kind).to_lowercase()
    );
    for fault in sums::verify(&recorded)? {
        writeln!(out, "note: {fault}")?;
    }
    let library = DataCache::default();
    let plan = one::frozen(model, &recorded.settings(), &record.variant, record.seed, &library)?;
    let run = &plan.runs[0];
    let data = library.get(&run.settings.data)?;
    let here = Environment::gather(&data);
    for change in changes(&recorded, &here) {
        writeln!(out, "note: {change}")?;
    }
    if run.key != record.key {
        writeln!(out, "note: its key was {}, and is {} now", record.key, run.key)?;
    }
    writeln!(out, "training {}, seed {} again", record.variant, record.seed)?;
    out.flush()?;

    let place = tempfile::Builder::new().prefix("cgan-sweep-reproduce-").tempdir()?;
    let again = RunPaths::at(place.path().join("run"));
    let mut recorder = RunRecorder::create(again.clone(), run, &here, Clock::system())?;
    // A scorer made for the run's data lies beside its sweep.
    let scorers = folder.ancestors().nth(3).unwrap_or(place.path()).join(SCORERS);
    let references = ReferenceCache::new(scorers);
    let repeated = Scheduler::alone(threads, || {
        let mut evaluator = RunEvaluator::new(run, Arc::clone(&data), &references);
        let mut network = run.model.start(&run.settings, run.seed, &data);
        train(run, &data, network.as_mut(), None, Some(&mut evaluator), &mut recorder, stop)
    })??;
    if repeated.kind == OutcomeKind::Interrupted {
        writeln!(out, "interrupted: nothing was compared")?;
        return Ok(Exit::Interrupted);
    }
    match first_difference(&recorded, &again, &outcome, &repeated)? {
        None => {
            writeln!(out, "identical")?;
            Ok(Exit::Completed)
        }
        Some(difference) => {
            writeln!(out, "different: {difference}")?;
            Ok(Exit::RunFailed)
        }
    }
}

/// What is not as it was when the run was recorded, and may change its bits.
fn changes(recorded: &RunPaths, here: &Environment) -> Vec<String> {
    let record: Result<EnvironmentRecord> = std::fs::read(recorded.environment())
        .map_err(anyhow::Error::from)
        .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
    let attempts = match record {
        Ok(record) => record.attempts,
        Err(error) => return vec![format!("its environment record cannot be read: {error:#}")],
    };
    let mut changes = Vec::new();
    let mut compare = |what: &str, then: String, now: String| {
        let change = format!("{what} was {then}, and is {now} now");
        if then != now && !changes.contains(&change) {
            changes.push(change);
        }
    };
    for then in attempts.iter().map(|attempt| &attempt.environment) {
        let version = |e: &Environment| e.trainer_version.to_string();
        compare("the trainer's version", version(then), version(here));
        compare("the SHA-256 of the data", then.data.sha256.clone(), here.data.sha256.clone());
        let features = |e: &Environment| e.cpu_features.join(" ");
        compare("the set of CPU features", features(then), features(here));
        let program = |e: &Environment| {
            let commit = e.git_commit.as_deref().unwrap_or("unknown");
            let dirty = if e.git_dirty { ", with changes" } else { "" };
            format!("{} ({commit}{dirty})", e.program_version)
        };
        compare("the program", program(then), program(here));
        compare("the compiler", then.rustc.clone(), here.rustc.clone());
    }
    changes
}

/// The first epoch and metric that differ, then the first weights, then anything else.
fn first_difference(
    recorded: &RunPaths,
    again: &RunPaths,
    outcome: &Outcome,
    repeated: &Outcome,
) -> Result<Option<String>> {
    let tables = [read_table(&recorded.metrics_csv())?, read_table(&again.metrics_csv())?];
    let metric = first_metric(&tables[0], &tables[1]);
    let tensor = first_tensor(recorded, again)?;
    if metric.is_some() || tensor.is_some() {
        let parts: Vec<String> = metric.into_iter().chain(tensor).collect();
        return Ok(Some(parts.join("; ")));
    }
    if outcome != repeated {
        return Ok(Some(format!("the outcome was {outcome:?}, and is {repeated:?}")));
    }
    // What is left must be equal as bytes.
    for (name, sum) in sums::Sums::read(&again.sums())?.iter() {
        let bytes = std::fs::read(recorded.root().join(name)).unwrap_or_default();
        if crate::record::FileState::of(&bytes).sha256 != sum {
            return Ok(Some(format!("{name} differs")));
        }
    }
    Ok(None)
}

fn first_metric(was: &NumberTable, is: &NumberTable) -> Option<String> {
    for row in 0..was.rows().min(is.rows()) {
        for (name, values) in &was.columns {
            let Some(others) = is.column(name) else { continue };
            let (a, b) = (values[row], others[row]);
            if a.to_bits() != b.to_bits() {
                return Some(format!(
                    "epoch {row}, {name} was {a:?}, and is {b:?} (by {:e})",
                    (a - b).abs()
                ));
            }
        }
    }
    (was.rows() != is.rows())
        .then(|| format!("there were {}, and are {}", count(was.rows(), "epoch"), is.rows()))
}

fn first_tensor(recorded: &RunPaths, again: &RunPaths) -> Result<Option<String>> {
    for (epochs, path) in store::weights(again)? {
        let other = match epochs {
            Some(epochs) => recorded.weights(epochs),
            None => recorded.last_weights(),
        };
        if !other.exists() {
            continue;
        }
        let at = epochs
            .map_or("at the end".to_owned(), |n| format!("after {}", count(n as usize, "epoch")));
        for (was, is) in read_weights(&other)?.iter().zip(&read_weights(&path)?) {
            if let Some(difference) = tensor_difference(was, is) {
                return Ok(Some(format!("{at}, {difference}")));
            }
        }
    }
    Ok(None)
}

fn tensor_difference(was: &NamedTensor<'_>, is: &NamedTensor<'_>) -> Option<String> {
    if (&was.name, &was.shape) != (&is.name, &is.shape) {
        return Some(format!("tensor {} was {} of shape {:?}", is.name, was.name, was.shape));
    }
    let pairs = || was.values.iter().zip(is.values.iter());
    let differs = |(a, b): &(&f32, &f32)| a.to_bits() != b.to_bits();
    let count = pairs().filter(differs).count();
    let largest = pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    (count > 0).then(|| {
        let all = was.values.len();
        format!("tensor {} differs in {count} of {all} values, by at most {largest:e}", was.name)
    })
}
