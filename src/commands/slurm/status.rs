//! `status DIR`: where each run of a sweep stands, here and on the cluster, and what to do about it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use crate::cli::StatusArgs;
use crate::commands::exit::Exit;
use crate::commands::needed::NOT_NEEDED;
use crate::commands::states::NAMED;
use crate::record::store::{self, RunState};
use crate::record::{RunRecord, SweepPaths, lease, lock};
use crate::report;
use crate::run::RunStatus;
use crate::slurm::{Cluster, Place, Position, lost};
use crate::text::{count, shell};

/// States in the order in which they are shown.
const STATES: [&str; 15] = [
    "completed",
    "diverged",
    "stopped by rule",
    "failed",
    "running",
    "waiting",
    "held",
    "stopped",
    "lost",
    "unknown",
    "begun",
    "not started",
    NOT_NEEDED,
    "stale",
    "damaged",
];
/// Those in which a run has come to its end, or is not to be begun.
const DONE: [&str; 5] = ["completed", "diverged", "stopped by rule", "failed", NOT_NEEDED];
/// Those in which the cluster has a run.
const THERE: [&str; 4] = ["running", "waiting", "held", "unknown"];
/// Those that a person should look at.
const WORRYING: [&str; 5] = ["diverged", "failed", "lost", "stale", "damaged"];

/// Where a run stands.
#[derive(Debug, Serialize)]
struct Line {
    variant: String,
    seed: u64,
    state: &'static str,
    /// Epochs recorded so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    /// The task that has or had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// The node it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// More than the word says.
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
}

/// Shows it. The exit says whether some run diverged, failed, is lost, or cannot be used.
///
/// # Errors
/// If the sweep cannot be read.
pub(in crate::commands) fn status(args: &StatusArgs, out: &mut dyn Write) -> Result<Exit> {
    let paths = SweepPaths::at(&args.dir);
    let manifest = store::read_manifest(&paths)?;
    let states: Vec<RunState> =
        manifest.runs.par_iter().map(|run| store::recorded_state(&paths, run)).collect();
    let keys = manifest.runs.iter().map(|run| (run.variant.as_str(), run.seed));
    let by_run: BTreeMap<(&str, u64), &RunState> = keys.zip(&states).collect();
    let open = |run: &RunRecord| {
        let state = by_run.get(&(run.variant.as_str(), run.seed));
        state.is_some_and(|state| !is_done(state))
    };
    let cluster = Cluster::look(&paths, &open)?;
    let lines = manifest.runs.iter().zip(states);
    let mut lines: Vec<Line> =
        lines.map(|(run, state)| line(&paths, run, state, &cluster)).collect();
    // A run that no look or rung has asked for is none that is missing.
    if let Some(rounds) = report::rounds(&args.dir)? {
        for (line, _) in lines.iter_mut().zip(&rounds.needed).filter(|(_, needed)| !**needed) {
            if line.state == RunStatus::NotStarted.word() {
                line.state = NOT_NEEDED;
            }
        }
    }
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &lines)?;
        writeln!(out)?;
    } else {
        show(&manifest.experiment, &lines, &paths, &cluster, out)?;
    }
    let worrying = lines.iter().any(|line| WORRYING.contains(&line.state));
    Ok(if worrying { Exit::RunFailed } else { Exit::Completed })
}

fn is_done(state: &RunState) -> bool {
    !matches!(state.status, RunStatus::NotStarted | RunStatus::Interrupted | RunStatus::Running)
}

fn line(paths: &SweepPaths, run: &RunRecord, state: RunState, cluster: &Cluster) -> Line {
    let RunRecord { variant, seed, .. } = run.clone();
    let mut line =
        Line { variant, seed, state: "", epochs: None, task: None, node: None, why: String::new() };
    match state.status {
        RunStatus::NotStarted => place(&mut line, None, paths, cluster),
        RunStatus::Interrupted | RunStatus::Running => {
            // Without a last word it was killed, or is at work.
            let said = state.outcome.map_or(String::new(), |outcome| outcome.reason);
            place(&mut line, Some(said), paths, cluster);
        }
        status => (line.state, line.why) = (status.word(), state.reason),
    }
    line
}

/// Where a run without an outcome is; `begun` says why it stopped, if it has begun.
fn place(line: &mut Line, begun: Option<String>, paths: &SweepPaths, cluster: &Cluster) {
    let run = paths.run(&line.variant, line.seed);
    if begun.is_some() {
        let rows = fs::read_to_string(run.timing_csv()).unwrap_or_default().lines().count();
        line.epochs = Some(rows.saturating_sub(1));
    }
    let owner = || lease::owner(&run).ok().flatten().map(|(process, _)| process.describe());
    match cluster.of(&line.variant, line.seed) {
        Some(Place::Active(position)) => active(line, begun.is_some(), owner().is_some(), position),
        Some(Place::Unknown(why)) => (line.state, line.why) = ("unknown", why.clone()),
        Some(Place::Ended(position)) => {
            line.task = Some(position.task.clone());
            match begun.filter(|why| !why.is_empty()) {
                Some(why) => (line.state, line.why) = ("stopped", why),
                None => (line.state, line.why) = ("lost", lost(position)),
            }
        }
        None => match (owner(), begun) {
            (Some(owner), _) => (line.state, line.why) = ("running", owner),
            (None, Some(why)) => (line.state, line.why) = ("begun", why),
            (None, None) => line.state = RunStatus::NotStarted.word(),
        },
    }
}

fn active(line: &mut Line, begun: bool, owned: bool, position: &Position) {
    line.task = Some(position.task.clone());
    let Some(state) = &position.state else { return };
    if let Some(stuck) = state.stuck(&position.task) {
        (line.state, line.why) = ("held", stuck);
    } else if state.waits() {
        (line.state, line.why) = ("waiting", waits_for(&state.reason));
    } else if begun && owned {
        line.node = Some(state.node.clone());
        line.state = "running";
    } else {
        // The task is at work on another of its runs, or about to begin.
        (line.state, line.why) = ("waiting", format!("in task {}", position.task));
    }
}

fn show(
    experiment: &str,
    lines: &[Line],
    paths: &SweepPaths,
    cluster: &Cluster,
    out: &mut dyn Write,
) -> Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    lines.iter().for_each(|line| *counts.entry(line.state).or_default() += 1);
    let number = |state: &str| counts.get(state).copied().unwrap_or(0);
    let told: Vec<String> = STATES
        .iter()
        .filter(|state| number(state) > 0)
        .map(|state| format!("{} {state}", number(state)))
        .collect();
    writeln!(out, "{experiment}: {}: {}", count(lines.len(), "run"), told.join(", "))?;
    let root = paths.root().display();
    for state in STATES
        .iter()
        .filter(|s| !["completed", "not started", NOT_NEEDED].contains(s) && number(s) > 0)
    {
        writeln!(out, "{state}:")?;
        for text in texts(lines, state) {
            writeln!(out, "  {}", text.replace("DIR", &root.to_string()))?;
        }
    }
    let done: usize = DONE.iter().map(|state| number(state)).sum();
    let there: usize = THERE.iter().map(|state| number(state)).sum();
    let report = cluster.active.iter().find(|s| s.is_report()).and_then(|s| s.job.as_ref());
    if done == lines.len() {
        writeln!(out, "report: cgan-sweep report {}", shell(paths.root()))?;
    } else if let Some(job) = report {
        writeln!(out, "the report is made by job {job} when the tasks have ended")?;
    }
    let left = lines.len() - done - there - number("stale") - number("damaged");
    if left > 0 {
        let source = fs::read_to_string(paths.source());
        let file = source.map_or_else(|_| "FILE".to_owned(), |file| shell(Path::new(&file)));
        let left = count(left, "run");
        if cluster.submitted {
            writeln!(out, "{left} to be submitted: cgan-sweep sweep {file} --executor slurm")?;
        } else if lock::is_held(paths) {
            writeln!(out, "{left} to come: a sweep is at work on them")?;
        } else {
            writeln!(out, "{left} to be trained: cgan-sweep sweep {file}")?;
        }
    }
    Ok(())
}

/// The runs of a state: each by itself, or where that is long and the same, together.
fn texts(lines: &[Line], state: &str) -> Vec<String> {
    let of_state: Vec<&Line> = lines.iter().filter(|line| line.state == state).collect();
    if ["waiting", "unknown"].contains(&state) {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for line in of_state {
            let why = if line.why.starts_with("in task") { "in a task at work" } else { &line.why };
            *reasons.entry(why).or_default() += 1;
        }
        return reasons.iter().map(|(why, n)| format!("{}: {why}", count(*n, "run"))).collect();
    }
    let mut texts: Vec<String> = of_state.iter().take(NAMED).map(|line| line.text()).collect();
    if of_state.len() > NAMED {
        texts.push(format!("and {} more", of_state.len() - NAMED));
    }
    texts
}

impl Line {
    fn text(&self) -> String {
        let mut text = format!("{}, seed {}", self.variant, self.seed);
        let mut parts = Vec::new();
        parts.extend(self.epochs.map(|epochs| format!("{} done", count(epochs, "epoch"))));
        if let (Some(task), "running") = (&self.task, self.state) {
            let node = self.node.as_deref().unwrap_or("?");
            parts.push(format!("task {task} on {node}"));
        }
        if !self.why.is_empty() {
            parts.push(self.why.clone());
        }
        if !parts.is_empty() {
            text += &format!(": {}", parts.join(", "));
        }
        text
    }
}

/// Slurm's reason; of a task that it has not looked at yet there is none.
fn waits_for(reason: &str) -> String {
    if reason == "None" { "not looked at yet".to_owned() } else { reason.to_owned() }
}
