//! A sparse matrix times a dense one.
//!
//! The gradient of a maxout layer's pre-activations has at most one entry a unit and image, 1/k of
//! all. Both products of its backward pass are sparse × dense: dW = Gᵀ·X and dX = G·W.

use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

/// A sparse matrix, row by row (compressed sparse rows).
#[derive(Debug, Default)]
pub struct Sparse {
    /// Where each row starts in `entries`; one more than there are rows.
    starts: Vec<u32>,
    /// Column and value, in the order they were given.
    entries: Vec<(u32, f32)>,
}

/// Columns are worked on in blocks of whole vectors, each block's sums held in registers.
const LANES: usize = 16;

impl Sparse {
    /// Starts over with an empty matrix that rows are pushed to.
    pub fn clear(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        self.entries.clear();
    }

    /// Adds an entry to the row being pushed.
    pub fn push(&mut self, column: usize, value: f32) {
        self.entries.push((column as u32, value));
    }

    /// Ends the row being pushed.
    pub fn end_row(&mut self) {
        self.starts.push(self.entries.len() as u32);
    }

    /// Becomes the transpose of `other` (which has `columns` columns) with row i of `other`
    /// multiplied by `weights[i]`.
    pub fn transpose_weighted(&mut self, other: &Self, columns: usize, weights: Option<&[f32]>) {
        self.starts.clear();
        self.starts.resize(columns + 1, 0);
        for (column, _) in &other.entries {
            self.starts[*column as usize + 1] += 1;
        }
        for column in 0..columns {
            self.starts[column + 1] += self.starts[column];
        }
        self.entries.resize(other.entries.len(), (0, 0.0));
        // `starts[c]` runs from the start of row c to its end, which is the start of row c + 1 …
        for row in 0..other.rows() {
            let weight = weights.map_or(1.0, |w| w[row]);
            for (column, value) in other.row(row) {
                let place = &mut self.starts[*column as usize];
                self.entries[*place as usize] = (row as u32, value * weight);
                *place += 1;
            }
        }
        // … so shifting by one puts it right again.
        self.starts.rotate_right(1);
        self.starts[0] = 0;
    }

    fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// Sum of each row.
    pub fn row_sums(&self, sums: &mut [f32]) {
        for (row, sum) in sums.iter_mut().enumerate() {
            *sum = self.row(row).iter().map(|(_, value)| value).sum();
        }
    }

    /// `out = self[rows] · dense`, where `dense` and `out` are row-major with `columns` columns.
    ///
    /// Each element is summed in the order of the entries, whatever the number of threads.
    ///
    /// # Panics
    /// If the lengths do not fit or an entry lies outside `dense`.
    pub fn times(&self, rows: Range<usize>, dense: &[f32], columns: usize, out: &mut [f32]) {
        assert_eq!(out.len(), rows.len() * columns, "length of a sparse product");
        if out.is_empty() {
            return;
        }
        let threads = rayon::current_num_threads();
        if threads == 1 {
            self.times_rows(rows.start, dense, columns, out);
        } else {
            let rows_each = rows.len().div_ceil(threads);
            out.par_chunks_mut(rows_each * columns).enumerate().for_each(|(part, out)| {
                self.times_rows(rows.start + part * rows_each, dense, columns, out);
            });
        }
    }

    fn times_rows(&self, first: usize, dense: &[f32], columns: usize, out: &mut [f32]) {
        let job = Job { sparse: self, first, dense, columns };
        let vectors = columns / LANES;
        let mut column = 0;
        if vectors > 0 {
            let blocks = vectors.div_ceil(8);
            for block in 0..blocks {
                let end = vectors * (block + 1) / blocks * LANES;
                match (end - column) / LANES {
                    1 => job.block::<1>(column, 0, out),
                    2 => job.block::<2>(column, 0, out),
                    3 => job.block::<3>(column, 0, out),
                    4 => job.block::<4>(column, 0, out),
                    5 => job.block::<5>(column, 0, out),
                    6 => job.block::<6>(column, 0, out),
                    7 => job.block::<7>(column, 0, out),
                    _ => job.block::<8>(column, 0, out),
                }
                column = end;
            }
            if column < columns {
                // The last, partial vector: computed whole, ending at the last column, and only
                // its new elements kept.
                job.block::<1>(columns - LANES, column + LANES - columns, out);
            }
        } else {
            job.narrow(out);
        }
    }
}

/// Rows of one product, from `first` on.
struct Job<'a> {
    sparse: &'a Sparse,
    first: usize,
    dense: &'a [f32],
    columns: usize,
}

impl Job<'_> {
    /// `N` vectors of columns from `column` on; the first `skip` elements are not written.
    fn block<const N: usize>(&self, column: usize, skip: usize, out: &mut [f32]) {
        times_block::<N>(
            &self.sparse.starts[self.first..],
            &self.sparse.entries,
            self.dense,
            self.columns,
            column,
            skip,
            out,
        );
    }

    /// Fewer columns than a vector has lanes.
    fn narrow(&self, out: &mut [f32]) {
        for (row, out) in out.chunks_exact_mut(self.columns).enumerate() {
            out.fill(0.0);
            for (index, value) in self.sparse.row(self.first + row) {
                let dense = &self.dense[*index as usize * self.columns..][..self.columns];
                for (out, x) in out.iter_mut().zip(dense) {
                    *out = value.mul_add(*x, *out);
                }
            }
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn times_block<const N: usize>(
    starts: &[u32],
    entries: &[(u32, f32)],
    dense: &[f32],
    columns: usize,
    column: usize,
    skip: usize,
    out: &mut [f32],
) {
    for (row, out) in out.chunks_exact_mut(columns).enumerate() {
        let mut sums = [[0.0f32; LANES]; N];
        for (index, value) in &entries[starts[row] as usize..starts[row + 1] as usize] {
            let from = *index as usize * columns + column;
            let dense = &dense[from..from + N * LANES];
            for n in 0..N {
                for lane in 0..LANES {
                    sums[n][lane] = value.mul_add(dense[n * LANES + lane], sums[n][lane]);
                }
            }
        }
        let out = &mut out[column..column + N * LANES];
        for n in 0..N {
            for lane in 0..LANES {
                if n * LANES + lane >= skip {
                    out[n * LANES + lane] = sums[n][lane];
                }
            }
        }
    }
}
