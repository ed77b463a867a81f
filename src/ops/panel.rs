//! A block of whole columns of a dense matrix, laid out for products with sparse ones.
//!
//! Rows of a wide matrix begin anywhere in a cache line and each on a page of its own. In a panel
//! a row's part of a block is a few aligned vectors, and the next row's part follows it. One block
//! at a time is laid out and used, while it is in the second-level cache.

use std::cell::RefCell;
use std::ops::Range;

use multiversion::multiversion;

/// Vectors of a block whose sums, for one row, are held in registers.
pub(super) const MOST_VECTORS: usize = 7;

/// Rows of a panel whose vectors stay in a part of the first-level cache (24 KiB).
pub(super) const TILE_ROWS: usize = (24 << 10) / (MOST_VECTORS * size_of::<Vector>());

/// Elements of a [`Vector`].
pub(super) const LANES: usize = 16;

/// One vector of elements, where the machine loads it at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Vector(pub(super) [f32; LANES]);

impl Vector {
    pub(super) const ZERO: Self = Self([0.0; LANES]);
}

/// Whether there are vectors of this width, and 32 registers for them.
pub(super) fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Ranges of about equal width and of at most `most` vectors that make up all columns: as many for
/// each thread of the surrounding rayon pool, unless they would become too narrow.
pub(super) fn blocks(columns: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    /// A narrower block costs more to lay out than another thread gains.
    const LEAST_VECTORS: usize = 3;
    let vectors = columns.div_ceil(LANES);
    let least = vectors.div_ceil(most);
    let even = least.next_multiple_of(rayon::current_num_threads());
    let count = even.min((vectors / LEAST_VECTORS).max(least));
    let edge = move |block: usize| (vectors * block / count * LANES).min(columns);
    (0..count).map(move |block| edge(block)..edge(block + 1))
}

/// A thread's panel, and memory for sums.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) panel: Panel,
    pub(super) sums: Vec<Vector>,
}

impl Scratch {
    /// Lends that of this thread.
    pub(super) fn with<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        thread_local! {
            static SCRATCH: RefCell<Scratch> = RefCell::default();
        }
        SCRATCH.with_borrow_mut(work)
    }
}

/// One block of columns; the last vector of a row is filled up.
#[derive(Debug, Default)]
pub(super) struct Panel {
    /// Which columns of the matrix.
    pub(super) columns: Range<usize>,
    /// Row after row, [`Panel::width`] vectors each.
    pub(super) vectors: Vec<Vector>,
}

impl Panel {
    /// Vectors of a row.
    pub(super) fn width(&self) -> usize {
        self.columns.len().div_ceil(LANES)
    }

    /// Becomes some columns of these row-major matrices, one below the other, which have `inputs`
    /// columns in all.
    pub(super) fn fill(&mut self, matrices: &[&[f32]], inputs: usize, columns: Range<usize>) {
        let rows = |matrix: &[f32]| matrix.len() / inputs;
        self.shape(matrices.iter().map(|m| rows(m)).sum(), columns);
        let width = self.width();
        let mut rest = &mut self.vectors[..];
        for matrix in matrices {
            let (part, below) = rest.split_at_mut(rows(matrix) * width);
            copy(matrix, inputs, self.columns.clone(), part);
            rest = below;
        }
    }

    /// Becomes some columns of the first `rows` rows of a matrix, which begin `stride` elements apart.
    pub(super) fn fill_rows(
        &mut self,
        values: &[f32],
        stride: usize,
        rows: usize,
        columns: Range<usize>,
    ) {
        self.shape(rows, columns.clone());
        copy(values, stride, columns, &mut self.vectors);
    }

    /// Becomes some columns of the transpose of a matrix, that is some of the matrix's `rows`, of which
    /// it takes the first `length` elements; they begin `stride` elements apart.
    pub(super) fn fill_transposed(
        &mut self,
        values: &[f32],
        stride: usize,
        length: usize,
        rows: Range<usize>,
    ) {
        self.shape(length, rows.clone());
        let width = self.width();
        transpose(&values[rows.start * stride..], stride, rows.len(), width, &mut self.vectors);
    }

    fn shape(&mut self, rows: usize, columns: Range<usize>) {
        self.columns = columns;
        self.vectors.resize(rows * self.width(), Vector::ZERO);
    }

    /// Adds to row i of `sums` those rows of the panel that list i names, each times its factor.
    ///
    /// List i is `entries[starts[i]..starts[i + 1]]`; an entry is a row and a factor. Each element
    /// is summed in the order of its list.
    pub(super) fn add_rows(&self, starts: &[u32], entries: &[(u32, f32)], sums: &mut [Vector]) {
        match self.width() {
            1 => add_rows::<1>(starts, entries, &self.vectors, sums),
            2 => add_rows::<2>(starts, entries, &self.vectors, sums),
            3 => add_rows::<3>(starts, entries, &self.vectors, sums),
            4 => add_rows::<4>(starts, entries, &self.vectors, sums),
            5 => add_rows::<5>(starts, entries, &self.vectors, sums),
            6 => add_rows::<6>(starts, entries, &self.vectors, sums),
            _ => add_rows::<MOST_VECTORS>(starts, entries, &self.vectors, sums),
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn copy(values: &[f32], stride: usize, columns: Range<usize>, vectors: &mut [Vector]) {
    let width = columns.len().div_ceil(LANES);
    for (row, out) in values.chunks(stride).zip(vectors.chunks_exact_mut(width)) {
        let (whole, rest) = row[columns.clone()].as_chunks::<LANES>();
        for (out, whole) in out.iter_mut().zip(whole) {
            out.0 = *whole;
        }
        if !rest.is_empty() {
            let mut last = [0.0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            out[width - 1].0 = last;
        }
    }
}

/// The transpose of `count` rows that begin `stride` elements apart, at `width` vectors a row: as many
/// elements of each row as there is room for.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn transpose(values: &[f32], stride: usize, count: usize, width: usize, out: &mut [Vector]) {
    /// Columns turned at once.
    const PART: usize = 8;
    let length = out.len() / width;
    for n in 0..width {
        // A lane past the end repeats the last row; what it holds is never used.
        let rows: [&[f32]; LANES] = std::array::from_fn(|lane| {
            &values[(n * LANES + lane).min(count - 1) * stride..][..length]
        });
        let parts = rows.map(|row| row.as_chunks::<PART>().0);
        for part in 0..length / PART {
            let square: [[f32; PART]; LANES] = std::array::from_fn(|lane| parts[lane][part]);
            for k in 0..PART {
                let vector = std::array::from_fn(|lane| square[lane][k]);
                out[(part * PART + k) * width + n] = Vector(vector);
            }
        }
        for k in length / PART * PART..length {
            out[k * width + n] = Vector(std::array::from_fn(|lane| rows[lane][k]));
        }
    }
}

/// Adds to each row of `sums` the rows of `panel` that its list names, times their gradients.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add_rows<const N: usize>(
    starts: &[u32],
    entries: &[(u32, f32)],
    panel: &[Vector],
    sums: &mut [Vector],
) {
    for (range, kept) in starts.windows(2).zip(sums.chunks_exact_mut(N)) {
        let mut sums: [[f32; LANES]; N] = std::array::from_fn(|n| kept[n].0);
        for (index, value) in &entries[range[0] as usize..range[1] as usize] {
            let row = &panel[*index as usize * N..][..N];
            for (sums, x) in sums.iter_mut().zip(row) {
                for (sum, x) in sums.iter_mut().zip(&x.0) {
                    *sum = value.mul_add(*x, *sum);
                }
            }
        }
        // A copy, so that the sums themselves can stay in registers.
        let sums: [[f32; LANES]; N] = std::array::from_fn(|n| sums[n]);
        for (kept, sums) in kept.iter_mut().zip(sums) {
            kept.0 = sums;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_the_matrix_filled_up_with_zeros() {
        for (columns, most) in [(1, 7), (16, 7), (33, 1), (290, 7), (784, 3)] {
            let values: Vec<f32> = (1..=3 * columns).map(|i| i as f32).collect();
            let (above, below) = values.split_at(columns);
            let mut panel = Panel::default();
            let mut next = 0;
            for block in blocks(columns, most) {
                assert_eq!(block.start, next);
                next = block.end;
                panel.fill(&[above, below], columns, block.clone());
                assert!(panel.width() <= most);
                assert_eq!(panel.vectors.len(), 3 * panel.width());
                for (row, vectors) in panel.vectors.chunks_exact(panel.width()).enumerate() {
                    let got: Vec<f32> = vectors.iter().flat_map(|v| v.0).collect();
                    assert_eq!(got[..block.len()], values[row * columns..][block.clone()]);
                    assert!(got[block.len()..].iter().all(|v| *v == 0.0));
                }
            }
            assert_eq!(next, columns);
        }
    }

    #[test]
    fn the_transpose_is_the_transpose() {
        for (rows, columns) in [(1, 1), (16, 3), (37, 20), (130, 9)] {
            let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let mut panel = Panel::default();
            for block in blocks(rows, 3) {
                panel.fill_transposed(&values, columns, columns, block);
                for (row, vectors) in panel.vectors.chunks_exact(panel.width()).enumerate() {
                    let got: Vec<f32> = vectors.iter().flat_map(|v| v.0).collect();
                    for (got, column) in got.iter().zip(panel.columns.clone()) {
                        assert_eq!(*got, values[column * columns + row]);
                    }
                }
            }
        }
    }
}
