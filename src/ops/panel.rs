//! A dense matrix laid out for products with sparse ones: in blocks of whole columns.
//!
//! Rows of a wide matrix begin anywhere in a cache line and each on a page of its own. In a panel
//! a row's part of a block is a few aligned vectors, and the next row's part follows it.

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

/// A `rows × columns` matrix, block after block; the last vector of a row is filled up.
#[derive(Debug, Default)]
pub(super) struct Panels {
    vectors: Vec<Vector>,
    rows: usize,
    blocks: Vec<Range<usize>>,
}

/// One block of columns.
#[derive(Clone, Debug)]
pub(super) struct Panel<'a> {
    /// Which columns of the matrix.
    pub(super) columns: Range<usize>,
    /// Row after row, [`Panel::width`] vectors each.
    pub(super) vectors: &'a [Vector],
}

impl Panel<'_> {
    /// Vectors of a row.
    pub(super) fn width(&self) -> usize {
        self.columns.len().div_ceil(LANES)
    }

    /// Adds to row i of `sums` those rows of the panel that list i names, each times its factor.
    ///
    /// List i is `entries[starts[i]..starts[i + 1]]`; an entry is a row and a factor. Each element
    /// is summed in the order of its list.
    pub(super) fn add_rows(&self, starts: &[u32], entries: &[(u32, f32)], sums: &mut [Vector]) {
        match self.width() {
            1 => add_rows::<1>(starts, entries, self.vectors, sums),
            2 => add_rows::<2>(starts, entries, self.vectors, sums),
            3 => add_rows::<3>(starts, entries, self.vectors, sums),
            4 => add_rows::<4>(starts, entries, self.vectors, sums),
            5 => add_rows::<5>(starts, entries, self.vectors, sums),
            6 => add_rows::<6>(starts, entries, self.vectors, sums),
            _ => add_rows::<MOST_VECTORS>(starts, entries, self.vectors, sums),
        }
    }
}

impl Panels {
    /// Becomes these row-major matrices, one below the other, in blocks of about equal width and of
    /// at most `most` vectors.
    pub(super) fn fill(&mut self, matrices: &[&[f32]], columns: usize, most: usize) {
        let rows = |values: &[f32]| values.len() / columns.max(1);
        self.shape(matrices.iter().map(|m| rows(m)).sum(), columns, most);
        let mut first = 0;
        for matrix in matrices {
            copy(matrix, columns, first, self.rows, &self.blocks, &mut self.vectors);
            first += rows(matrix);
        }
    }

    /// Becomes the transpose of the row-major matrix `values` with so many columns.
    pub(super) fn fill_transposed(&mut self, values: &[f32], columns: usize, most: usize) {
        self.shape(columns, values.len() / columns.max(1), most);
        transpose(values, columns, &self.blocks, &mut self.vectors);
    }

    fn shape(&mut self, rows: usize, columns: usize, most: usize) {
        let vectors = columns.div_ceil(LANES);
        let count = vectors.div_ceil(most);
        self.blocks.clear();
        self.blocks.extend((0..count).map(|block| {
            let edge = |block: usize| (vectors * block / count * LANES).min(columns);
            edge(block)..edge(block + 1)
        }));
        self.rows = rows;
        self.vectors.resize(rows * vectors, Vector::ZERO);
    }

    /// The blocks, from left to right.
    pub(super) fn iter(&self) -> impl Iterator<Item = Panel<'_>> {
        self.blocks.iter().map(|columns| {
            let [start, end] = [columns.start, columns.end].map(|c| self.rows * c.div_ceil(LANES));
            Panel { columns: columns.clone(), vectors: &self.vectors[start..end] }
        })
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn copy(
    values: &[f32],
    columns: usize,
    first: usize,
    rows: usize,
    blocks: &[Range<usize>],
    vectors: &mut [Vector],
) {
    for (i, row) in (first..rows).zip(values.chunks_exact(columns.max(1))) {
        for block in blocks {
            let width = block.len().div_ceil(LANES);
            let start = rows * (block.start / LANES) + i * width;
            let (whole, rest) = row[block.clone()].as_chunks::<LANES>();
            let out = &mut vectors[start..start + width];
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
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn transpose(values: &[f32], columns: usize, blocks: &[Range<usize>], vectors: &mut [Vector]) {
    /// Columns turned at once.
    const PART: usize = 8;
    for block in blocks {
        let width = block.len().div_ceil(LANES);
        let out = &mut vectors[columns * block.start.div_ceil(LANES)..][..columns * width];
        for n in 0..width {
            let first = block.start + n * LANES;
            let last = (first + LANES).min(block.end);
            // A lane past the end repeats the last row; what it holds is never used.
            let rows: [&[f32]; LANES] = std::array::from_fn(|lane| {
                &values[(first + lane).min(last - 1) * columns..][..columns]
            });
            let parts = rows.map(|row| row.as_chunks::<PART>().0);
            for part in 0..columns / PART {
                let square: [[f32; PART]; LANES] = std::array::from_fn(|lane| parts[lane][part]);
                for k in 0..PART {
                    let vector = std::array::from_fn(|lane| square[lane][k]);
                    out[(part * PART + k) * width + n] = Vector(vector);
                }
            }
            for k in columns / PART * PART..columns {
                out[k * width + n] = Vector(std::array::from_fn(|lane| rows[lane][k]));
            }
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
            let mut panels = Panels::default();
            let (above, below) = values.split_at(columns);
            panels.fill(&[above, below], columns, most);
            let mut next = 0;
            for panel in panels.iter() {
                assert_eq!(panel.columns.start, next);
                assert!(panel.width() <= most);
                next = panel.columns.end;
                for (row, vectors) in panel.vectors.chunks_exact(panel.width()).enumerate() {
                    let got: Vec<f32> = vectors.iter().flat_map(|v| v.0).collect();
                    let width = panel.columns.len();
                    assert_eq!(got[..width], values[row * columns..][panel.columns.clone()]);
                    assert!(got[width..].iter().all(|v| *v == 0.0));
                }
            }
            assert_eq!(next, columns);
        }
    }

    #[test]
    fn the_transpose_is_the_transpose() {
        for (rows, columns) in [(1, 1), (16, 3), (37, 20), (130, 9)] {
            let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let mut panels = Panels::default();
            panels.fill_transposed(&values, columns, 3);
            for panel in panels.iter() {
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
