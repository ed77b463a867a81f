//! Adam in one pass over memory, equal bit for bit to dfdx's kernel.

use multiversion::multiversion;
use rayon::prelude::*;

use crate::ops::{Buffer, Param, part_of};

/// Adam (Kingma & Ba 2015) with ε where Keras has it:
/// p -= lr·√(1-β2^t)/(1-β1^t) · m/(√v + ε), and decoupled weight decay (p -= lr·wd·p).
#[derive(Clone, Copy, Debug)]
pub(super) struct Adam {
    pub(super) lr: f64,
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) eps: f64,
    pub(super) weight_decay: f64,
}

/// Values below which a thread is not worth waking.
const LEAST: usize = 1 << 14;

/// The constants of one update, as dfdx's kernel computes them for every element.
#[derive(Clone, Copy)]
struct Constants {
    lr: f32,
    beta1: f32,
    beta2: f32,
    unbias1: f32,
    unbias2: f32,
    eps: f32,
    decay: f32,
}

impl Adam {
    fn constants(&self, t: u64) -> Constants {
        let t = i32::try_from(t).unwrap_or(i32::MAX);
        // dfdx adds ε to √(v / (1-β2^t)); Keras adds it to √v before the correction. Dividing ε
        // by √(1-β2^t) turns the one into the other.
        let eps = self.eps / (1.0 - self.beta2.powi(t)).sqrt();
        let (beta1, beta2) = (self.beta1 as f32, self.beta2 as f32);
        Constants {
            lr: self.lr as f32,
            beta1,
            beta2,
            unbias1: (1.0 - beta1.powi(t)).recip(),
            unbias2: (1.0 - beta2.powi(t)).recip(),
            eps: eps as f32,
            decay: (self.weight_decay * self.lr) as f32,
        }
    }

    /// The `t`-th update, from 1.
    pub(super) fn update(&self, t: u64, param: &mut Param, m: &mut Buffer, v: &mut Buffer) {
        let constants = self.constants(t);
        let gradient = std::mem::take(&mut **param.gradient_mut());
        let p = param.values_mut();
        let part = part_of(p.len()).max(LEAST);
        p.par_chunks_mut(part)
            .zip(gradient.par_chunks(part))
            .zip(m.par_chunks_mut(part).zip(v.par_chunks_mut(part)))
            .for_each(|((p, g), (m, v))| adam(constants, p, g, m, v));
        **param.gradient_mut() = gradient;
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn adam(c: Constants, p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    for ((p, g), (m, v)) in p.iter_mut().zip(g).zip(m.iter_mut().zip(v)) {
        *m = *m * c.beta1 + g * (1.0 - c.beta1);
        *v = *v * c.beta2 + g * g * (1.0 - c.beta2);
        let m_hat = *m * c.unbias1;
        let v_hat = *v * c.unbias2;
        let mut step = c.lr * m_hat / (v_hat.sqrt() + c.eps);
        step += c.decay * *p;
        *p -= step;
    }
}

/// Σ v², in f32 lanes over short pieces and f64 between them: the same bits on every machine and
/// for any number of threads.
pub(super) fn sum_of_squares(values: &[f32]) -> f64 {
    const PIECE: usize = 1_024;
    let pieces = values.par_chunks(PIECE);
    let sums: Vec<f32> = pieces.with_min_len(64).map(sum_of_a_piece).collect();
    sums.into_iter().map(f64::from).sum()
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn sum_of_a_piece(piece: &[f32]) -> f32 {
    const LANES: usize = 32;
    let mut sums = [0.0f32; LANES];
    let whole = piece.chunks_exact(LANES);
    for (sum, v) in sums.iter_mut().zip(whole.remainder()) {
        *sum += v * v;
    }
    for vector in whole {
        for (sum, v) in sums.iter_mut().zip(vector) {
            *sum += v * v;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::matrix;
    use dfdx::optim::{AdamConfig, WeightDecay};
    use dfdx::tensor::{Cpu, Storage};

    #[test]
    fn equals_dfdx_bit_for_bit() {
        let device = Cpu::default();
        for weight_decay in [0.0, 0.01] {
            let rule = Adam { lr: 2e-4, beta1: 0.5, beta2: 0.999, eps: 1e-7, weight_decay };
            let start: Vec<f32> = (0..1003).map(|i| (i as f32 * 0.37).sin()).collect();
            let mut ours = Param::new("p", matrix(&device, &start, 1, 1003));
            let mut theirs = matrix(&device, &start, 1, 1003);
            let buffer = || Storage::<f32>::try_alloc_len(&device, 1003).unwrap();
            let (mut m, mut v, mut dm, mut dv) = (buffer(), buffer(), buffer(), buffer());
            for t in 1..=20 {
                for (i, g) in ours.gradient_mut().iter_mut().enumerate() {
                    *g = ((i as f32 + t as f32 * 0.7).cos()) * 1e-3;
                }
                let config = AdamConfig {
                    lr: rule.lr,
                    betas: [rule.beta1, rule.beta2],
                    eps: rule.eps / (1.0 - rule.beta2.powi(t)).sqrt(),
                    weight_decay: Some(WeightDecay::Decoupled(weight_decay)),
                };
                config.try_update(t, &mut theirs, &mut dm, &mut dv, &ours.gradient()).unwrap();
                rule.update(t as u64, &mut ours, &mut m, &mut v);
                assert_eq!(ours.values(), crate::ops::values(&theirs), "update {t}");
            }
        }
    }

    #[test]
    fn sum_of_squares_is_close_and_finds_infinities() {
        let values: Vec<f32> = (0..100_003).map(|i| (i as f32).sin()).collect();
        let want: f64 = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
        assert!((sum_of_squares(&values) / want - 1.0).abs() < 1e-6);
        assert!(!sum_of_squares(&[1.0, f32::NAN]).is_finite());
        assert!(!sum_of_squares(&[f32::INFINITY]).is_finite());
    }
}
