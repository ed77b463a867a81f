//! Runs that the cluster carries out, as an executor: it waits for their outcomes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::cluster::{Cluster, Place};
use super::explain::lost;
use crate::exec::{Executor, Job, Rerun};
use crate::files::read_table;
use crate::plan::{Length, Plan, Run};
use crate::record::{Progress, RunPaths, SlotProgress, SweepPaths, store};
use crate::run::{EpochMetrics, Event, Outcome, OutcomeKind, Recorder};
use crate::train::StopFlag;

/// Follows runs that were submitted; nothing depends on it.
pub struct Follow<'a> {
    /// What was submitted.
    pub plan: &'a Plan,
    /// Where the records appear.
    pub paths: SweepPaths,
    /// Set when nobody wants to follow any longer.
    pub stop: &'a StopFlag,
    /// Which outcomes do not stand.
    pub rerun: Rerun,
    /// What a person watches.
    pub progress: Option<&'a Progress>,
    /// What Slurm last said.
    pub seen: Mutex<Option<(Instant, Arc<Cluster>)>>,
}

/// How often the records are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often Slurm is asked.
const ASK: Duration = Duration::from_secs(10);
/// How long a shared folder may take to show what another machine wrote.
const GRACE: Duration = Duration::from_secs(30);

impl Executor for Follow<'_> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let mut watch = self.progress.map(|progress| progress.slot(slot));
        if let Some(watch) = &mut watch {
            watch.begin(job.run, job.steps);
        }
        let outcome = self.wait(job.run, &mut watch);
        if let Some(watch) = &mut watch {
            watch.end(&outcome);
        }
        outcome
    }
}

impl Follow<'_> {
    fn wait(&self, run: &Run, watch: &mut Option<SlotProgress>) -> Outcome {
        let place = self.paths.run(&run.variant_name, run.seed);
        let (mut told, mut ended): (Option<u64>, Option<Instant>) = (None, None);
        loop {
            let outcome = store::read_outcome(&place).ok().flatten();
            let stands = |outcome: &&Outcome| self.rerun.keeps(&place, run, outcome);
            if let Some(outcome) = outcome.as_ref().filter(stands) {
                return outcome.clone();
            }
            if self.stop.load(Ordering::Relaxed) {
                return unfinished("it is not followed any longer".to_owned());
            }
            if let Some(watch) = watch {
                self.tell(run, &place, &mut told, watch);
            }
            let cluster = self.cluster();
            match cluster.as_deref().and_then(|cluster| cluster.of(&run.variant_name, run.seed)) {
                Some(Place::Ended(position)) => {
                    let since = *ended.get_or_insert_with(Instant::now);
                    if since.elapsed() >= GRACE {
                        // Of a run that was to be trained again, the old outcome is all there is.
                        let old = outcome.filter(|o| o.kind != OutcomeKind::Interrupted);
                        return old.unwrap_or_else(|| unfinished(lost(position)));
                    }
                }
                _ => ended = None,
            }
            std::thread::sleep(LOOK);
        }
    }

    /// What Slurm says, asked by one slot for all.
    fn cluster(&self) -> Option<Arc<Cluster>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref().is_none_or(|(at, _)| at.elapsed() >= ASK) {
            let open = |run: &crate::record::RunRecord| {
                let place = self.paths.run(&run.variant, run.seed);
                let outcome = store::read_outcome(&place).ok().flatten();
                outcome.is_none_or(|outcome| outcome.kind != OutcomeKind::Completed)
            };
            if let Ok(cluster) = Cluster::look(&self.paths, &open) {
                *seen = Some((Instant::now(), Arc::new(cluster)));
            }
        }
        seen.as_ref().map(|(_, cluster)| Arc::clone(cluster))
    }

    /// Tells the epochs that were recorded since the last look.
    fn tell(&self, run: &Run, place: &RunPaths, told: &mut Option<u64>, watch: &mut SlotProgress) {
        // A row that is being written is seen the next time.
        let Ok(table) = read_table(&place.metrics_csv()) else { return };
        let epochs = table.rows() as u64;
        if told.is_some_and(|told| told >= epochs) {
            return;
        }
        let images = self.plan.variants[run.variant].data.images;
        let length = Length::of(run.model, &run.settings, images);
        if told.is_none() {
            let Length { epochs, steps, .. } = length;
            // What is shown is no record: no error of it matters.
            let _ = watch.record(&Event::Started { epochs_done: 0, epochs, steps });
        }
        *told = Some(epochs);
        let Some(row) = table.rows().checked_sub(1) else { return };
        let last = |name: &str| table.column(name).and_then(|values| values.get(row)).copied();
        let metrics = run.model.metrics().iter();
        let numbers = metrics.filter_map(|m| Some((m.name, last(m.name)?))).collect();
        let step = last("step").unwrap_or(0.0) as u64;
        let _ = watch.record(&Event::Epoch(&EpochMetrics { epoch: row as u64, step, numbers }));
    }
}

fn unfinished(reason: String) -> Outcome {
    Outcome { kind: OutcomeKind::Interrupted, steps: 0, epochs: 0, reason }
}
