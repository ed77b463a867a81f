//! Matrix products through the gemm crate (0.19, AVX-512 or AVX2 kernels chosen at run time).

#![expect(unsafe_code, reason = "gemm takes raw pointers; lengths are checked before")]

use std::ops::Range;

use gemm::Parallelism;

/// A matrix operand: `rows × columns`, row-major in memory or the transpose of such.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// From the matrix's first element to its last.
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Operand<'a> {
    /// `values` as a row-major `rows × columns` matrix.
    ///
    /// # Panics
    /// If the length is not `rows · columns`.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "values of a {rows}×{columns} matrix");
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Some of its columns.
    ///
    /// # Panics
    /// If it has not so many, or is a transpose.
    pub fn columns(self, columns: Range<usize>) -> Self {
        assert!(columns.end <= self.columns && self.column_stride == 1, "columns of a matrix");
        let rest = (self.columns - columns.end).min(self.values.len());
        let values = &self.values[columns.start.min(self.values.len() - rest)..];
        Self { values: &values[..values.len() - rest], columns: columns.len(), ..self }
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

/// `out = a·b`, or `out += a·b` where `accumulate`. `out` is row-major.
///
/// Uses the threads of the surrounding rayon pool; one means none beside the caller. The sums of an
/// element are made in the same order for any number of threads.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul(a: Operand<'_>, b: Operand<'_>, out: &mut [f32], accumulate: bool) {
    assert_eq!(out.len(), a.rows * b.columns, "length of a product");
    matmul_columns(a, b, out, b.columns, 0, accumulate);
}

/// As [`matmul`], into the columns from `first` on of a matrix `out` with `columns` columns.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul_columns(
    a: Operand<'_>,
    b: Operand<'_>,
    out: &mut [f32],
    columns: usize,
    first: usize,
    accumulate: bool,
) {
    assert_eq!(a.columns, b.rows, "inner lengths of a product");
    assert_eq!(out.len(), a.rows * columns, "length of a product");
    assert!(first + b.columns <= columns, "columns of a product");
    if a.rows * b.columns == 0 {
        return;
    }
    let out = &mut out[first..];
    let threads = rayon::current_num_threads();
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let step = |stride: usize| isize::try_from(stride).expect("a stride below isize::MAX");
    // SAFETY: each operand's slice holds rows × columns elements at its strides (checked in
    // `Operand::new`, kept by `columns` and `t`), `out` holds the product at its row stride
    // (checked above) and, being `&mut`, overlaps neither.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            step(columns),
            accumulate,
            a.values.as_ptr(),
            step(a.column_stride),
            step(a.row_stride),
            b.values.as_ptr(),
            step(b.column_stride),
            step(b.row_stride),
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            parallelism,
        );
    }
}
