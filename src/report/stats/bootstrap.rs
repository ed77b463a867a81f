//! Bootstrap confidence intervals of a mean.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

use super::describe::mean;
use super::special::{normal_cdf, normal_quantile};

/// Resamples where the bootstrap distribution is sampled.
pub const RESAMPLES: usize = 10_000;

/// Largest number of values whose bootstrap distribution is enumerated: C(13, 6) = 1,716 multisets.
const EXACT_VALUES: usize = 7;

/// Both ends of a confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A generator keyed by names: the same names, the same numbers, on any machine.
pub(super) fn generator(names: &[&str]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    for name in names {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// 95 % BCa interval of the mean (Efron 1987): the bootstrap distribution's quantiles, moved for
/// its bias and for the skewness of the sample. `None` below two values. Up to 7 values the
/// distribution is the exact one, over all multisets; above, [`RESAMPLES`] draws keyed by `name`.
pub fn mean_interval(x: &[f64], name: &str) -> Option<Interval> {
    let mut distribution = Distribution::of_mean(x, name)?;
    let centre = mean(x)?;
    // Share of resampled means below the mean, ties halved: the mean's own mirror.
    let bias = normal_quantile(distribution.share_below(centre).clamp(1e-6, 1.0 - 1e-6));
    let a = acceleration(x, centre);
    let level = |p: f64| {
        let z = bias + normal_quantile(p);
        normal_cdf(bias + z / (1.0 - a * z))
    };
    Some(Interval {
        low: distribution.quantile(level(0.025)),
        high: distribution.quantile(level(0.975)),
    })
}

/// Efron's acceleration of a mean: skewness / (6 √n), from the jackknife.
fn acceleration(x: &[f64], centre: f64) -> f64 {
    let (mut cubes, mut squares) = (0.0, 0.0);
    for v in x {
        let d = v - centre;
        squares += d * d;
        cubes += d * d * d;
    }
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

/// The bootstrap distribution of a mean.
enum Distribution {
    /// Every value with its probability, ascending.
    Exact(Vec<(f64, f64)>),
    /// Values drawn, in no order.
    Sampled(Vec<f64>),
}

impl Distribution {
    fn exact(values: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut values: Vec<(f64, f64)> = values.collect();
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Self::Exact(values)
    }

    fn of_mean(x: &[f64], name: &str) -> Option<Self> {
        let n = x.len();
        if n < 2 {
            return None;
        }
        if n <= EXACT_VALUES {
            let mean_of = |(counts, weight): (Vec<u8>, f64)| {
                let sum: f64 = counts.iter().zip(x).map(|(k, v)| f64::from(*k) * v).sum();
                (sum / n as f64, weight)
            };
            return Some(Self::exact(multisets(n).into_iter().map(mean_of)));
        }
        let mut rng = generator(&["bootstrap", name]);
        let mut draw = || (0..n).map(|_| x[pick(&mut rng, n)]).sum::<f64>() / n as f64;
        Some(Self::Sampled((0..RESAMPLES).map(|_| draw()).collect()))
    }

    /// The smallest value with at least the share `p` at or below it.
    fn quantile(&mut self, p: f64) -> f64 {
        match self {
            Self::Exact(values) => quantile(values, p),
            Self::Sampled(values) => {
                let rank = (p * values.len() as f64 - 1e-9).ceil() as usize;
                let index = rank.clamp(1, values.len()) - 1;
                *values.select_nth_unstable_by(index, f64::total_cmp).1
            }
        }
    }

    /// Share of values below the centre, those equal to it halved.
    fn share_below(&self, centre: f64) -> f64 {
        let slack = 1e-12 * centre.abs();
        let side = |value: f64| {
            if (value - centre).abs() <= slack { 0.5 } else { f64::from(u8::from(value < centre)) }
        };
        match self {
            Self::Exact(values) => values.iter().map(|(v, weight)| weight * side(*v)).sum(),
            Self::Sampled(values) => {
                values.iter().map(|v| side(*v)).sum::<f64>() / values.len() as f64
            }
        }
    }
}

/// The smallest of ascending weighted values with at least the share `p` at or below it.
fn quantile(values: &[(f64, f64)], p: f64) -> f64 {
    let mut below = 0.0;
    for (value, weight) in values {
        below += weight;
        if below >= p - 1e-12 {
            return *value;
        }
    }
    values[values.len() - 1].0
}

/// An index below n.
pub(super) fn pick(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize
}

/// Every way to draw n times from n values: how often each is drawn, and the multinomial
/// probability n! / Π kᵢ! / nⁿ.
fn multisets(n: usize) -> Vec<(Vec<u8>, f64)> {
    fn walk(
        counts: &mut Vec<u8>,
        left: usize,
        weight: f64,
        n: usize,
        out: &mut Vec<(Vec<u8>, f64)>,
    ) {
        let last = counts.len() + 1 == n;
        for k in if last { left } else { 0 }..=left {
            counts.push(k as u8);
            let weight = weight / factorial(k);
            if last {
                out.push((counts.clone(), weight));
            } else {
                walk(counts, left - k, weight, n, out);
            }
            counts.pop();
        }
    }
    let mut out = Vec::new();
    walk(&mut Vec::new(), n, factorial(n) / (n as f64).powi(n as i32), n, &mut out);
    out
}

fn factorial(k: usize) -> f64 {
    (1..=k).map(|i| i as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_by_hand() {
        // Means of resamples of (0, 4): 0, 2, 2, 4 with a quarter each.
        let Some(Distribution::Exact(values)) = Distribution::of_mean(&[4.0, 0.0], "t") else {
            panic!("exact");
        };
        assert_eq!(values, [(0.0, 0.25), (2.0, 0.5), (4.0, 0.25)]);
        assert_eq!(mean_interval(&[1.0], "t"), None);
    }

    #[test]
    fn exact_distribution_has_all_its_weight() {
        for n in 2..=EXACT_VALUES {
            let x: Vec<f64> = (0..n).map(|i| (i * i) as f64).collect();
            let Some(Distribution::Exact(d)) = Distribution::of_mean(&x, "t") else {
                panic!("exact");
            };
            let total: f64 = d.iter().map(|v| v.1).sum();
            let centre: f64 = d.iter().map(|v| v.0 * v.1).sum();
            assert!((total - 1.0).abs() < 1e-12, "{n}: {total}");
            assert!((centre - mean(&x).unwrap()).abs() < 1e-9);
            let choose: f64 = factorial(2 * n - 1) / factorial(n) / factorial(n - 1);
            assert!((d.len() as f64 - choose).abs() < 1e-6);
        }
    }

    #[test]
    fn equal_values_give_a_point() {
        for n in [2, 5, 9] {
            let ci = mean_interval(&vec![1.5; n], "t").unwrap();
            assert_eq!((ci.low, ci.high), (1.5, 1.5));
        }
    }

    #[test]
    fn the_name_is_the_only_seed() {
        let x: Vec<f64> = (0..12).map(|i| f64::from(i).sin()).collect();
        assert_eq!(mean_interval(&x, "a"), mean_interval(&x, "a"));
        assert_ne!(generator(&["a", "b"]).next_u64(), generator(&["ab", ""]).next_u64());
    }

    #[test]
    fn a_skewed_sample_moves_the_interval_towards_its_tail() {
        let x = [0.0, 0.1, 0.2, 0.3, 5.0];
        // Its percentile interval is symmetric in probability; the quantiles of BCa lie higher.
        let mut distribution = Distribution::of_mean(&x, "t").unwrap();
        let (low, high) = (distribution.quantile(0.025), distribution.quantile(0.975));
        let bca = mean_interval(&x, "t").unwrap();
        assert!(bca.high >= high && bca.low > low, "{bca:?} {low} {high}");
    }
}
