//! Tables of numbers, read back from CSV.

use crate::error::{Context, Damage, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// A table's values of one name, a row each.
pub type Column = Vec<f64>;

/// A table of numbers, by column.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberTable {
    /// Name and values of each column, in the file's order.
    pub columns: Vec<(String, Column)>,
}

impl NumberTable {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, values)| values)
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }
}

/// Reads one of a run's tables. Its first column is the epoch: 0, 1, 2, …. An empty cell is NaN.
///
/// # Errors
/// If it cannot be read, has a cell that is no number, a row of another length, an epoch missing
/// or twice, or a last line without its end (a row that was being written).
pub fn read_table(path: &Path) -> Result<NumberTable> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read = || -> Result<NumberTable> {
        let text = std::str::from_utf8(&bytes)?;
        ensure!(!text.is_empty(), "it is empty");
        ensure!(text.ends_with('\n'), "its last line is cut off");
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let mut columns: Vec<(String, Column)> =
            reader.headers()?.iter().map(|name| (name.to_owned(), Vec::new())).collect();
        for (row, record) in reader.records().enumerate() {
            let record = record?;
            for (cell, (name, values)) in record.iter().zip(&mut columns) {
                // A score that has no number.
                let cell = if cell.is_empty() && name != "epoch" { "NaN" } else { cell };
                let Ok(value) = cell.parse() else {
                    bail!("line {}: {name} is {cell:?}, which is no number", row + 2);
                };
                values.push(value);
            }
            let epoch = columns.first().map_or(0.0, |(_, values)| values[row]);
            ensure!(epoch == row as f64, "line {}: epoch is {epoch}, not {row}", row + 2);
        }
        Ok(NumberTable { columns })
    };
    read().damaged(path.display())
}
