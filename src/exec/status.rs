//! How far each run of a plan has come, by what lies in its folder, and which are trained again.

use std::collections::BTreeMap;
use std::fs;

use crate::model::Model;
use crate::plan::{Run, TRAINER_VERSION, Variant};
use crate::record::store::{self, RunState};
use crate::record::{EnvironmentRecord, RunPaths, RunRecord, SweepPaths, sums};
use crate::run::{Outcome, OutcomeKind, RunStatus};

/// Which runs are trained again though they ended.
///
/// The trainer is deterministic: a run that diverged does so again, and one that failed fails again
/// unless the program or the machine has changed. So by default both stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rerun {
    /// Those that failed.
    pub failed: bool,
    /// Those that diverged.
    pub diverged: bool,
    /// Those of other settings, data or trainer.
    pub stale: bool,
    /// Those whose records are not what they were.
    pub damaged: bool,
}

impl Rerun {
    /// Whether a run that has come so far is to be trained.
    pub fn wants(&self, status: RunStatus) -> bool {
        match status {
            // The process at work may be shutting down: runs in processes of their own write a
            // checkpoint after the sweep that started them was killed.
            RunStatus::NotStarted | RunStatus::Interrupted | RunStatus::Running => true,
            // The rule is part of the run: another one makes it stale.
            RunStatus::Completed | RunStatus::Stopped => false,
            RunStatus::Diverged => self.diverged,
            RunStatus::Failed => self.failed,
            RunStatus::Stale => self.stale,
            RunStatus::Damaged => self.damaged,
        }
    }

    /// Whether an outcome that was just found in a run's folder stands.
    pub fn keeps(&self, place: &RunPaths, run: &Run, outcome: &Outcome) -> bool {
        match store::read_run(place) {
            Ok(Some(found)) if found == RunRecord::from(run) => {
                !(self.wants(outcome.kind.into()) || self.damaged && fault(place).is_some())
            }
            Ok(Some(_)) => !self.stale,
            Ok(None) => false,
            Err(_) => !self.damaged,
        }
    }
}

/// How far a run has come, and if it is stale what has changed since. With `thorough` the records of
/// a run that ended are checked against their checksums, which takes a look at every byte.
pub fn run_state(sweep: &SweepPaths, run: &Run, variant: &Variant, thorough: bool) -> RunState {
    let place = sweep.run(&run.variant_name, run.seed);
    let state = store::run_state(sweep, &RunRecord::from(run));
    match state.status {
        status if thorough && status.has_ended() => fault(&place).map_or(state, RunState::damaged),
        RunStatus::Stale => RunState { reason: changes(&place, run, variant), ..state },
        _ => state,
    }
}

/// The first fault of a run that ended: a record that is not what it was.
fn fault(place: &RunPaths) -> Option<String> {
    match store::read_outcome(place) {
        Ok(Some(outcome)) if outcome.kind == OutcomeKind::Interrupted => return None,
        _ => {}
    }
    match sums::verify(place) {
        Ok(faults) => faults.into_iter().next(),
        Err(error) => Some(format!("{error:#}")),
    }
}

/// What is not as it was when the run in this folder was trained.
fn changes(place: &RunPaths, run: &Run, variant: &Variant) -> String {
    let mut changes = Vec::new();
    if let Ok(Some(found)) = store::read_run(place)
        && (&found.variant, found.seed) != (&run.variant_name, run.seed)
    {
        changes.push(format!("it is of {}, seed {}", found.variant, found.seed));
    }
    let written = fs::read_to_string(place.settings()).unwrap_or_default();
    let (was, is) = (flat(&written), flat(&run.settings_toml));
    let keys: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for key in keys {
        let in_key = run.model.schema().find(key).is_none_or(|id| id.setting().in_key());
        if !in_key || was.get(key) == is.get(key) {
            continue;
        }
        let or_none = |value: Option<&String>| value.map_or("not set".to_owned(), String::clone);
        changes.push(format!("{key} was {}, is {}", or_none(was.get(key)), or_none(is.get(key))));
    }
    let environment = fs::read(place.environment()).ok();
    let environment: Option<EnvironmentRecord> =
        environment.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(attempt) = environment.and_then(|e| e.attempts.last().cloned()) {
        let then = attempt.environment;
        if then.trainer_version != TRAINER_VERSION {
            changes.push(format!(
                "the trainer's version was {}, is {TRAINER_VERSION}",
                then.trainer_version
            ));
        }
        if then.data.sha256 != variant.data.hash {
            changes.push(format!("the data are no longer those of {}", then.data.name));
        }
    }
    if changes.is_empty() {
        changes.push("its key is another".to_owned());
    }
    changes.join("; ")
}

/// The settings of a run that say what is recorded and scored, which its key leaves out.
pub(super) fn recording(model: &dyn Model, settings: &str) -> BTreeMap<String, String> {
    let mut values = flat(settings);
    values.retain(|key, _| model.schema().find(key).is_some_and(|id| id.setting().only_records()));
    values
}

/// Dotted keys and values of a TOML document; empty if it is none.
fn flat(text: &str) -> BTreeMap<String, String> {
    fn add(prefix: &str, table: toml::Table, flat: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => add(&format!("{prefix}{key}."), inner, flat),
                value => drop(flat.insert(format!("{prefix}{key}"), value.to_string())),
            }
        }
    }
    let mut values = BTreeMap::new();
    add("", text.parse().unwrap_or_default(), &mut values);
    values
}
