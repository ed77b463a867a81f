//! Where the runs of a sweep are on the cluster, by what was submitted and what Slurm says of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::SlurmError;
use super::state::{States, TaskState};
use super::submission::{Submission, Task};
use super::tools;
use crate::error::Result;
use crate::record::{RunRecord, SweepPaths};

/// Where a run is on the cluster.
#[derive(Clone, Debug)]
pub enum Place {
    /// A task that waits or works has it.
    Active(Position),
    /// Nobody can tell now; why.
    Unknown(String),
    /// The task that had it has ended.
    Ended(Position),
}

/// A task.
#[derive(Clone, Debug)]
pub struct Position {
    /// As Slurm's programs call it: `12_3`.
    pub task: String,
    /// How it stands; none if Slurm has forgotten it.
    pub state: Option<TaskState>,
    /// What it said.
    pub log: PathBuf,
}

/// What of a sweep was given to the cluster.
#[derive(Debug, Default)]
pub struct Cluster {
    places: BTreeMap<(String, u64), Place>,
    /// Arrays and report jobs that wait or work, or may.
    pub active: Vec<Submission>,
    /// Whether anything was ever submitted.
    pub submitted: bool,
    /// Whether one of them makes the report.
    pub reports: bool,
}

impl Cluster {
    /// Looks: asks Slurm once for each array that has a run that is `open`, without an outcome that
    /// stands. Jobs whose number was not noted are looked up, and noted.
    ///
    /// # Errors
    /// If what was submitted cannot be read. What Slurm does not say is unknown, not an error.
    pub fn look(sweep: &SweepPaths, open: &dyn Fn(&RunRecord) -> bool) -> Result<Self> {
        let mut cluster = Self::default();
        for mut submission in Submission::all(sweep)? {
            cluster.submitted = true;
            let tasks = submission.tasks()?;
            let wanted = submission.is_report() || tasks.iter().any(|t| t.runs.iter().any(open));
            if !wanted {
                continue;
            }
            let states = ask(&mut submission)?;
            let active = match &states {
                Ok(states) => states.as_ref().is_some_and(States::any_active),
                Err(_) => true,
            };
            cluster.place(&submission, &tasks, states.as_ref());
            if active {
                cluster.reports |= submission.is_report();
                cluster.active.push(submission);
            }
        }
        Ok(cluster)
    }

    /// Where a run is, if it was ever submitted.
    pub fn of(&self, variant: &str, seed: u64) -> Option<&Place> {
        self.places.get(&(variant.to_owned(), seed))
    }

    /// Later submissions follow earlier ones; one that is at work counts most.
    fn place(
        &mut self,
        submission: &Submission,
        tasks: &[Task],
        states: Result<&Option<States>, &SlurmError>,
    ) {
        let job = submission.job.as_ref().map_or("?", |job| &job.id);
        for (index, task) in tasks.iter().enumerate() {
            let state = match states {
                Ok(states) => {
                    let number = u32::try_from(index).unwrap_or(u32::MAX);
                    Ok(states.as_ref().and_then(|states| states.task(number)))
                }
                Err(error) => Err(error.to_string()),
            };
            for run in &task.runs {
                let position = || Position {
                    task: format!("{job}_{index}"),
                    state: state.as_ref().ok().copied().flatten().cloned(),
                    log: submission.log(index),
                };
                let place = match &state {
                    Err(why) => Place::Unknown(why.clone()),
                    Ok(Some(state)) if state.is_active() => Place::Active(position()),
                    Ok(_) => Place::Ended(position()),
                };
                let key = (run.variant.clone(), run.seed);
                let before = self.places.get(&key).map_or(0, weight);
                if weight(&place) >= before {
                    self.places.insert(key, place);
                }
            }
        }
    }
}

fn weight(place: &Place) -> u8 {
    match place {
        Place::Active(_) => 3,
        Place::Unknown(_) => 2,
        Place::Ended(_) => 1,
    }
}

/// How the tasks of a submission stand; its number is looked up by its name where it was not noted.
fn ask(submission: &mut Submission) -> Result<Result<Option<States>, SlurmError>> {
    if submission.job.is_none() {
        match tools::find(&submission.about.name) {
            Ok(Some(job)) => submission.note(job)?,
            Ok(None) if submission.is_on_its_way() => {
                let said = "it was submitted a moment ago and may not have arrived".to_owned();
                return Ok(Err(SlurmError::Silent { tool: "squeue".to_owned(), said }));
            }
            Ok(None) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
        }
    }
    let name = &submission.about.name;
    Ok(submission.job.as_ref().map_or(Ok(None), |job| tools::states(job, name)))
}
