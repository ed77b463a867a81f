//! Slots, order, memory and failures, with an executor that trains nothing.

use cgan_sweep::files::read_table;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cgan_sweep::exec::{Executor, Job, Scheduler, longest_first};
use cgan_sweep::plan::Run;
use cgan_sweep::record::{Clock, Environment, SweepPaths};
use cgan_sweep::run::{Outcome, OutcomeKind};

use super::empty::Empty;
use crate::support;

/// Does what `script` says, and remembers the order in which it was asked.
struct Scripted<F> {
    /// How each run ends.
    script: F,
    /// Variant and seed of each run that was begun, in that order, and its slot.
    begun: Mutex<Vec<(String, u64, usize)>>,
}

impl<F: Fn(&Run) -> Outcome + Sync> Scripted<F> {
    /// An executor that does what `script` says.
    fn new(script: F) -> Self {
        Self { script, begun: Mutex::default() }
    }
}

impl<F: Fn(&Run) -> Outcome + Sync> Executor for Scripted<F> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let run = job.run;
        if let Ok(mut begun) = self.begun.lock() {
            begun.push((run.variant_name.clone(), run.seed, slot));
        }
        (self.script)(run)
    }
}

fn runs(count: u64) -> Vec<Run> {
    (1..=count).map(|seed| support::run("base", seed)).collect()
}

fn job(run: &Run, work: f64, memory: u64) -> Job<'_> {
    Job { run, steps: 1, work, memory }
}

fn completed() -> Outcome {
    Outcome { kind: OutcomeKind::Completed, steps: 1, epochs: 1, reason: String::new() }
}

fn scheduler(jobs: usize, memory: Option<u64>) -> Scheduler {
    Scheduler { jobs, threads: 1, memory }
}

#[test]
fn the_longest_begins_and_a_panic_ends_one_run() {
    let runs = runs(4);
    let mut jobs: Vec<_> =
        runs.iter().zip([3.0, 9.0, 1.0, 9.0]).map(|(run, work)| job(run, work, 0)).collect();
    longest_first(&mut jobs);
    let executor = Scripted::new(|run| {
        assert!(run.seed != 4, "four is too much");
        completed()
    });
    let stop = AtomicBool::new(false);
    let finished = scheduler(1, None).execute(&jobs, &executor, &stop).unwrap();
    let begun: Vec<u64> = executor.begun.lock().unwrap().iter().map(|(_, seed, _)| *seed).collect();
    assert_eq!(begun, [2, 4, 1, 3]);
    let kinds: Vec<_> = finished.iter().map(|f| (f.run.seed, f.outcome.kind)).collect();
    let wanted = [2, 4, 1, 3]
        .map(|seed| (seed, if seed == 4 { OutcomeKind::Failed } else { OutcomeKind::Completed }));
    assert_eq!(kinds, wanted);
    assert!(finished[1].outcome.reason.ends_with(": four is too much"), "{:?}", finished[1]);
}

#[test]
fn runs_that_train_at_once_fit_into_the_memory() {
    let runs = runs(12);
    // One needs more than there is, and trains alone.
    let memory = |seed: u64| if seed == 1 { 500 } else { 10 * seed };
    let jobs: Vec<_> = runs.iter().map(|run| job(run, 1.0, memory(run.seed))).collect();
    let (now, most) = (Mutex::new(BTreeSet::new()), AtomicUsize::new(0));
    let executor = Scripted::new(|run: &Run| {
        let mut held = now.lock().unwrap();
        held.insert(run.seed);
        let total: u64 = held.iter().map(|seed| memory(*seed)).sum();
        assert!(total <= 150 || held.len() == 1, "{held:?}");
        most.fetch_max(held.len(), Ordering::Relaxed);
        drop(held);
        std::thread::sleep(std::time::Duration::from_millis(5));
        now.lock().unwrap().remove(&run.seed);
        completed()
    });
    let stop = AtomicBool::new(false);
    let finished = scheduler(4, Some(150)).execute(&jobs, &executor, &stop).unwrap();
    let failed = finished.iter().find(|f| f.outcome.kind != OutcomeKind::Completed);
    assert_eq!((finished.len(), failed.map(|f| &f.outcome.reason)), (12, None));
    assert!(most.load(Ordering::Relaxed) > 1, "nothing was trained at once");
}

#[test]
fn once_it_is_to_stop_nothing_begins() {
    let runs = runs(6);
    let jobs: Vec<_> = runs.iter().map(|run| job(run, 1.0, 0)).collect();
    let stop = AtomicBool::new(false);
    let executor = Scripted::new(|run: &Run| {
        stop.store(run.seed == 3, Ordering::Relaxed);
        completed()
    });
    let finished = scheduler(1, None).execute(&jobs, &executor, &stop).unwrap();
    assert_eq!(finished.len(), 3);
}

#[test]
fn the_records_of_many_empty_runs_are_whole() {
    let dir = tempfile::tempdir().unwrap();
    let paths = SweepPaths::at(dir.path());
    let environment = Environment::gather(&support::data());
    let executor = Empty { paths: paths.clone(), environment, clock: Clock::system() };
    let runs = runs(40);
    let jobs: Vec<_> = runs.iter().map(|run| job(run, 1.0, 0)).collect();
    let stop = AtomicBool::new(false);
    for _ in 0..2 {
        let finished = scheduler(4, None).execute(&jobs, &executor, &stop).unwrap();
        assert!(finished.iter().all(|f| f.outcome.kind == OutcomeKind::Completed), "{finished:?}");
    }
    for run in &runs {
        let place = paths.run(&run.variant_name, run.seed);
        assert_eq!(cgan_sweep::record::sums::verify(&place).unwrap(), [""; 0]);
        assert_eq!(read_table(&place.metrics_csv()).unwrap().rows(), 1);
    }
}
