//! A sparse matrix times a dense one.
//!
//! The gradient of a maxout layer's pre-activations has at most one entry a unit and image, 1/k of
//! all. Both products of its backward pass are sparse × dense: dW = Gᵀ·X and dX = G·W.

use std::cell::RefCell;
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

/// Vectors of a block: as many sums as fit in registers with room for the rest.
const MOST_VECTORS: usize = 8;

impl Sparse {
    /// Starts over with an empty matrix that rows are pushed to.
    pub fn clear(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        self.entries.clear();
    }

    /// Adds a row from column, value and whether the entry is there at all.
    pub fn push_row(&mut self, candidates: impl ExactSizeIterator<Item = (usize, f32, bool)>) {
        let start = self.entries.len();
        self.entries.resize(start + candidates.len(), (0, 0.0));
        let row = &mut self.entries[start..];
        let mut length = 0;
        for (column, value, present) in candidates {
            // Written in any case and kept by counting on: no branch to mispredict.
            row[length] = (column as u32, value);
            length += usize::from(present);
        }
        self.entries.truncate(start + length);
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
        let vectors = columns.div_ceil(LANES);
        let blocks = vectors.div_ceil(MOST_VECTORS);
        let mut start = 0;
        for block in 0..blocks {
            let end = (vectors * (block + 1) / blocks * LANES).min(columns);
            match (end - start).div_ceil(LANES) {
                1 => job.block::<1>(start..end, out),
                2 => job.block::<2>(start..end, out),
                3 => job.block::<3>(start..end, out),
                4 => job.block::<4>(start..end, out),
                5 => job.block::<5>(start..end, out),
                6 => job.block::<6>(start..end, out),
                7 => job.block::<7>(start..end, out),
                _ => job.block::<8>(start..end, out),
            }
            start = end;
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
    /// These columns of the product; `N` vectors hold them.
    ///
    /// They are first copied together from `dense`, the last vector filled up with zeros: rows of
    /// a wide matrix begin anywhere in a cache line, and each on a page of its own.
    fn block<const N: usize>(&self, place: Range<usize>, out: &mut [f32]) {
        PANEL.with_borrow_mut(|panel| {
            panel.clear();
            for row in self.dense.chunks_exact(self.columns) {
                for part in row[place.clone()].chunks(LANES) {
                    let mut vector = [0.0; LANES];
                    vector[..part.len()].copy_from_slice(part);
                    panel.push(Vector(vector));
                }
            }
            let starts = &self.sparse.starts[self.first..];
            times_block::<N>(starts, &self.sparse.entries, panel, self.columns, place, out);
        });
    }
}

thread_local! {
    /// A block of columns of a dense matrix, row after row.
    static PANEL: RefCell<Vec<Vector>> = const { RefCell::new(Vec::new()) };
}

/// One vector of elements, where the machine loads it at once.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Vector([f32; LANES]);

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn times_block<const N: usize>(
    starts: &[u32],
    entries: &[(u32, f32)],
    panel: &[Vector],
    columns: usize,
    place: Range<usize>,
    out: &mut [f32],
) {
    for (row, out) in out.chunks_exact_mut(columns).enumerate() {
        let mut sums = [[0.0f32; LANES]; N];
        for (index, value) in &entries[starts[row] as usize..starts[row + 1] as usize] {
            let dense = &panel[*index as usize * N..][..N];
            for (sums, dense) in sums.iter_mut().zip(dense) {
                for (sum, x) in sums.iter_mut().zip(&dense.0) {
                    *sum = value.mul_add(*x, *sum);
                }
            }
        }
        // A copy, so that the sums themselves can stay in registers.
        let sums: [[f32; LANES]; N] = std::array::from_fn(|n| sums[n]);
        for (out, sums) in out[place.clone()].chunks_mut(LANES).zip(&sums) {
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}
