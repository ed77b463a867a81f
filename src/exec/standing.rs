//! Where each run of a plan stands, by what lies in its folder, and what is to be done about it.

use std::collections::BTreeMap;
use std::fs;

use crate::plan::{Run, TRAINER_VERSION, Variant};
use crate::record::claim;
use crate::record::store::{self, RunState};
use crate::record::{EnvironmentRecord, Process, RunPaths, RunRecord, SweepPaths, sums};
use crate::run::{Outcome, OutcomeKind};

/// Where a run of a plan stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nothing of it is there.
    New,
    /// Trained to its end.
    Completed,
    /// Stopped being finite, or failed: where and why.
    Ended(Outcome),
    /// Begun and not ended; it goes on from its last checkpoint.
    Resumable,
    /// This process is training it.
    Running(Process),
    /// Its folder holds a run of another key; what has changed since.
    Stale(String),
    /// Its records cannot be used; why.
    Damaged(String),
}

impl Standing {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Completed => "completed",
            Self::Ended(outcome) if outcome.kind == OutcomeKind::Diverged => "diverged",
            Self::Ended(_) => "failed",
            Self::Resumable => "resumable",
            Self::Running(_) => "running",
            Self::Stale(_) => "stale",
            Self::Damaged(_) => "damaged",
        }
    }

    /// Why, where the word does not say it all.
    pub fn why(&self) -> String {
        match self {
            Self::Ended(outcome) => outcome.reason.clone(),
            Self::Stale(why) | Self::Damaged(why) => why.clone(),
            Self::Running(process) => process.describe(),
            Self::New | Self::Completed | Self::Resumable => String::new(),
        }
    }
}

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
    /// Whether a run that stands so is to be trained.
    pub fn wants(&self, standing: &Standing) -> bool {
        match standing {
            // Whoever is at it may be about to leave: a run in a process of its own ends its step
            // and writes a checkpoint after the sweep that started it was killed.
            Standing::New | Standing::Resumable | Standing::Running(_) => true,
            Standing::Completed => false,
            Standing::Ended(outcome) => self.again(outcome.kind),
            Standing::Stale(_) => self.stale,
            Standing::Damaged(_) => self.damaged,
        }
    }

    fn again(&self, kind: OutcomeKind) -> bool {
        match kind {
            OutcomeKind::Completed => false,
            OutcomeKind::Diverged => self.diverged,
            OutcomeKind::Failed => self.failed,
            OutcomeKind::Interrupted => true,
        }
    }

    /// Whether an outcome that was just found in a run's folder stands.
    pub(super) fn keeps(&self, place: &RunPaths, run: &Run, outcome: &Outcome) -> bool {
        match store::read_run(place) {
            Ok(Some(found)) if found == RunRecord::from(run) => {
                !(self.again(outcome.kind) || self.damaged && fault(place).is_some())
            }
            Ok(Some(_)) => !self.stale,
            Ok(None) => false,
            Err(_) => !self.damaged,
        }
    }
}

/// Where a run stands. With `thorough` the records of a run that ended are checked against their
/// checksums, which takes a look at every byte.
pub fn standing(sweep: &SweepPaths, run: &Run, variant: &Variant, thorough: bool) -> Standing {
    let place = sweep.run(&run.variant_name, run.seed);
    let owner = || claim::owner(&place).ok().flatten().map(|(process, _)| process);
    match store::run_state(sweep, &RunRecord::from(run)) {
        RunState::Missing => owner().map_or(Standing::New, Standing::Running),
        RunState::Begun => owner().map_or(Standing::Resumable, Standing::Running),
        RunState::Ended(_) if thorough && let Some(fault) = fault(&place) => {
            Standing::Damaged(fault)
        }
        RunState::Ended(outcome) => match outcome.kind {
            OutcomeKind::Completed => Standing::Completed,
            OutcomeKind::Interrupted => Standing::Resumable,
            OutcomeKind::Diverged | OutcomeKind::Failed => Standing::Ended(outcome),
        },
        RunState::Stale => Standing::Stale(changes(&place, run, variant)),
        RunState::Damaged(why) => Standing::Damaged(why),
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
        // As in the key: what is recorded and where the images lie changes no result.
        if key.starts_with("record.") || key == "data.dir" || was.get(key) == is.get(key) {
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
