//! Slots fed by one queue.
//!
//! Each slot is a plain thread with a rayon pool of its own. A rayon worker that waits inside a
//! matrix product steals other work of its pool, so with one shared pool it could begin a whole
//! other training on its own stack; with a pool a slot there is nothing else to steal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::executor::Executor;
use super::job::Job;
use super::panics;
use crate::error::{Context, Result};
use crate::plan::Run;
use crate::run::{Outcome, OutcomeKind};

/// What to do where the system gives no more threads.
const FEWER: &str = "take fewer --jobs or --threads, or raise the limit of processes (ulimit -u)";

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
    /// Bytes that the runs that train at once may need together, if that is limited.
    pub memory: Option<u64>,
}

impl Scheduler {
    /// Carries out `jobs` in this order, as slots become free; one that needs more memory than is
    /// left at the moment lets later ones pass, and one that needs more than there is at all
    /// trains alone. A run that fails or panics does not stop the others; once `stop` is set no
    /// further run begins.
    ///
    /// The result holds the runs that began, in the order of `jobs`.
    ///
    /// # Errors
    /// If a slot cannot be set up; nothing has begun then.
    pub fn execute<'a>(
        &self,
        jobs: &[Job<'a>],
        executor: &dyn Executor,
        stop: &AtomicBool,
    ) -> Result<Vec<Finished<'a>>> {
        let slots = self.jobs.min(jobs.len()).max(1);
        let pools = (0..slots).map(|slot| self.pool(slot)).collect::<Result<Vec<_>>>()?;
        let queue = Queue::new(jobs, self.memory);
        let finished = Mutex::new(Vec::with_capacity(jobs.len()));
        std::thread::scope(|scope| {
            for (slot, pool) in pools.iter().enumerate() {
                let (queue, finished) = (&queue, &finished);
                let work = move || {
                    while let Some(index) = queue.next(stop) {
                        let job = &jobs[index];
                        let outcome = pool.install(|| guarded(executor, job, slot));
                        lock(finished).push((index, Finished { run: job.run, outcome }));
                        queue.done(job.memory);
                    }
                };
                let started = std::thread::Builder::new().spawn_scoped(scope, work);
                match started {
                    // The slots that there are carry out the jobs of those that there are not.
                    Err(error) if slot == 0 => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        })
        .with_context(|| format!("cannot start a thread; {FEWER}"))?;
        let mut finished = finished.into_inner().unwrap_or_else(PoisonError::into_inner);
        finished.sort_by_key(|(index, _)| *index);
        Ok(finished.into_iter().map(|(_, finished)| finished).collect())
    }

    /// Does something in a slot of its own with this number of threads.
    ///
    /// # Errors
    /// If the slot cannot be set up.
    pub fn alone<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> Result<R> {
        let scheduler = Self { jobs: 1, threads, memory: None };
        Ok(scheduler.pool(0)?.install(work))
    }

    fn pool(&self, slot: usize) -> Result<ThreadPool> {
        ThreadPoolBuilder::new()
            .num_threads(self.threads.max(1))
            .thread_name(move |thread| panics::thread_name(slot, thread))
            .build()
            .with_context(|| format!("cannot start the threads of slot {slot}; {FEWER}"))
    }
}

/// The jobs that wait, and the memory that the others hold.
struct Queue<'a> {
    jobs: &'a [Job<'a>],
    limit: Option<u64>,
    state: Mutex<Waiting>,
    changed: Condvar,
}

struct Waiting {
    /// Indices of jobs; taken out from anywhere, mostly from the front.
    pending: std::collections::VecDeque<usize>,
    running: usize,
    memory: u64,
}

impl<'a> Queue<'a> {
    fn new(jobs: &'a [Job<'a>], limit: Option<u64>) -> Self {
        let state = Waiting { pending: (0..jobs.len()).collect(), running: 0, memory: 0 };
        Self { jobs, limit, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next job that fits beside those that run; none when there is nothing left to begin.
    fn next(&self, stop: &AtomicBool) -> Option<usize> {
        let mut state = lock(&self.state);
        loop {
            if stop.load(Ordering::Relaxed) || state.pending.is_empty() {
                return None;
            }
            let left = self.limit.map(|limit| limit.saturating_sub(state.memory));
            let fits = |index: &usize| {
                state.running == 0 || left.is_none_or(|left| self.jobs[*index].memory <= left)
            };
            if let Some(place) = state.pending.iter().position(fits) {
                let index = state.pending.remove(place)?;
                state.running += 1;
                state.memory = state.memory.saturating_add(self.jobs[index].memory);
                return Some(index);
            }
            // Wakes now and then to see whether it is to stop.
            let waited = self.changed.wait_timeout(state, Duration::from_millis(100));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn done(&self, memory: u64) {
        let mut state = lock(&self.state);
        state.running -= 1;
        state.memory = state.memory.saturating_sub(memory);
        drop(state);
        self.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A panic is the failure of one run.
fn guarded(executor: &dyn Executor, job: &Job<'_>, slot: usize) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| executor.execute(job, slot))).unwrap_or_else(|panic| Outcome {
        kind: OutcomeKind::Failed,
        steps: 0,
        epochs: 0,
        reason: panics::message(panic.as_ref()),
    })
}
