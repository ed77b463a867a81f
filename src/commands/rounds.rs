//! A report after a round of seeds, while a sweep is under way.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::exec::{Executor, Job};
use crate::record::SweepPaths;
use crate::report;
use crate::run::Outcome;

/// Between two reports passes so many times the time that the former took: it grows with the runs,
/// and a sweep of a thousand short ones would do little else.
const APART: u32 = 20;

/// Carries runs out as another executor does, and writes the report when the last run of a seed has
/// ended, but for the last seed: that report is the sweep's own.
pub(super) struct Rounds<'a> {
    inner: &'a dyn Executor,
    paths: &'a SweepPaths,
    due: Mutex<Due>,
}

/// When a report is due.
struct Due {
    /// Runs of each seed that have not ended.
    left: BTreeMap<u64, usize>,
    /// None while one is being written: two slots must not write one file.
    from: Option<Instant>,
}

impl Due {
    /// A run of this seed has ended at this time; whether to write a report now.
    fn ended(&mut self, seed: u64, now: Instant) -> bool {
        let Some(runs) = self.left.get_mut(&seed) else { return false };
        *runs -= 1;
        if *runs > 0 {
            return false;
        }
        self.left.remove(&seed);
        let due = !self.left.is_empty() && self.from.is_some_and(|from| now >= from);
        if due {
            self.from = None;
        }
        due
    }

    /// One was written, in so much time.
    fn written(&mut self, took: Duration, now: Instant) {
        self.from = Some(now + APART * took);
    }
}

impl<'a> Rounds<'a> {
    pub(super) fn new(inner: &'a dyn Executor, paths: &'a SweepPaths, jobs: &[Job<'_>]) -> Self {
        let mut left = BTreeMap::new();
        for job in jobs {
            *left.entry(job.run.seed).or_insert(0) += 1;
        }
        Self { inner, paths, due: Mutex::new(Due { left, from: Some(Instant::now()) }) }
    }

    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Executor for Rounds<'_> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let outcome = self.inner.execute(job, slot);
        let start = Instant::now();
        let due = self.due().ended(job.run.seed, start);
        if due {
            // The sweep ends with a report that tells what went wrong with this one.
            let _ = report::write(self.paths.root());
            self.due().written(start.elapsed(), Instant::now());
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_take_a_small_share_of_a_sweep_and_are_written_one_at_a_time() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let left = (1..=6).map(|seed| (seed, 2 - usize::from(seed > 1))).collect();
        let mut due = Due { left, from: Some(start) };
        assert!(!due.ended(1, at(0)), "another run of the seed is open");
        assert!(due.ended(1, at(10)));
        assert!(!due.ended(2, at(500)), "another slot is writing");
        due.written(Duration::from_millis(100), at(1_000));
        assert!(!due.ended(3, at(2_999)), "too soon");
        assert!(due.ended(4, at(3_000)));
        due.written(Duration::ZERO, at(3_000));
        assert!(due.ended(5, at(3_000)));
        due.written(Duration::ZERO, at(3_000));
        assert!(!due.ended(6, at(9_000)), "the last report is the sweep's own");
        assert!(!due.ended(7, at(9_000)), "no seed of this sweep");
    }
}
