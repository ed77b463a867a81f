//! A set of feature vectors, and products of all pairs of rows, block by block.

use std::ops::Range;

use multiversion::multiversion;
use nalgebra::DMatrixView;

use crate::ops::matmul::{Operand, matmul};
use crate::run::NotComputable;

/// Rows of a block of pair products: with [`BLOCK_COLS`] 512 kB, which stays in the second cache.
const BLOCK_ROWS: usize = 256;
const BLOCK_COLS: usize = 256;

/// `len × dim` feature vectors, row-major, all finite. Scores are computed in f64: a squared
/// distance taken as ‖x‖² + ‖y‖² - 2x·y loses half its digits.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    dim: usize,
    values: Vec<f64>,
}

impl Features {
    /// Feature vectors of length `dim`, one after the other.
    ///
    /// # Errors
    /// If `values` is not a whole number of vectors, or one of them is not finite.
    pub fn new(dim: usize, values: Vec<f64>) -> Result<Self, NotComputable> {
        if dim == 0 || !values.len().is_multiple_of(dim) {
            return Err(NotComputable(format!(
                "{} numbers are no whole number of vectors of length {dim}",
                values.len()
            )));
        }
        if let Some(bad) = values.iter().position(|x| !x.is_finite()) {
            return Err(NotComputable(format!(
                "sample {} has a value that is {}",
                bad / dim,
                values[bad]
            )));
        }
        Ok(Self { dim, values })
    }

    /// The same from f32.
    ///
    /// # Errors
    /// As [`Features::new`].
    pub fn from_f32(dim: usize, values: &[f32]) -> Result<Self, NotComputable> {
        Self::new(dim, values.iter().copied().map(f64::from).collect())
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Length of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Vector number `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.dim..(i + 1) * self.dim]
    }

    /// The vectors with these numbers, in this order.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { dim: self.dim, values: rows.iter().flat_map(|&i| self.row(i)).copied().collect() }
    }

    /// Whether all vectors are the same one.
    pub fn all_equal(&self) -> bool {
        self.values.chunks_exact(self.dim).all(|row| row == self.row(0))
    }

    /// Squared length of every vector.
    pub fn squared_norms(&self) -> Vec<f64> {
        self.values.chunks_exact(self.dim).map(|row| row.iter().map(|x| x * x).sum()).collect()
    }

    /// Rows `range` as a `rows × dim` matrix.
    fn operand(&self, range: Range<usize>) -> Operand<'_, f64> {
        let values = &self.values[range.start * self.dim..range.end * self.dim];
        Operand::new(values, range.len(), self.dim)
    }

    /// Rows `range` as the columns of a `dim × rows` matrix.
    pub(super) fn columns(&self, range: Range<usize>) -> DMatrixView<'_, f64> {
        let data = &self.values[range.start * self.dim..range.end * self.dim];
        DMatrixView::from_slice(data, self.dim, range.len())
    }
}

/// Calls `visit(i, j0, products)` with the inner products of x's row `i` and y's rows `j0`,
/// `j0 + 1`, …, until every pair was visited once. The order of the visits, all on the calling
/// thread, and that of each product's sum are fixed, so sums over them have the same bits whatever
/// the number of threads.
pub(super) fn for_each_inner_product(
    x: &Features,
    y: &Features,
    visit: impl FnMut(usize, usize, &mut [f64]),
) {
    for_each_block(x, y, |_, _| true, visit);
}

/// As [`for_each_inner_product`] of a set with itself, but of two pairs that mirror each other
/// perhaps only the one with i < j.
pub(super) fn for_each_inner_product_within(
    x: &Features,
    visit: impl FnMut(usize, usize, &mut [f64]),
) {
    for_each_block(x, x, |i0, j_end| i0 < j_end, visit);
}

/// [`for_each_inner_product`] in blocks: those with the first row and the end of the columns that
/// are `wanted`.
fn for_each_block(
    x: &Features,
    y: &Features,
    wanted: impl Fn(usize, usize) -> bool,
    mut visit: impl FnMut(usize, usize, &mut [f64]),
) {
    assert_eq!(x.dim, y.dim, "features of one scorer");
    let mut block = vec![0.0; BLOCK_ROWS * BLOCK_COLS];
    for j0 in (0..y.len()).step_by(BLOCK_COLS) {
        let cols = BLOCK_COLS.min(y.len() - j0);
        for i0 in (0..x.len()).step_by(BLOCK_ROWS).filter(|&i0| wanted(i0, j0 + cols)) {
            let rows = BLOCK_ROWS.min(x.len() - i0);
            let block = &mut block[..rows * cols];
            matmul(x.operand(i0..i0 + rows), y.operand(j0..j0 + cols).t(), block, false);
            for (i, row) in block.chunks_exact_mut(cols).enumerate() {
                visit(i0 + i, j0, row);
            }
        }
    }
}

/// As [`for_each_inner_product`], with squared distances, none below 0.
pub(super) fn for_each_squared_distance(
    x: &Features,
    y: &Features,
    mut visit: impl FnMut(usize, usize, &mut [f64]),
) {
    let (x_norms, y_norms) = (x.squared_norms(), y.squared_norms());
    for_each_inner_product(x, y, |i, j0, row| {
        to_squared_distances(row, x_norms[i], &y_norms[j0..]);
        visit(i, j0, row);
    });
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn to_squared_distances(products: &mut [f64], x_norm: f64, y_norms: &[f64]) {
    for (product, y_norm) in products.iter_mut().zip(y_norms) {
        *product = (x_norm + y_norm - 2.0 * *product).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(n: usize, dim: usize, scale: f64) -> Features {
        let values = (0..n * dim).map(|i| (i as f64 * 0.7 + scale).sin()).collect();
        Features::new(dim, values).unwrap()
    }

    #[test]
    fn distances_cover_every_pair_once() {
        for dim in [1, 5, 7] {
            let (x, y) = (features(300, dim, 0.0), features(1100, dim, 1.0));
            let mut seen = vec![0_u32; x.len() * y.len()];
            for_each_squared_distance(&x, &y, |i, j0, row| {
                for (j, got) in row.iter().enumerate() {
                    seen[i * y.len() + j0 + j] += 1;
                    let want: f64 =
                        x.row(i).iter().zip(y.row(j0 + j)).map(|(a, b)| (a - b).powi(2)).sum();
                    assert!((got - want).abs() < 1e-12, "{got} {want}");
                }
            });
            assert!(seen.iter().all(|&count| count == 1));
        }
    }

    #[test]
    fn bad_values_are_named() {
        assert_eq!(
            Features::new(2, vec![0.0, 1.0, 2.0, f64::NAN]).unwrap_err().to_string(),
            "sample 1 has a value that is NaN"
        );
        assert_eq!(
            Features::new(2, vec![0.0; 3]).unwrap_err().to_string(),
            "3 numbers are no whole number of vectors of length 2"
        );
    }
}
