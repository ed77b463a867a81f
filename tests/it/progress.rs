//! What a person sees while a sweep trains.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cgan_sweep::record::{Clock, Progress, ProgressOutput, SlotProgress};
use cgan_sweep::run::{EpochMetrics, Numbers, Outcome, OutcomeKind};
use cgan_sweep::run::{Event, Recorder};
use indicatif::{InMemoryTerm, ProgressDrawTarget};

use crate::support;

/// What was written, for a test to read.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A clock that a test sets, milliseconds.
#[derive(Clone, Default)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Clock::from_fn(move || Duration::from_millis(now.load(Ordering::Relaxed)))
    }

    fn pass(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

fn numbers(values: [f64; 4]) -> Numbers {
    ["real_p", "fake_p", "gen_loss", "dis_loss"].into_iter().zip(values).collect()
}

/// Trains an epoch of ten steps, each so long.
fn epoch(slot: &mut SlotProgress, time: &Time, epoch: u64, milliseconds: u64) {
    for step in 1..=10 {
        time.pass(milliseconds);
        let metrics = numbers([0.75, 0.25, 1.5, 0.5]);
        slot.record(&Event::Step { epoch, step: epoch * 10 + step, metrics: &metrics }).unwrap();
    }
    let numbers = numbers([0.7, 0.3, 1.25, 0.625]);
    let step = (epoch + 1) * 10;
    slot.record(&Event::Epoch(&EpochMetrics { epoch, step, numbers })).unwrap();
}

fn begin(slot: &mut SlotProgress, variant: &str, seed: u64, epochs_done: u64) {
    slot.begin(&support::run(variant, seed), 40);
    slot.record(&Event::Started { epochs_done, epochs: 4, steps: 40 }).unwrap();
}

fn end(slot: &mut SlotProgress, kind: OutcomeKind, epochs: u64, reason: &str) {
    slot.end(&Outcome { kind, steps: epochs * 10, epochs, reason: reason.to_owned() });
}

/// Four runs in two slots: one completes, one diverges, one fails, one goes on after two epochs.
fn sweep(progress: &Progress, time: &Time) {
    let (mut one, mut two) = (progress.slot(0), progress.slot(1));
    begin(&mut one, "maxout-5", 0, 0);
    begin(&mut two, "maxout-8", 0, 0);
    epoch(&mut one, time, 0, 100);
    epoch(&mut two, time, 0, 100);
    epoch(&mut one, time, 1, 400);
    epoch(&mut one, time, 2, 400);
    epoch(&mut one, time, 3, 400);
    end(&mut one, OutcomeKind::Completed, 4, "");
    end(&mut two, OutcomeKind::Diverged, 1, "step 11: generator.output.weight is not finite");
    begin(&mut one, "maxout-5", 1, 2);
    begin(&mut two, "maxout-8", 1, 0);
    end(&mut two, OutcomeKind::Failed, 0, "cannot write \"x\": no space left");
    epoch(&mut one, time, 2, 100);
    epoch(&mut one, time, 3, 100);
    end(&mut one, OutcomeKind::Completed, 4, "");
    progress.finish();
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let (written, time) = (Written::default(), Time::default());
    let output = ProgressOutput::Lines(Box::new(written.clone()));
    sweep(&Progress::new(output, time.clock(), 4, 160, 2), &time);
    insta::assert_snapshot!(written.text());
}

#[test]
fn quiet_says_nothing_but_failures() {
    let (written, time) = (Written::default(), Time::default());
    let output = ProgressOutput::Quiet(Box::new(written.clone()));
    sweep(&Progress::new(output, time.clock(), 4, 160, 2), &time);
    assert_eq!(
        written.text(),
        "maxout-8 seed 1: failed after 0 of 4 epochs: cannot write \"x\": no space left\n"
    );
}

#[test]
fn a_terminal_has_a_line_a_slot_and_a_total() {
    let time = Time::default();
    let terminal = InMemoryTerm::new(8, 110);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let progress = Progress::new(ProgressOutput::Bars(target), time.clock(), 3, 120, 2);
    let (mut one, mut two) = (progress.slot(0), progress.slot(1));
    begin(&mut one, "maxout-5", 0, 0);
    begin(&mut two, "embedding-16", 1, 0);
    epoch(&mut one, &time, 0, 300);
    insta::assert_snapshot!("bars_training", terminal.contents());
    end(&mut two, OutcomeKind::Failed, 0, "no space left");
    begin(&mut two, "embedding-16", 2, 0);
    insta::assert_snapshot!("bars_after_a_failure", terminal.contents());
    progress.finish();
    // The failure stays when the bars go.
    assert_eq!(
        terminal.contents(),
        "embedding-16 seed 1: failed after 0 of 4 epochs: no space left"
    );
}

#[test]
fn the_time_left_is_right_when_runs_differ_in_pace() {
    let (written, time) = (Written::default(), Time::default());
    let output = ProgressOutput::Lines(Box::new(written.clone()));
    // Three runs of 40 steps in one slot: after the first, of 1 s a step, 80 s are left.
    let progress = Progress::new(output, time.clock(), 3, 120, 1);
    let mut slot = progress.slot(0);
    begin(&mut slot, "a", 0, 0);
    for e in 0..4 {
        epoch(&mut slot, &time, e, 1000);
    }
    end(&mut slot, OutcomeKind::Completed, 4, "");
    assert!(written.text().ends_with("1 of 3 runs ended, about 1 min 20 s left\n"));
    // The second goes twice as fast, and so will the third for all that is known.
    begin(&mut slot, "b", 0, 0);
    for e in 0..4 {
        epoch(&mut slot, &time, e, 500);
    }
    end(&mut slot, OutcomeKind::Completed, 4, "");
    // 40 steps at the mean of both: 30 s.
    assert!(written.text().ends_with("2 of 3 runs ended, about 30 s left\n"));
    begin(&mut slot, "c", 0, 0);
    end(&mut slot, OutcomeKind::Failed, 0, "reason");
    assert!(written.text().ends_with("3 of 3 runs ended, 1 failed\n"));
}
