//! Events of a run as lines, from the process that trains it to the one that shows its progress.

use std::io::Write;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::run::{EpochMetrics, Numbers, Outcome};
use crate::run::{Event, Recorder};

/// Steps are told at most this often: nobody sees more of them.
const EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Started {
        epochs_done: u64,
        epochs: u64,
        steps: u64,
    },
    /// Epoch, step, and names with numbers; none for one that is not finite.
    Step(u64, u64, Vec<(String, Option<f64>)>),
    /// The same of an epoch.
    Epoch(u64, u64, Vec<(String, Option<f64>)>),
    /// The last line: how the run ended.
    Ended(Outcome),
}

/// Writes events as lines. Nothing depends on whether anyone reads them.
#[derive(Debug)]
pub struct EventStream<W> {
    out: W,
    told: Option<Instant>,
}

impl<W: Write> EventStream<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, told: None }
    }

    /// Writes how the run ended.
    pub fn end(&mut self, outcome: &Outcome) {
        self.write(&Line::Ended(outcome.clone()));
    }

    fn write(&mut self, line: &Line) {
        if let Ok(json) = serde_json::to_string(line) {
            let _ = writeln!(self.out, "{json}").and_then(|()| self.out.flush());
        }
    }
}

impl<W: Write> Recorder for EventStream<W> {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        let told = |numbers: &Numbers| {
            numbers.iter().map(|(n, v)| (n.to_owned(), Some(v).filter(|v| v.is_finite()))).collect()
        };
        let line = match event {
            Event::Started { epochs_done, epochs, steps } => {
                Line::Started { epochs_done: *epochs_done, epochs: *epochs, steps: *steps }
            }
            Event::Step { epoch, step, metrics } => {
                if self.told.is_some_and(|told| told.elapsed() < EVERY) {
                    return Ok(());
                }
                self.told = Some(Instant::now());
                Line::Step(*epoch, *step, told(metrics))
            }
            Event::Epoch(metrics) => {
                Line::Epoch(metrics.epoch, metrics.step, told(&metrics.numbers))
            }
            _ => return Ok(()),
        };
        self.write(&line);
        Ok(())
    }
}

/// How the run ended, if this line says so.
pub(super) fn ended(line: &str) -> Option<Outcome> {
    match serde_json::from_str(line) {
        Ok(Line::Ended(outcome)) => Some(outcome),
        _ => None,
    }
}

/// Tells a line's event to `watch`; anything else passes by.
pub(super) fn tell(line: &str, watch: &mut dyn Recorder) {
    let heard = |numbers: Vec<(String, Option<f64>)>| -> Numbers {
        numbers.into_iter().map(|(name, value)| (name, value.unwrap_or(f64::NAN))).collect()
    };
    // What is shown is no record: no error of it matters.
    let _ = match serde_json::from_str(line) {
        Ok(Line::Started { epochs_done, epochs, steps }) => {
            watch.record(&Event::Started { epochs_done, epochs, steps })
        }
        Ok(Line::Step(epoch, step, numbers)) => {
            watch.record(&Event::Step { epoch, step, metrics: &heard(numbers) })
        }
        Ok(Line::Epoch(epoch, step, numbers)) => {
            let numbers = heard(numbers);
            watch.record(&Event::Epoch(&EpochMetrics { epoch, step, numbers }))
        }
        Ok(Line::Ended(_)) | Err(_) => Ok(()),
    };
}
