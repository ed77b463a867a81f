//! The elements of a dfdx matrix as a slice.
//!
//! dfdx 0.13 keeps a tensor's elements in one `Vec` but lends them only one at a time (`Index`) or
//! as a copy; copying 5 MB of weights for every product would cost more than it computes.

#![expect(unsafe_code, reason = "dfdx lends elements one by one; see SAFETY")]

use dfdx::shapes::HasShape;

use super::Mat;

/// The elements of `matrix`, row-major.
pub fn values<T>(matrix: &Mat<T>) -> &[f32] {
    let (rows, columns) = *matrix.shape();
    if rows * columns == 0 {
        return &[];
    }
    let first: *const f32 = &matrix[[0, 0]];
    let last: *const f32 = &matrix[[rows - 1, columns - 1]];
    assert_contiguous(first, last, rows * columns);
    // SAFETY: dfdx owns the elements in one `Vec<f32>`; the first and the last lie exactly
    // `rows·columns - 1` elements apart, so all of them lie between. The borrow of `matrix` keeps
    // the `Vec` alive and unchanged for the slice's lifetime.
    unsafe { std::slice::from_raw_parts(first, rows * columns) }
}

/// The elements of `matrix`, row-major, to change. Copies first if another tensor shares them.
pub fn values_mut<T>(matrix: &mut Mat<T>) -> &mut [f32] {
    let (rows, columns) = *matrix.shape();
    if rows * columns == 0 {
        return &mut [];
    }
    let first: *mut f32 = &mut matrix[[0, 0]];
    let last: *const f32 = &matrix[[rows - 1, columns - 1]];
    assert_contiguous(first, last, rows * columns);
    // SAFETY: as in `values`; `IndexMut` has made the `Vec` unique to this tensor, and the
    // exclusive borrow of `matrix` keeps it so.
    unsafe { std::slice::from_raw_parts_mut(first, rows * columns) }
}

/// A permuted or broadcast view would have other strides.
fn assert_contiguous(first: *const f32, last: *const f32, length: usize) {
    let distance = (last as usize).wrapping_sub(first as usize);
    assert_eq!(distance, (length - 1) * size_of::<f32>(), "a contiguous row-major matrix");
}
