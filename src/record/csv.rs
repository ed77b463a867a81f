//! The tables of a run, one row an epoch: `loss.csv`, `metrics.csv`, `timing.csv`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::append::AppendFile;
use super::contents::FileState;
use crate::error::{Context, Result};
use crate::model::Model;
use crate::run::{EPOCH_SCORES, EpochMetrics, Metric};

/// Writes one of a run's tables: a header when new, then a row an epoch, each row handed to the
/// system whole.
#[derive(Debug)]
pub(super) struct Table {
    file: AppendFile,
}

impl Table {
    /// A new table; its header is `header`.
    pub(super) fn create(path: PathBuf, header: &str) -> Result<Self> {
        let mut table = Self { file: AppendFile::create(path)? };
        table.append(header)?;
        Ok(table)
    }

    /// The table of an earlier attempt as it was in `state`.
    pub(super) fn resume(source: &Path, path: PathBuf, state: &FileState) -> Result<Self> {
        Ok(Self { file: AppendFile::resume(source, path, state)? })
    }

    /// Adds a row.
    pub(super) fn append(&mut self, row: &str) -> Result<()> {
        writeln!(self.file, "{row}").with_context(|| self.file.failed())?;
        self.file.flush()?;
        Ok(())
    }

    /// The file under it.
    pub(super) fn file(&mut self) -> &mut AppendFile {
        &mut self.file
    }
}

/// The header of `loss.csv`, for the article's network the article's own: the metrics of steps.
pub(super) fn loss_header(model: &dyn Model) -> String {
    let labels: Vec<&str> = of_steps(model).map(|metric| metric.label).collect();
    format!("epoch,{}", labels.join(","))
}

fn of_steps(model: &dyn Model) -> impl Iterator<Item = &'static Metric> {
    model.metrics().iter().filter(|metric| metric.is_of_steps())
}

/// A row of `loss.csv`, as the article's `'{:5d},{:.6f},{:.6f},{:.6f},{:.6f}'` prints it.
pub(super) fn loss_row(model: &dyn Model, metrics: &EpochMetrics) -> String {
    let mut row = format!("{:5}", metrics.epoch);
    for metric in of_steps(model) {
        let value = metrics.get(metric.name).unwrap_or(f64::NAN);
        // Python writes `nan`, Rust `NaN`.
        row += &if value.is_nan() { ",nan".to_owned() } else { format!(",{value:.6}") };
    }
    row
}

/// The columns of `metrics.csv` after epoch and step, with or without scores.
fn columns(model: &dyn Model, scored: bool) -> impl Iterator<Item = &'static Metric> {
    let (scores, probes) = if scored { (EPOCH_SCORES, model.probes()) } else { (&[][..], &[][..]) };
    model.metrics().iter().chain(scores).chain(probes)
}

/// Header of `metrics.csv`, with or without scores.
pub(super) fn metrics_header(model: &dyn Model, scored: bool) -> String {
    let names: Vec<&str> = columns(model, scored).map(|m| m.name).collect();
    format!("epoch,step,{}", names.join(","))
}

/// A row of `metrics.csv`: the shortest digits that read back as the same number. A score without
/// a number is an empty cell.
pub(super) fn metrics_row(model: &dyn Model, metrics: &EpochMetrics, scored: bool) -> String {
    let mut row = format!("{},{}", metrics.epoch, metrics.step);
    for metric in columns(model, scored) {
        let value = metrics.get(metric.name);
        row += &value.map_or_else(|| ",".to_owned(), |value| format!(",{value:?}"));
    }
    row
}

/// Header of `timing.csv`.
pub(super) const TIMING_HEADER: &str = "epoch,seconds,steps_per_second";

/// A row of `timing.csv`: wall time of an epoch with all that was recorded in it.
pub(super) fn timing_row(epoch: u64, seconds: f64, steps: u64) -> String {
    format!("{epoch},{seconds:.3},{:.2}", steps as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gan::{Cgan, METRICS};

    fn metrics(values: &[f64]) -> EpochMetrics {
        let all = values.iter().copied().chain(std::iter::repeat(0.0));
        let numbers = METRICS.iter().map(|m| m.name).zip(all).collect();
        EpochMetrics { epoch: 7, step: 1880, numbers }
    }

    #[test]
    fn loss_rows_are_the_articles() {
        // Python: '{:5d},{:.6f},{:.6f},{:.6f},{:.6f}'.format(7, .5, .1234565, 12345.678, 1e-7)
        let row = loss_row(&Cgan, &metrics(&[0.5, 0.123_456_5, 12_345.678, 1e-7]));
        assert_eq!(row, "    7,0.500000,0.123456,12345.678000,0.000000");
        let row = loss_row(&Cgan, &metrics(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]));
        assert_eq!(row, "    7,nan,inf,-inf,-0.000000");
    }

    #[test]
    fn metrics_rows_read_back_as_the_same_numbers() {
        let written = metrics(&[1.0 / 3.0, 1e-300, f64::MAX, f64::NAN]);
        let row = metrics_row(&Cgan, &written, false);
        assert!(row.starts_with("7,1880,0.3333333333333333,1e-300,"), "{row}");
        let read: Vec<f64> = row.split(',').skip(2).map(|v| v.parse().unwrap()).collect();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let wrote: Vec<f64> = written.numbers.iter().map(|(_, value)| value).collect();
        assert_eq!(bits(&read), bits(&wrote));
        assert_eq!(metrics_header(&Cgan, false).split(',').count(), row.split(',').count());
    }

    #[test]
    fn a_score_without_a_number_is_an_empty_cell() {
        let mut metrics = metrics(&[]);
        let count = |row: &str| row.split(',').count();
        let bare = metrics_row(&Cgan, &metrics, true);
        assert_eq!(count(&metrics_header(&Cgan, true)), count(&bare));
        metrics.numbers.push(EPOCH_SCORES[1].name, 0.25);
        assert!(metrics_row(&Cgan, &metrics, true).contains(",,0.25,,"));
    }
}
