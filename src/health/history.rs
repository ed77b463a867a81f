//! The epoch table as the health checks read it.

use std::collections::BTreeMap;

use crate::files::NumberTable;

/// Named series, one place an epoch; `None` where an epoch has no number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    epochs: usize,
    columns: BTreeMap<String, Vec<Option<f64>>>,
}

impl History {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The table as it lies on disk.
    pub fn read(table: &NumberTable) -> Self {
        let mut history = Self::new();
        for row in 0..table.rows() {
            let metrics =
                table.columns.iter().filter(|(name, _)| name != "epoch" && name != "step");
            let number = |value: f64| Some(value).filter(|value| !value.is_nan());
            history.push_named(metrics.map(|(name, values)| (name.as_str(), number(values[row]))));
        }
        history
    }

    /// Adds an epoch with these numbers.
    pub fn push_named<'a>(&mut self, numbers: impl IntoIterator<Item = (&'a str, Option<f64>)>) {
        for (name, number) in numbers {
            let column = self.columns.entry(name.to_owned()).or_default();
            column.resize(self.epochs, None);
            column.push(number);
        }
        self.epochs += 1;
    }

    /// The first epochs, this many.
    #[cfg(test)]
    pub(super) fn first(&self, epochs: usize) -> Self {
        let cut = |(name, column): (&String, &Vec<Option<f64>>)| {
            (name.clone(), column.iter().take(epochs).copied().collect())
        };
        Self { epochs, columns: self.columns.iter().map(cut).collect() }
    }

    /// Number of epochs.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The names of all columns, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// One place an epoch; all `None` for a column that is not there.
    pub(super) fn column(&self, name: &str) -> Vec<Option<f64>> {
        let mut column = self.columns.get(name).cloned().unwrap_or_default();
        column.resize(self.epochs, None);
        column
    }

    /// `f` of two columns, where both have a number.
    pub(super) fn both(&self, a: &str, b: &str, f: impl Fn(f64, f64) -> f64) -> Vec<Option<f64>> {
        self.column(a).into_iter().zip(self.column(b)).map(|(a, b)| Some(f(a?, b?))).collect()
    }
}
