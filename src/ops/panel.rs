//! A dense matrix laid out for products with sparse ones: in blocks of whole columns.
//!
//! Rows of a wide matrix begin anywhere in a cache line and each on a page of its own. In a panel
//! a row's part of a block is a few aligned vectors, and the next row's part follows it.

use std::ops::Range;

use multiversion::multiversion;

/// Elements of a [`Vector`].
pub(super) const LANES: usize = 16;

/// One vector of elements, where the machine loads it at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Vector(pub(super) [f32; LANES]);

impl Vector {
    pub(super) const ZERO: Self = Self([0.0; LANES]);
}

/// A `rows × columns` matrix, block after block; the last vector of a row is filled up with zeros.
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
}

impl Panels {
    /// Becomes the row-major matrix `values`, in blocks of about equal width and of at most `most`
    /// vectors.
    pub(super) fn fill(&mut self, values: &[f32], columns: usize, most: usize) {
        let vectors = columns.div_ceil(LANES);
        let count = vectors.div_ceil(most);
        self.blocks.clear();
        self.blocks.extend((0..count).map(|block| {
            let edge = |block: usize| (vectors * block / count * LANES).min(columns);
            edge(block)..edge(block + 1)
        }));
        self.rows = values.len() / columns.max(1);
        self.vectors.resize(self.rows * vectors, Vector::ZERO);
        copy(values, columns, &self.blocks, &mut self.vectors);
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
fn copy(values: &[f32], columns: usize, blocks: &[Range<usize>], vectors: &mut [Vector]) {
    let rows = values.len() / columns.max(1);
    for (i, row) in values.chunks_exact(columns.max(1)).enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_the_matrix_filled_up_with_zeros() {
        for (columns, most) in [(1, 7), (16, 7), (33, 1), (290, 7), (784, 3)] {
            let values: Vec<f32> = (1..=3 * columns).map(|i| i as f32).collect();
            let mut panels = Panels::default();
            panels.fill(&values, columns, most);
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
}
