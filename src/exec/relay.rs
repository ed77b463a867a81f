//! Events of a run as lines, from the process that trains it to the one that shows its progress.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::run::{EpochMetrics, Outcome, StepMetrics};
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
    /// Epoch, step, and the values of [`StepMetrics`]; none that is not finite.
    Step(u64, u64, [Option<f64>; 4]),
    /// Epoch, step, and values in their order.
    Epoch(u64, u64, Vec<Option<f64>>),
    /// The last line: how the run ended.
    Ended(Outcome),
}

/// Writes events as lines. Nothing depends on whether anyone reads them.
#[derive(Debug)]
pub struct Relay<W> {
    out: W,
    told: Option<Instant>,
}

impl<W: Write> Relay<W> {
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

impl<W: Write> Recorder for Relay<W> {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        let finite = |value: f64| Some(value).filter(|v| v.is_finite());
        let line = match event {
            Event::Started { epochs_done, epochs, steps } => {
                Line::Started { epochs_done: *epochs_done, epochs: *epochs, steps: *steps }
            }
            Event::Step { epoch, step, metrics: m } => {
                if self.told.is_some_and(|told| told.elapsed() < EVERY) {
                    return Ok(());
                }
                self.told = Some(Instant::now());
                let values = [m.real_p, m.fake_p, m.gen_loss, m.dis_loss].map(finite);
                Line::Step(*epoch, *step, values)
            }
            Event::Epoch(metrics) => {
                let values = metrics.values.iter().map(|value| finite(*value)).collect();
                Line::Epoch(metrics.epoch, metrics.step, values)
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
    let value = |value: Option<f64>| value.unwrap_or(f64::NAN);
    // What is shown is no record: no error of it matters.
    let _ = match serde_json::from_str(line) {
        Ok(Line::Started { epochs_done, epochs, steps }) => {
            watch.record(&Event::Started { epochs_done, epochs, steps })
        }
        Ok(Line::Step(epoch, step, values)) => {
            let [real_p, fake_p, gen_loss, dis_loss] = values.map(value);
            let metrics = StepMetrics { real_p, fake_p, gen_loss, dis_loss };
            watch.record(&Event::Step { epoch, step, metrics })
        }
        Ok(Line::Epoch(epoch, step, values)) => {
            let values = values.into_iter().map(value).collect();
            watch.record(&Event::Epoch(&EpochMetrics { epoch, step, values, scores: Vec::new() }))
        }
        Ok(Line::Ended(_)) | Err(_) => Ok(()),
    };
}
