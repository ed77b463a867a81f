//! Bootstrap confidence intervals of a mean.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

use super::describe::{mean, sorted};
use super::special::{normal_cdf, normal_quantile};

/// Resamples where the bootstrap distribution is sampled.
pub const RESAMPLES: usize = 10_000;

/// Up to so many values the bootstrap distribution is enumerated: C(13, 6) = 1,716 multisets.
const EXACT_VALUES: usize = 7;

/// Both ends of a 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of the negated quantity.
    pub fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }
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
    let distribution = Distribution::of_mean(x, name)?;
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

/// 95 % percentile interval of the mean (Efron 1979): cheaper, for bands over many epochs.
pub fn mean_interval_percentile(x: &[f64], name: &str) -> Option<Interval> {
    let distribution = Distribution::of_mean(x, name)?;
    Some(Interval { low: distribution.quantile(0.025), high: distribution.quantile(0.975) })
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

/// Values of a resampled statistic in ascending order, each with its probability.
struct Distribution {
    values: Vec<(f64, f64)>,
}

impl Distribution {
    fn of_mean(x: &[f64], name: &str) -> Option<Self> {
        let n = x.len();
        if n < 2 {
            return None;
        }
        let x = sorted(x);
        let mut values = Vec::new();
        if n <= EXACT_VALUES {
            // Multinomial weight n! / Π kᵢ! / nⁿ of drawing value i kᵢ times.
            let all = factorial(n) / (n as f64).powi(n as i32);
            multisets(&x, n, 0.0, all, &mut values);
        } else {
            let mut rng = generator(&["bootstrap", name]);
            let mut pick = || x[(u64::from(rng.next_u32()) * n as u64 >> 32) as usize];
            for _ in 0..RESAMPLES {
                let sum: f64 = (0..n).map(|_| pick()).sum();
                values.push((sum / n as f64, 1.0 / RESAMPLES as f64));
            }
        }
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Some(Self { values })
    }

    /// The smallest value with at least the share `p` at or below it.
    fn quantile(&self, p: f64) -> f64 {
        let mut below = 0.0;
        for (value, weight) in &self.values {
            below += weight;
            if below >= p - 1e-12 {
                return *value;
            }
        }
        self.values[self.values.len() - 1].0
    }

    fn share_below(&self, centre: f64) -> f64 {
        let slack = 1e-12 * (1.0 + centre.abs());
        let share = |(value, weight): &(f64, f64)| {
            if (value - centre).abs() <= slack {
                weight / 2.0
            } else if *value < centre {
                *weight
            } else {
                0.0
            }
        };
        self.values.iter().map(share).sum()
    }
}

/// Every way to draw `left` more values from `x`, its mean so far times n in `sum`.
fn multisets(x: &[f64], left: usize, sum: f64, weight: f64, out: &mut Vec<(f64, f64)>) {
    fn walk(x: &[f64], left: usize, sum: f64, weight: f64, n: f64, out: &mut Vec<(f64, f64)>) {
        if left == 0 || x.len() == 1 {
            out.push(((sum + left as f64 * x[0]) / n, weight / factorial(left)));
            return;
        }
        for k in 0..=left {
            let (sum, weight) = (sum + k as f64 * x[0], weight / factorial(k));
            walk(&x[1..], left - k, sum, weight, n, out);
        }
    }
    walk(x, left, sum, weight, left as f64, out);
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
        let d = Distribution::of_mean(&[4.0, 0.0], "t").unwrap();
        assert_eq!(d.values, [(0.0, 0.25), (2.0, 0.5), (4.0, 0.25)]);
        assert_eq!(
            mean_interval_percentile(&[0.0, 4.0], "t"),
            Some(Interval { low: 0.0, high: 4.0 })
        );
        assert_eq!(mean_interval(&[1.0], "t"), None);
    }

    #[test]
    fn exact_distribution_has_all_its_weight() {
        for n in 2..=EXACT_VALUES {
            let x: Vec<f64> = (0..n).map(|i| (i * i) as f64).collect();
            let d = Distribution::of_mean(&x, "t").unwrap();
            let total: f64 = d.values.iter().map(|v| v.1).sum();
            let centre: f64 = d.values.iter().map(|v| v.0 * v.1).sum();
            assert!((total - 1.0).abs() < 1e-12, "{n}: {total}");
            assert!((centre - mean(&x).unwrap()).abs() < 1e-9);
            let choose: f64 = factorial(2 * n - 1) / factorial(n) / factorial(n - 1);
            assert!((d.values.len() as f64 - choose).abs() < 1e-6);
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
        let (bca, plain) =
            (mean_interval(&x, "t").unwrap(), mean_interval_percentile(&x, "t").unwrap());
        assert!(bca.high >= plain.high && bca.low > plain.low, "{bca:?} {plain:?}");
    }
}
