//! Matrix products: by `Tiles` where they fit, else through the gemm crate (0.19, AVX-512 or AVX2
//! kernels chosen at run time).

#![expect(unsafe_code, reason = "gemm takes raw pointers; lengths are checked before")]

use gemm_common::Parallelism;
use rayon::prelude::*;

pub use super::operand::Operand;
use super::product::Tiles;

/// Numbers that gemm multiplies: `f32` and `f64`.
pub trait Number: Copy + Send + Sync + 'static {
    /// The number 1.
    const ONE: Self;

    /// gemm's product for this machine.
    fn kernel() -> Kernel<Self>;

    /// Makes the product of `a` and `b` in another way than by gemm, with the same bits; whether it has
    /// been made. It goes into the columns from `first` on of `out`, which has so many `columns`.
    fn product(
        _a: Operand<'_, Self>,
        _b: Operand<'_, Self>,
        _out: &mut [Self],
        _columns: usize,
        _first: usize,
        _accumulate: bool,
    ) -> bool {
        false
    }
}

/// m, n, k; the product's first element, column and row stride, and whether it is added to; the same
/// of both factors; what the old product and the new one are multiplied by; whether complex numbers
/// are conjugated; threads.
type Kernel<T> = unsafe fn(
    usize,
    usize,
    usize,
    *mut T,
    isize,
    isize,
    bool,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    T,
    bool,
    bool,
    bool,
    Parallelism,
);

impl Number for f32 {
    const ONE: Self = 1.0;

    fn kernel() -> Kernel<Self> {
        gemm_f32::gemm::f32::get_gemm_fn()
    }

    fn product(
        a: Operand<'_>,
        b: Operand<'_>,
        out: &mut [f32],
        columns: usize,
        first: usize,
        accumulate: bool,
    ) -> bool {
        let tiles = Tiles::of(&a, &b, accumulate);
        if let Some(tiles) = &tiles {
            tiles.product(a, b, out, columns, first);
        }
        tiles.is_some()
    }
}

impl Number for f64 {
    const ONE: Self = 1.0;

    fn kernel() -> Kernel<Self> {
        gemm_f64::gemm::f64::get_gemm_fn()
    }
}

/// `out = a·b`, or `out += a·b` where `accumulate`. `out` is row-major.
///
/// Uses the threads of the surrounding rayon pool. The sums of an element are made in the same
/// order for any number of threads.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul<T: Number>(a: Operand<'_, T>, b: Operand<'_, T>, out: &mut [T], accumulate: bool) {
    assert_eq!(out.len(), a.rows * b.columns, "length of a product");
    matmul_columns(a, b, out, b.columns, 0, accumulate);
}

/// As [`matmul`], into the columns from `first` on of a matrix `out` with `columns` columns.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul_columns<T: Number>(
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    out: &mut [T],
    columns: usize,
    first: usize,
    accumulate: bool,
) {
    assert_eq!(a.columns, b.rows, "inner lengths of a product");
    assert_eq!(out.len(), a.rows * columns, "length of a product");
    assert!(first + b.columns <= columns, "columns of a product");
    if a.rows * b.columns == 0 || T::product(a, b, out, columns, first, accumulate) {
        return;
    }
    gemm(a, b, out, columns, first, accumulate);
}

/// [`matmul_columns`] by gemm, where the product has elements.
pub(super) fn gemm<T: Number>(
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    out: &mut [T],
    columns: usize,
    first: usize,
    accumulate: bool,
) {
    let out = Product { first: out[first..].as_mut_ptr(), row_stride: columns };
    // A thread gets some rows, or some columns, whichever lie together in the operand that is
    // transposed: gemm copies that one, and so each thread copies a part of its own.
    let by_rows = a.column_stride != 1;
    let length = if by_rows { a.rows } else { b.columns };
    let parts = parts(length, a.rows * b.columns, a.columns);
    (0..parts).into_par_iter().for_each(|part| {
        let edge =
            |part: usize| if part == parts { length } else { length * part / parts / 16 * 16 };
        let range = edge(part)..edge(part + 1);
        let (a, b, row, column) = if by_rows {
            (a.t().columns(range.clone()).t(), b, range.start, 0)
        } else {
            (a, b.columns(range.clone()), 0, range.start)
        };
        // SAFETY: `out` holds the whole product at its row stride (checked above), overlaps neither
        // operand, having been `&mut`, and no two parts have a row and column in common.
        unsafe { out.write(a, b, row, column, accumulate) };
    });
}

/// Into how many parts a product of this size is split along `length` rows or columns.
///
/// gemm sums small products in another order: single rows or columns, up to 256 elements, up to
/// 64 × 64. No part may be so small, or the number of threads would change bits.
fn parts(length: usize, elements: usize, inner: usize) -> usize {
    /// Multiply-adds below which a thread is not worth waking.
    const LEAST_WORK: usize = 1 << 18;
    let threads = rayon::current_num_threads();
    threads.min(length / 80).min(elements / 1024).min(elements * inner / LEAST_WORK).max(1)
}

/// Where a product goes.
struct Product<T> {
    first: *mut T,
    row_stride: usize,
}

// SAFETY: written to by `write` alone, whose callers see to it that threads do not meet.
unsafe impl<T: Number> Sync for Product<T> {}

impl<T: Number> Product<T> {
    /// Writes the product of some rows of the one and some columns of the other operand, from this
    /// row and column on, on the calling thread.
    ///
    /// # Safety
    /// There must be as much memory, and nothing else may use it meanwhile.
    unsafe fn write(
        &self,
        a: Operand<'_, T>,
        b: Operand<'_, T>,
        row: usize,
        column: usize,
        accumulate: bool,
    ) {
        let step = |stride: usize| isize::try_from(stride).expect("a stride below isize::MAX");
        let first = row * self.row_stride + column;
        // gemm's kernels want columns that lie together: the product of a row-major matrix's
        // transpose has them. A single column has them as it is.
        let (a, b, strides) = if self.row_stride > 1 {
            (b.t(), a.t(), [self.row_stride, 1])
        } else {
            (a, b, [1, self.row_stride])
        };
        // SAFETY: each operand's slice holds rows × columns elements at its strides (checked in
        // `Operand::new`, kept by `columns` and `t`); the caller answers for the product's memory.
        unsafe {
            T::kernel()(
                a.rows,
                b.columns,
                a.columns,
                self.first.add(first),
                step(strides[0]),
                step(strides[1]),
                accumulate,
                a.values.as_ptr(),
                step(a.column_stride),
                step(a.row_stride),
                b.values.as_ptr(),
                step(b.column_stride),
                step(b.row_stride),
                T::ONE,
                T::ONE,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::panel::has_avx512;
    use super::*;

    #[test]
    fn products_have_the_bits_of_gemm() {
        // Inner lengths of one tile, of several, and of several of gemm's pieces; rows and columns that
        // fill no whole group or vector.
        for (rows, inner, columns) in [
            (65, 3, 16),
            (4, 96, 65),
            (70, 97, 100),
            (131, 601, 77),
            (66, 1_300, 203),
            (256, 784, 96),
        ] {
            let values = |n: usize, step: f32| -> Vec<f32> {
                (0..n).map(|i| (i as f32 * step).sin()).collect()
            };
            let (a, b) = (values(rows * inner, 0.37), values(inner * columns, 0.71));
            let plain = (Operand::new(&a, rows, inner), Operand::new(&b, inner, columns));
            let left = Operand::new(&a, inner, rows).t();
            let right = Operand::new(&b, columns, inner).t();
            for (a, b) in [plain, (left, plain.1), (plain.0, right), (left, right)] {
                for accumulate in [false, true] {
                    let mut ours = values(rows * columns, 0.11);
                    let mut theirs = ours.clone();
                    let Some(tiles) = Tiles::of(&a, &b, accumulate) else {
                        assert!(!has_avx512(), "{rows}×{inner}×{columns}");
                        return;
                    };
                    tiles.product(a, b, &mut ours, columns, 0);
                    gemm(a, b, &mut theirs, columns, 0, accumulate);
                    let bits = |v: &[f32]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                    assert!(bits(&ours) == bits(&theirs), "{rows}×{inner}×{columns}");
                }
            }
        }
    }

    #[test]
    fn sums_of_rows_that_begin_alike_are_made_once() {
        use super::super::product::Alike;

        let (rows, inner, columns) = (48, 150, 77);
        let values =
            |n: usize, step: f32| -> Vec<f32> { (0..n).map(|i| (i as f32 * step).sin()).collect() };
        let b = values(inner * columns, 0.71);
        let right = Operand::new(&b, inner, columns);
        // Up to the end of a tile, within tiles, and nearly all.
        for (again, shared) in [(16, 96), (16, 75), (24, 40), (8, 100), (20, 149)] {
            let mut a = values(rows * inner, 0.37);
            let others = (rows - again) * inner;
            for row in 0..again {
                let (first, twin) = (row * inner, others + row * inner);
                a.copy_within(first..first + shared, twin);
            }
            let mut whole = vec![0.0; rows * columns];
            gemm(Operand::new(&a, rows, inner), right, &mut whole, columns, 0, false);
            // What they share is never looked at again.
            for row in a[others..].chunks_exact_mut(inner) {
                row[..shared].fill(f32::NAN);
            }
            let left = Operand::new(&a, rows, inner);
            let Some(tiles) = Tiles::of(&left, &right, false) else {
                assert!(!has_avx512());
                return;
            };
            let mut ours = vec![0.0; rows * columns];
            let alike = Alike { rows: again, inner: shared };
            // One thread, so that all rows are in one window.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            let tiles = tiles.sharing(Some(alike));
            pool.install(|| tiles.product(left, right, &mut ours, columns, 0));
            let bits = |v: &[f32]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert!(bits(&ours) == bits(&whole), "{again} rows, {shared} elements");
        }
    }
}
