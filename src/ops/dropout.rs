//! Inverted dropout with masks that need no memory.
//!
//! Whether element i is kept is a hash of (stream, i), so the backward pass asks again instead of
//! remembering, and no order of work changes a mask.

use dfdx::shapes::HasShape;
use multiversion::multiversion;

use super::{Mat, Tape, put_gradient, take_gradient, values, values_mut, zeros};

/// The dropout of one layer in one pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    key: [u32; 2],
    /// An element is dropped if its hash is below this.
    threshold: u32,
    scale: f32,
}

impl Dropout {
    /// Dropout with `rate` in [0, 1), its masks named by `key`.
    pub fn new(rate: f64, key: u64) -> Self {
        Self {
            key: [key as u32, (key >> 32) as u32],
            threshold: (rate * 4_294_967_296.0).round() as u32,
            scale: (1.0 / (1.0 - rate)) as f32,
        }
    }

    /// 1 / (1 - rate), by which kept elements are multiplied.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Whether element `index` is kept.
    // Must be compiled into its caller's vector width.
    #[inline(always)]
    pub fn keeps(&self, index: u32) -> bool {
        hash(self.key, index) >= self.threshold
    }
}

/// A well-mixed 32-bit function of a 64-bit key and a counter: two rounds of multiply and
/// xor-shift, keyed before each (constants found by C. Wellons' hash prospector).
// Must be compiled into its caller's vector width.
#[inline(always)]
fn hash(key: [u32; 2], counter: u32) -> u32 {
    let mut x = counter ^ key[0];
    x ^= x >> 16;
    x = x.wrapping_mul(0x21f0_aaad);
    x = x.wrapping_add(key[1]);
    x ^= x >> 15;
    x = x.wrapping_mul(0x735a_2d97);
    x ^ (x >> 15)
}

/// `y = x · mask / (1 - rate)`; `None` (evaluation, rate 0) is the identity.
///
/// Element `i` of the row-major matrix is kept or dropped by its index alone.
pub fn dropout<T: Tape>(x: Mat<T>, dropout: Option<Dropout>) -> Mat<T> {
    use dfdx::tensor::{PutTape, SplitTape};
    let Some(dropout) = dropout else { return x };
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    let mut y = zeros(x.device(), rows, columns);
    mask_into(dropout, values(&x), values_mut(&mut y));
    if T::OWNS_TAPE {
        let y = y.clone();
        tape.add_backward_op(move |gradients| {
            let dy = take_gradient(gradients, &y);
            let mut dx = take_gradient(gradients, &x);
            mask_add(dropout, &dy, &mut dx);
            put_gradient(gradients, &x, dx);
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn mask_into(dropout: Dropout, x: &[f32], y: &mut [f32]) {
    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
        *y = if dropout.keeps(i as u32) { x * dropout.scale } else { 0.0 };
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn mask_add(dropout: Dropout, dy: &[f32], dx: &mut [f32]) {
    for (i, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
        *dx += if dropout.keeps(i as u32) { dy * dropout.scale } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_stated_share_and_streams_differ() {
        for rate in [0.1, 0.5, 0.8] {
            let a = Dropout::new(rate, 0x1234_5678_9abc_def0);
            let b = Dropout::new(rate, 0x1234_5678_9abc_def1);
            let n = 1_000_000;
            let kept = (0..n).filter(|i| a.keeps(*i)).count() as f64 / f64::from(n);
            // Six standard deviations of a binomial share.
            let bound = 6.0 * (rate * (1.0 - rate) / f64::from(n)).sqrt();
            assert!((kept - (1.0 - rate)).abs() < bound, "rate {rate}: kept {kept}");
            let both = (0..n).filter(|i| a.keeps(*i) && b.keeps(*i)).count() as f64 / f64::from(n);
            let want = (1.0 - rate) * (1.0 - rate);
            assert!((both - want).abs() < 6.0 * (want / f64::from(n)).sqrt(), "{rate}: {both}");
        }
    }

    #[test]
    fn neighbours_are_independent() {
        let d = Dropout::new(0.5, 42);
        let n = 1_000_000u32;
        for lag in [1, 2, 16, 240, 1200] {
            let same = (0..n).filter(|i| d.keeps(*i) == d.keeps(i + lag)).count() as f64;
            assert!((same / f64::from(n) - 0.5).abs() < 0.003, "lag {lag}: {same}");
        }
    }
}
