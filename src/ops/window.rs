//! A matrix cut into windows that threads write to side by side.

#![expect(unsafe_code, reason = "windows of one matrix are disjoint; see SAFETY")]

use std::marker::PhantomData;
use std::ops::Range;

use rayon::prelude::*;

use super::panel::blocks;

/// Some rows and columns of a row-major matrix.
#[derive(Debug)]
pub(super) struct Window<'a> {
    matrix: *mut f32,
    stride: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    lifetime: PhantomData<&'a mut [f32]>,
}

impl Window<'_> {
    /// Which rows of the matrix.
    pub(super) fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Which of the columns that were cut, counted from the first of these.
    pub(super) fn columns(&self, first: usize) -> Range<usize> {
        self.columns.start - first..self.columns.end - first
    }

    /// The window's part of a row of the matrix.
    ///
    /// # Panics
    /// If it has none.
    pub(super) fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(self.rows.contains(&row), "row {row} of a window on {:?}", self.rows);
        // SAFETY: row and columns are inside the matrix (checked in `each_window`), which is lent for
        // this lifetime and of which no other window has this row and these columns; the borrow of
        // this window keeps them for one caller at a time.
        unsafe {
            let first = self.matrix.add(row * self.stride + self.columns.start);
            std::slice::from_raw_parts_mut(first, self.columns.len())
        }
    }
}

/// Where the windows are cut out.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    /// Columns of the whole matrix.
    pub(super) stride: usize,
    /// The columns that are cut into windows.
    pub(super) columns: Range<usize>,
    /// Most vectors of a row of a window.
    pub(super) most: usize,
    /// Rows that stay together, where there are more threads than windows side by side.
    pub(super) together: usize,
}

/// A pointer that threads are handed.
struct First(*mut f32);

// SAFETY: only `Window::row` reads or writes what it points to, each window its own part.
unsafe impl Sync for First {}

impl First {
    fn get(&self) -> *mut f32 {
        self.0
    }
}

/// Cuts some columns of a row-major `matrix` into windows and does `work` on each, on the threads of
/// the surrounding rayon pool.
///
/// # Panics
/// If the matrix has no such columns.
pub(super) fn each_window(matrix: &mut [f32], cut: &Cut, work: impl Fn(Window<'_>) + Sync) {
    let Cut { stride, columns, most, together } = cut.clone();
    assert!(columns.start <= columns.end && columns.end <= stride, "columns of a matrix");
    assert_eq!(matrix.len() % stride.max(1), 0, "whole rows of a matrix");
    let rows = matrix.len() / stride.max(1);
    let blocks: Vec<Range<usize>> = blocks(columns.len(), most)
        .map(|block| columns.start + block.start..columns.start + block.end)
        .collect();
    if rows == 0 || blocks.is_empty() {
        return;
    }
    let parts = (rayon::current_num_threads() / blocks.len()).max(1);
    let each = rows.div_ceil(parts).div_ceil(together).saturating_mul(together);
    let parts = rows.div_ceil(each);
    let first = First(matrix.as_mut_ptr());
    (0..parts * blocks.len()).into_par_iter().with_max_len(1).for_each(|index| {
        let (part, block) = (index / blocks.len(), index % blocks.len());
        work(Window {
            matrix: first.get(),
            stride,
            rows: part * each..((part + 1) * each).min(rows),
            columns: blocks[block].clone(),
            lifetime: PhantomData,
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_make_up_the_columns_and_nothing_else() {
        for threads in [1, 2, 3, 16] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for (rows, stride, columns) in [(1, 1, 0..1), (7, 290, 0..290), (40, 300, 13..113)] {
                let mut matrix = vec![0.0; rows * stride];
                let cut = Cut { stride, columns: columns.clone(), most: 3, together: 4 };
                pool.install(|| {
                    each_window(&mut matrix, &cut, |mut window| {
                        assert!(window.columns(0).len() <= 3 * 16);
                        for row in window.rows() {
                            window.row(row).iter_mut().for_each(|v| *v += 1.0);
                        }
                    });
                });
                for (i, v) in matrix.iter().enumerate() {
                    let inside = columns.contains(&(i % stride));
                    assert_eq!(*v, f32::from(u8::from(inside)), "{threads} threads, element {i}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "row 2 of a window on 0..2")]
    fn a_row_that_is_not_there_is_refused() {
        let cut = Cut { stride: 1, columns: 0..1, most: 1, together: 2 };
        each_window(&mut [0.0; 2], &cut, |mut window| window.row(2)[0] = 1.0);
    }
}
