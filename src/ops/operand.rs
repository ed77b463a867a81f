//! What a matrix product is made of.

use std::ops::Range;

use super::panel::Panel;

/// Rows of a product whose sums are held in registers.
pub(super) const ROWS: usize = 4;

/// A matrix operand: `rows × columns`, row-major in memory or the transpose of such.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a, T = f32> {
    /// From the matrix's first element on.
    pub(super) values: &'a [T],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a, T> Operand<'a, T> {
    /// `values` as a row-major `rows × columns` matrix.
    ///
    /// # Panics
    /// If the length is not `rows · columns`.
    pub fn new(values: &'a [T], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "values of a {rows}×{columns} matrix");
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Some of its columns.
    ///
    /// # Panics
    /// If the range is out of bounds.
    pub fn columns(self, columns: Range<usize>) -> Self {
        assert!(columns.start <= columns.end && columns.end <= self.columns, "columns of a matrix");
        let first = (columns.start * self.column_stride).min(self.values.len());
        Self { values: &self.values[first..], columns: columns.len(), ..self }
    }

    /// Its transpose, without moving anything.
    pub fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

impl<'a> Operand<'a> {
    /// `[rows, columns]`.
    pub(super) fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// Makes a panel of some of its columns.
    pub(super) fn fill(&self, panel: &mut Panel, columns: Range<usize>) {
        if self.column_stride == 1 {
            panel.fill_rows(self.values, self.row_stride, self.rows, columns);
        } else {
            panel.fill_transposed(self.values, self.column_stride, self.rows, columns);
        }
    }

    /// [`ROWS`] of its rows, from `first` on, along some of its columns.
    pub(super) fn along(&self, first: usize, columns: Range<usize>) -> Along<'a> {
        if self.column_stride == 1 {
            Along::Rows(std::array::from_fn(|row| {
                &self.values[(first + row) * self.row_stride..][columns.clone()]
            }))
        } else {
            let from = columns.start * self.column_stride + first;
            Along::Columns(self.values[from..].chunks(self.column_stride))
        }
    }
}

/// [`ROWS`] rows of a factor along a part of the inner length, as they lie in memory.
pub(super) enum Along<'a> {
    /// Each in one piece.
    Rows([&'a [f32]; ROWS]),
    /// Beside each other, this far apart along the inner length.
    Columns(std::slice::Chunks<'a, f32>),
}
