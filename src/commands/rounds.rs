//! A report after each round of seeds, while a sweep is under way.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::exec::{Executor, Job};
use crate::record::SweepPaths;
use crate::report;
use crate::run::Outcome;

/// Carries runs out as another executor does, and writes the report whenever the last run of a seed
/// has ended, but for the last seed: that report is the sweep's own.
pub(super) struct Rounds<'a> {
    inner: &'a dyn Executor,
    paths: &'a SweepPaths,
    /// Runs of each seed that have not ended.
    left: Mutex<BTreeMap<u64, usize>>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(inner: &'a dyn Executor, paths: &'a SweepPaths, jobs: &[Job<'_>]) -> Self {
        let mut left = BTreeMap::new();
        for job in jobs {
            *left.entry(job.run.seed).or_insert(0) += 1;
        }
        Self { inner, paths, left: Mutex::new(left) }
    }
}

impl Executor for Rounds<'_> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let outcome = self.inner.execute(job, slot);
        // Held while the report is written: two slots must not write one file.
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = left.get_mut(&job.run.seed) {
            *runs -= 1;
            if *runs == 0 {
                left.remove(&job.run.seed);
                if !left.is_empty() {
                    // The sweep ends with a report that tells what went wrong with this one.
                    let _ = report::write(self.paths.root());
                }
            }
        }
        outcome
    }
}
