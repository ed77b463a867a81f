//! Which runs of a sweep are needed, where seeds are added or a search goes by rungs.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::plan::{Plan, Run};
use crate::record::{Manifest, SweepPaths, store};
use crate::report;
use crate::run::RunStatus;

/// What is said of a run that was never begun, and that no look or rung has asked for.
pub(super) const NOT_NEEDED: &str = "not needed";

/// How a run stands, in a word or two.
pub(super) fn word(status: RunStatus, needed: bool) -> &'static str {
    if status == RunStatus::NotStarted && !needed { NOT_NEEDED } else { status.word() }
}

/// The runs that are needed, as far as the records tell by now, by variant and seed; all are where
/// seeds are fixed and nothing is searched.
pub(super) struct Needed {
    runs: Option<BTreeSet<(usize, u64)>>,
    decided: usize,
}

impl Needed {
    /// As [`of`](Self::of), where the folder may be empty or hold another plan: then all are.
    pub(super) fn of_found(paths: &SweepPaths, plan: &Plan) -> Result<Self> {
        let asked = Manifest::from(plan);
        let is_this = |found: &Manifest| found.runs == asked.runs && found.looks == asked.looks;
        if store::read_manifest(paths).is_ok_and(|found| is_this(&found)) {
            Self::of(paths, plan)
        } else {
            Ok(Self { runs: None, decided: 0 })
        }
    }

    /// Of the sweep in a folder in which this plan lies.
    ///
    /// # Errors
    /// If its records cannot be read.
    pub(super) fn of(paths: &SweepPaths, plan: &Plan) -> Result<Self> {
        let rounds = if plan.has_rounds() { report::rounds(paths.root())? } else { None };
        let Some(rounds) = rounds else { return Ok(Self { runs: None, decided: 0 }) };
        let runs = plan.runs.iter().zip(&rounds.needed).filter(|(_, needed)| **needed);
        let runs = runs.map(|(run, _)| (run.variant, run.seed)).collect();
        Ok(Self { runs: Some(runs), decided: rounds.decided })
    }

    /// Looks or rungs that were decided.
    pub(super) fn decided(&self) -> usize {
        self.decided
    }

    /// Whether this run is one.
    pub(super) fn has(&self, run: &Run) -> bool {
        self.runs.as_ref().is_none_or(|needed| needed.contains(&(run.variant, run.seed)))
    }
}
