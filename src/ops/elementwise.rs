//! Elementwise functions, compiled for AVX-512, AVX2 and the baseline and chosen at run time.
//!
//! No sum here depends on the width of the vectors: the same bits on every x86-64 machine. `tanh`
//! and `exp` are our own because libm's cannot be vectorised and differ between platforms.

use multiversion::multiversion;
use rayon::prelude::*;

use super::part_of;

/// An activation function. Its derivative is a function of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// y = x.
    Linear,
    /// y = max(x, 0).
    Relu,
    /// y = tanh x.
    Tanh,
    /// y = 1 / (1 + e^-x).
    Sigmoid,
}

/// `y = activation(y + bias)` for every row of `y`; `bias` may be empty.
pub fn bias_activation(y: &mut [f32], bias: &[f32], activation: Activation) {
    let row = bias.len().max(1);
    y.par_chunks_mut(part_of(y.len() / row) * row).for_each(|y| match activation {
        Activation::Linear => add_bias(y, bias),
        Activation::Relu => bias_relu(y, bias),
        Activation::Tanh => {
            add_bias(y, bias);
            tanh_in_place(y);
        }
        Activation::Sigmoid => {
            add_bias(y, bias);
            sigmoid_in_place(y);
        }
    });
}

/// `dy *= activation'` where `y` is the activation's output.
pub fn activation_backward(dy: &mut [f32], y: &[f32], activation: Activation) {
    let part = part_of(y.len());
    dy.par_chunks_mut(part).zip(y.par_chunks(part)).for_each(|(dy, y)| match activation {
        Activation::Linear => {}
        Activation::Relu => relu_backward(dy, y),
        Activation::Tanh => tanh_backward(dy, y),
        Activation::Sigmoid => sigmoid_backward(dy, y),
    });
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add_bias(y: &mut [f32], bias: &[f32]) {
    if bias.is_empty() {
        return;
    }
    for row in y.chunks_exact_mut(bias.len()) {
        for (y, b) in row.iter_mut().zip(bias) {
            *y += b;
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn bias_relu(y: &mut [f32], bias: &[f32]) {
    // Not `max`: a NaN must stay a NaN and be found.
    let relu = |v: f32| if v < 0.0 { 0.0 } else { v };
    if bias.is_empty() {
        for y in y {
            *y = relu(*y);
        }
        return;
    }
    for row in y.chunks_exact_mut(bias.len()) {
        for (y, b) in row.iter_mut().zip(bias) {
            *y = relu(*y + b);
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn tanh_in_place(y: &mut [f32]) {
    for y in y {
        *y = tanh(*y);
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn sigmoid_in_place(y: &mut [f32]) {
    for y in y {
        *y = 1.0 / (1.0 + exp(-*y));
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn relu_backward(dy: &mut [f32], y: &[f32]) {
    for (dy, y) in dy.iter_mut().zip(y) {
        *dy = if *y > 0.0 { *dy } else { 0.0 };
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn tanh_backward(dy: &mut [f32], y: &[f32]) {
    for (dy, y) in dy.iter_mut().zip(y) {
        *dy *= 1.0 - y * y;
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn sigmoid_backward(dy: &mut [f32], y: &[f32]) {
    for (dy, y) in dy.iter_mut().zip(y) {
        *dy *= y * (1.0 - y);
    }
}

/// to += factor·x.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
pub(super) fn add_scaled(to: &mut [f32], x: &[f32], factor: f32) {
    for (to, x) in to.iter_mut().zip(x) {
        *to += factor * x;
    }
}

/// Multiplies row i of `rows` by `weights[i]`.
pub fn scale_rows(rows: &mut [f32], weights: &[f32]) {
    let width = rows.len() / weights.len().max(1);
    if width == 0 {
        return;
    }
    let part = part_of(weights.len());
    rows.par_chunks_mut(part * width)
        .zip(weights.par_chunks(part))
        .for_each(|(rows, weights)| scale(rows, weights, width));
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn scale(rows: &mut [f32], weights: &[f32], width: usize) {
    for (row, w) in rows.chunks_exact_mut(width).zip(weights) {
        for v in row {
            *v *= w;
        }
    }
}

/// `sums[j] = Σ_i rows[i][j]`, rows in order.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
pub fn sum_rows(rows: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    if sums.is_empty() {
        return;
    }
    for row in rows.chunks_exact(sums.len()) {
        for (sum, v) in sums.iter_mut().zip(row) {
            *sum += v;
        }
    }
}

/// e^x, within 2 units in the last place on [-87, 88] and clamped outside.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor series to r^7.
// Must be compiled into its caller's vector width.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4; // 355/512: n·LN2_HIGH is exact for |n| < 2^15
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const ROUND: f32 = 12_582_912.0; // 1.5·2^23: adding it rounds to the nearest integer
    let nan = x;
    let x = if x > 88.0 { 88.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // The low bits of `shifted` hold n; 2^n is built in the exponent.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    // `shifted` carries ROUND's bits too, but they leave through the top of the shift.
    let y = p * power;
    if nan.is_nan() { nan } else { y }
}

/// tanh x, within 3 units in the last place.
///
/// Small |x|: Padé's [7/6] quotient, which does not cancel; large |x|: 1 - 2 / (e^2|x| + 1).
// Must be compiled into its caller's vector width.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let large = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
    let s = x * x;
    let small = size * (135_135.0 + s * (17_325.0 + s * (378.0 + s)))
        / (135_135.0 + s * (62_370.0 + s * (3_150.0 + s * 28.0)));
    let y = if size < 1.0 { small } else { large };
    let y = if x.is_nan() { x } else { y };
    y.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ulps(got: f32, want: f64) -> f64 {
        let unit = f64::from(f32::EPSILON) * want.abs().max(1e-37);
        (f64::from(got) - want).abs() / unit
    }

    #[test]
    fn exp_and_tanh_agree_with_libm() {
        let mut worst = (0.0f64, 0.0f64);
        for i in -870_000..880_000 {
            let x = i as f32 * 1e-4;
            worst.0 = worst.0.max(ulps(exp(x), f64::from(x).exp()));
            worst.1 = worst.1.max(ulps(tanh(x), f64::from(x).tanh()));
        }
        assert!(worst.0 < 2.0, "exp is {} ulp off", worst.0);
        assert!(worst.1 < 3.0, "tanh is {} ulp off", worst.1);
    }

    #[test]
    fn not_a_number_stays_one_and_infinities_saturate() {
        assert!(exp(f32::NAN).is_nan());
        assert!(tanh(f32::NAN).is_nan());
        assert_eq!(tanh(f32::INFINITY), 1.0);
        assert_eq!(tanh(f32::NEG_INFINITY), -1.0);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0f32).to_bits());
        let mut y = [f32::NAN, -1.0, 2.0];
        bias_activation(&mut y, &[0.0; 3], Activation::Relu);
        assert!(y[0].is_nan());
        assert_eq!(y[1..], [0.0, 2.0]);
    }
}
