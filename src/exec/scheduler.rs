//! Slots fed by one queue.
//!
//! Each slot is a plain thread with a rayon pool of its own. A rayon worker that waits inside a
//! matrix product steals other work of its pool, so with one shared pool it could begin a whole
//! other training on its own stack; with a pool a slot there is nothing else to steal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::executor::Executor;
use crate::plan::Run;
use crate::train::{Outcome, OutcomeKind};

/// A run with its outcome.
#[derive(Clone, Debug)]
pub struct Finished<'a> {
    /// The run.
    pub run: &'a Run,
    /// How it ended.
    pub outcome: Outcome,
}

/// How many runs train at once, and on how many threads each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduler {
    /// Slots.
    pub jobs: usize,
    /// Threads of each slot's pool.
    pub threads: usize,
}

impl Scheduler {
    /// Carries out `runs` in this order, as slots become free. A run that fails or panics does
    /// not stop the others; once `stop` is set no further run begins.
    ///
    /// The result holds the runs that began, in the order of `runs`.
    ///
    /// # Errors
    /// If a slot cannot be set up; nothing has begun then.
    pub fn execute<'a>(
        &self,
        runs: &[&'a Run],
        executor: &dyn Executor,
        stop: &AtomicBool,
    ) -> Result<Vec<Finished<'a>>> {
        let slots = self.jobs.min(runs.len()).max(1);
        let pools = (0..slots).map(|slot| self.pool(slot)).collect::<Result<Vec<_>>>()?;
        let queue = Mutex::new(runs.iter().enumerate());
        let next = || queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
        let finished = Mutex::new(Vec::with_capacity(runs.len()));
        std::thread::scope(|scope| {
            for (slot, pool) in pools.iter().enumerate() {
                let (next, finished) = (&next, &finished);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let Some((index, run)) = next() else { return };
                        let outcome = pool.install(|| guarded(executor, run, slot));
                        finished
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .push((index, Finished { run, outcome }));
                    }
                });
            }
        });
        let mut finished = finished.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        finished.sort_by_key(|(index, _)| *index);
        Ok(finished.into_iter().map(|(_, finished)| finished).collect())
    }

    fn pool(&self, slot: usize) -> Result<ThreadPool> {
        ThreadPoolBuilder::new()
            .num_threads(self.threads.max(1))
            .thread_name(move |thread| format!("slot-{slot}-{thread}"))
            .build()
            .with_context(|| format!("cannot start the threads of slot {slot}"))
    }
}

/// A panic is the failure of one run.
fn guarded(executor: &dyn Executor, run: &Run, slot: usize) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| executor.execute(run, slot))) {
        Ok(outcome) => outcome,
        Err(panic) => {
            let message = panic_message(panic.as_ref());
            let outcome = Outcome {
                kind: OutcomeKind::Failed,
                steps: 0,
                epochs: 0,
                reason: format!("panicked: {message}"),
            };
            executor.failed(run, slot, outcome)
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").into()
}
