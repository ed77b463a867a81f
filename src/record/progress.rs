//! What a person sees while a sweep trains: a line a slot and a total, or plain lines.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::screen::{ProgressOutput, Screen};
use crate::error::Result;
use crate::model::Model;
use crate::plan::Run;
use crate::run::{Event, Recorder};
use crate::run::{Numbers, Outcome, OutcomeKind};
use crate::text::{count, duration};

/// A slot's epochs are told in plain lines at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// A slot's bar is redrawn at most this often within an epoch.
const DRAW_EVERY: Duration = Duration::from_millis(200);
/// Steps and time that a run must have been measured over before its pace is believed.
const MEASURED: (u64, Duration) = (10, Duration::from_secs(2));

/// Progress of a sweep; its slots report to it from their threads.
#[derive(Clone)]
pub struct Progress {
    board: Arc<Mutex<Board>>,
}

impl Progress {
    /// Progress of `runs` runs of `steps` steps in all, trained in `slots` slots.
    pub fn new(
        output: ProgressOutput,
        clock: Clock,
        runs: usize,
        steps: u64,
        slots: usize,
    ) -> Self {
        let mut board = Board {
            screen: Screen::new(output, slots),
            clock,
            slots: (0..slots).map(|_| None).collect(),
            runs,
            ended: 0,
            failed: 0,
            diverged: 0,
            stopped: 0,
            steps,
            steps_gone: 0,
            measured: Pace::default(),
        };
        board.draw_total();
        Self { board: Arc::new(Mutex::new(board)) }
    }

    /// The reporter of slot `index`, from 0.
    pub fn slot(&self, index: usize) -> SlotProgress {
        SlotProgress { board: Arc::clone(&self.board), index }
    }

    /// Says what a person should know, above the bars.
    pub fn say(&self, line: &str) {
        lock(&self.board).screen.remark(line);
    }

    /// Removes the bars from the screen: what follows is the command's own output.
    pub fn finish(&self) {
        lock(&self.board).screen.clear();
    }
}

/// A panic in one slot must not silence the others.
fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reports what one slot does.
pub struct SlotProgress {
    board: Arc<Mutex<Board>>,
    index: usize,
}

impl SlotProgress {
    /// A run of `steps` steps begins in this slot.
    pub fn begin(&mut self, run: &Run, steps: u64) {
        lock(&self.board).begin(self.index, run, steps);
    }

    /// The run in this slot ended.
    pub fn end(&mut self, outcome: &Outcome) {
        lock(&self.board).end(self.index, outcome);
    }
}

impl Recorder for SlotProgress {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        let mut board = lock(&self.board);
        match event {
            Event::Started { epochs_done, epochs, steps } => {
                board.started(self.index, *epochs_done, *epochs, *steps);
            }
            Event::Step { epoch, step, metrics } => {
                board.step(self.index, *epoch, *step, metrics);
            }
            Event::Epoch(metrics) => {
                board.epoch(self.index, metrics.epoch + 1, &metrics.numbers);
            }
            Event::Samples { .. }
            | Event::Weights { .. }
            | Event::Checkpoint(_)
            | Event::Scores(_)
            | Event::Finished(_) => {}
        }
        Ok(())
    }
}

/// A run in a slot.
struct Running {
    label: String,
    model: &'static dyn Model,
    epochs_done: u64,
    epochs: u64,
    /// Steps done, and to do in all.
    step: u64,
    steps: u64,
    begun: Duration,
    pace: Pace,
    told: Option<Duration>,
    drawn: Duration,
}

/// Steps measured and the time they took.
#[derive(Clone, Copy, Default)]
struct Pace {
    steps: u64,
    time: Duration,
}

impl Pace {
    /// Seconds of a step, once enough of them were measured.
    fn seconds(self) -> Option<f64> {
        let known = self.steps >= MEASURED.0 && self.time >= MEASURED.1;
        known.then(|| self.time.as_secs_f64() / self.steps as f64)
    }
}

struct Board {
    screen: Screen,
    clock: Clock,
    slots: Vec<Option<Running>>,
    runs: usize,
    ended: usize,
    failed: usize,
    diverged: usize,
    stopped: usize,
    steps: u64,
    /// Steps done, or not to be done any more.
    steps_gone: u64,
    /// Over all ended runs.
    measured: Pace,
}

impl Board {
    fn begin(&mut self, slot: usize, run: &Run, steps: u64) {
        let label = format!("{} seed {}", run.variant_name, run.seed);
        self.screen.line(&format!("{label}: started"));
        self.screen.slot(slot, &label, 0, steps, "starting");
        let now = self.clock.now();
        self.slots[slot] = Some(Running {
            label,
            model: run.model,
            epochs_done: 0,
            epochs: 0,
            step: 0,
            steps,
            begun: now,
            pace: Pace::default(),
            told: None,
            drawn: now,
        });
        self.draw_total();
    }

    fn started(&mut self, slot: usize, epochs_done: u64, epochs: u64, steps: u64) {
        let now = self.clock.now();
        let Some(run) = &mut self.slots[slot] else { return };
        (run.epochs_done, run.epochs, run.steps, run.begun) = (epochs_done, epochs, steps, now);
        if epochs_done > 0 {
            let line = format!("{}: resumes after epoch {epochs_done}/{epochs}", run.label);
            self.screen.line(&line);
        }
    }

    fn step(&mut self, slot: usize, epoch: u64, step: u64, metrics: &Numbers) {
        let now = self.clock.now();
        let Some(run) = &mut self.slots[slot] else { return };
        // The first step of a resumed run brings along those of earlier attempts: they are done,
        // but only this one was measured.
        self.steps_gone += step.saturating_sub(run.step);
        run.step = step;
        run.pace.steps += 1;
        run.pace.time = now.saturating_sub(run.begun);
        if now.saturating_sub(run.drawn) >= DRAW_EVERY {
            run.drawn = now;
            let message = message(run.model, epoch + 1, run.epochs, metrics);
            self.screen.slot(slot, &run.label, run.step, run.steps, &message);
            self.draw_total();
        }
    }

    fn epoch(&mut self, slot: usize, epochs_done: u64, metrics: &Numbers) {
        let now = self.clock.now();
        let Some(run) = &mut self.slots[slot] else { return };
        run.epochs_done = epochs_done;
        let message = message(run.model, epochs_done, run.epochs, metrics);
        self.screen.slot(slot, &run.label, run.step, run.steps, &message);
        if run.told.is_none_or(|told| now.saturating_sub(told) >= LINE_EVERY) {
            run.told = Some(now);
            self.screen.line(&format!("{}: {message}", run.label));
        }
        self.draw_total();
    }

    fn end(&mut self, slot: usize, outcome: &Outcome) {
        let Some(run) = self.slots[slot].take() else { return };
        self.ended += 1;
        self.steps_gone += run.steps.saturating_sub(run.step);
        self.measured.steps += run.pace.steps;
        self.measured.time += run.pace.time;
        let label = &run.label;
        let epochs = format!("{} of {}", outcome.epochs, count(run.epochs as usize, "epoch"));
        let line = match outcome.kind {
            OutcomeKind::Completed => format!("{label}: completed, {epochs}"),
            OutcomeKind::Interrupted => format!("{label}: interrupted after {epochs}"),
            OutcomeKind::Diverged => {
                self.diverged += 1;
                format!("{label}: diverged after {epochs}: {}", outcome.reason)
            }
            OutcomeKind::Stopped => {
                self.stopped += 1;
                format!("{label}: stopped by its rule after {epochs}: {}", outcome.reason)
            }
            OutcomeKind::Failed => {
                self.failed += 1;
                format!("{label}: failed after {epochs}: {}", outcome.reason)
            }
        };
        let total = self.total();
        match outcome.kind {
            OutcomeKind::Failed => self.screen.failure(&line),
            OutcomeKind::Diverged | OutcomeKind::Stopped => self.screen.remark(&line),
            _ => self.screen.line(&line),
        }
        self.screen.line(&total);
        self.screen.slot(slot, "", 0, 1, "");
        self.draw_total();
    }

    fn draw_total(&mut self) {
        let total = self.total();
        self.screen.total(self.steps_gone, self.steps, &total);
    }

    fn total(&self) -> String {
        let mut text = format!("{} of {} ended", self.ended, count(self.runs, "run"));
        for (count, what) in [
            (self.diverged, "diverged"),
            (self.stopped, "stopped by rule"),
            (self.failed, "failed"),
        ] {
            if count > 0 {
                text += &format!(", {count} {what}");
            }
        }
        if let Some(left) = self.time_left() {
            text += &format!(", about {} left", duration(left.as_secs_f64()));
        }
        text
    }

    /// Time until the last run ends, by the pace of the runs in the slots now; a run too young to
    /// have one is taken to go at the mean pace of the others and of the runs before. None while
    /// no pace is known, or nothing is left.
    fn time_left(&self) -> Option<Duration> {
        let left = self.steps.saturating_sub(self.steps_gone);
        if left == 0 {
            return None;
        }
        let running = || self.slots.iter().flatten();
        let known = running()
            .map(|run| run.pace)
            .filter(|pace| pace.seconds().is_some())
            .fold(self.measured, |a, b| Pace { steps: a.steps + b.steps, time: a.time + b.time });
        let mean = known.seconds()?;
        let seconds = |run: &Running| run.pace.seconds().unwrap_or(mean);
        // A slot that is empty between two runs is as good as busy while runs wait.
        let busy = running().count();
        let waiting = self.runs.saturating_sub(self.ended + busy);
        let soon_busy = waiting.min(self.slots.len() - busy) as f64;
        let rate = running().map(|run| 1.0 / seconds(run)).sum::<f64>() + soon_busy / mean;
        // The slots share what is left, but a single run cannot be shared.
        let shared = left as f64 / rate;
        let longest = running()
            .map(|run| run.steps.saturating_sub(run.step) as f64 * seconds(run))
            .fold(0.0, f64::max);
        Duration::try_from_secs_f64(shared.max(longest)).ok()
    }
}

fn message(model: &dyn Model, epoch: u64, epochs: u64, numbers: &Numbers) -> String {
    let mut message = format!("epoch {epoch}/{epochs}");
    for metric in model.metrics().iter().filter(|metric| metric.is_of_steps()) {
        let number = numbers.get(metric.name).unwrap_or(f64::NAN);
        message += &format!(", {} {number:.3}", metric.label);
    }
    message
}
