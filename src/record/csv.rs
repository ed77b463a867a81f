//! The tables of a run, one row an epoch: `loss.csv`, `metrics.csv`, `timing.csv`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::files::{AppendFile, FileState};
use crate::run::{EPOCH_METRICS, EPOCH_SCORES, EpochMetrics};

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

/// The header of `loss.csv`: the columns of the article's own table.
pub(crate) const LOSS_HEADER: &str = "epoch,Real_P,Fake_P,Gen_loss,Dis_loss";

/// A row of `loss.csv`, as the article's `'{:5d},{:.6f},{:.6f},{:.6f},{:.6f}'` prints it.
pub(super) fn loss_row(metrics: &EpochMetrics) -> String {
    let mut row = format!("{:5}", metrics.epoch);
    for name in ["real_p", "fake_p", "gen_loss", "dis_loss"] {
        let value = metrics.get(name).unwrap_or(f64::NAN);
        // Python writes `nan`, Rust `NaN`.
        row += &if value.is_nan() { ",nan".to_owned() } else { format!(",{value:.6}") };
    }
    row
}

/// Header of `metrics.csv`, with or without scores.
pub(super) fn metrics_header(scored: bool) -> String {
    let scores = if scored { EPOCH_SCORES } else { &[] };
    let names: Vec<&str> = EPOCH_METRICS.iter().chain(scores).map(|m| m.name).collect();
    format!("epoch,step,{}", names.join(","))
}

/// A row of `metrics.csv`: the shortest digits that read back as the same number. A score without
/// a number is an empty cell.
pub(super) fn metrics_row(metrics: &EpochMetrics, scored: bool) -> String {
    let mut row = format!("{},{}", metrics.epoch, metrics.step);
    for value in &metrics.values {
        row += &format!(",{value:?}");
    }
    let scores = if scored { EPOCH_SCORES.len() } else { 0 };
    for place in 0..scores {
        let value = metrics.scores.get(place).copied().flatten();
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

    fn metrics(values: &[f64]) -> EpochMetrics {
        let mut all = vec![0.0; EPOCH_METRICS.len()];
        all[..values.len()].copy_from_slice(values);
        EpochMetrics { epoch: 7, step: 1880, values: all, scores: Vec::new() }
    }

    #[test]
    fn loss_rows_are_the_articles() {
        // Python: '{:5d},{:.6f},{:.6f},{:.6f},{:.6f}'.format(7, .5, .1234565, 12345.678, 1e-7)
        let row = loss_row(&metrics(&[0.5, 0.123_456_5, 12_345.678, 1e-7]));
        assert_eq!(row, "    7,0.500000,0.123456,12345.678000,0.000000");
        let row = loss_row(&metrics(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]));
        assert_eq!(row, "    7,nan,inf,-inf,-0.000000");
    }

    #[test]
    fn metrics_rows_read_back_as_the_same_numbers() {
        let written = metrics(&[1.0 / 3.0, 1e-300, f64::MAX, f64::NAN]);
        let row = metrics_row(&written, false);
        assert!(row.starts_with("7,1880,0.3333333333333333,1e-300,"), "{row}");
        let read: Vec<f64> = row.split(',').skip(2).map(|v| v.parse().unwrap()).collect();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read), bits(&written.values));
        assert_eq!(metrics_header(false).split(',').count(), row.split(',').count());
    }

    #[test]
    fn a_score_without_a_number_is_an_empty_cell() {
        let mut metrics = metrics(&[]);
        let count = |row: &str| row.split(',').count();
        let bare = metrics_row(&metrics, true);
        assert_eq!(count(&metrics_header(true)), count(&bare));
        metrics.scores = vec![None; EPOCH_SCORES.len()];
        assert_eq!(metrics_row(&metrics, true), bare);
        metrics.scores[1] = Some(0.25);
        assert!(metrics_row(&metrics, true).contains(",,0.25,,"));
    }
}
