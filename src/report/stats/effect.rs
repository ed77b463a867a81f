//! Sizes of effects.

use super::bootstrap::Interval;
use super::describe::{mean, std_dev};
use super::special::noncentral_t_location;

/// A standardised mean difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandardizedEffect {
    /// Of pairs d_z, mean / std of the differences; of independent runs d, difference of the means /
    /// pooled std (Cohen 1988).
    pub value: f64,
    /// 95 % interval by inverting the noncentral t distribution; exact for normal differences.
    pub interval: Interval,
}

/// Paired effect size; `None` below two pairs or where all differences are equal.
pub fn paired_effect(differences: &[f64]) -> Option<StandardizedEffect> {
    let (m, s) = (mean(differences)?, std_dev(differences)?);
    // Equal differences may leave a std of a few rounding errors: no scale to divide by.
    if s <= 1e-12 * m.abs() {
        return None;
    }
    let n = differences.len() as f64;
    Some(standardized(m / s, n, n - 1.0))
}

/// Effect size of independent runs; `None` where one side has none or all values are equal, or
/// without a degree of freedom.
pub fn independent_effect(x: &[f64], y: &[f64]) -> Option<StandardizedEffect> {
    let (mx, my) = (mean(x)?, mean(y)?);
    let (nx, ny) = (x.len() as f64, y.len() as f64);
    let freedom = nx + ny - 2.0;
    let squares = |v: &[f64], m: f64| v.iter().map(|v| (v - m).powi(2)).sum::<f64>();
    let pooled = ((squares(x, mx) + squares(y, my)) / freedom).sqrt();
    // As above: a std of rounding errors is none; so is 0/0.
    if freedom < 1.0 || pooled <= 1e-12 * mx.abs().max(my.abs()) {
        return None;
    }
    Some(standardized((mx - my) / pooled, nx * ny / (nx + ny), freedom))
}

/// The interval of an effect whose t is the square root of `n` times it.
fn standardized(value: f64, n: f64, freedom: f64) -> StandardizedEffect {
    let root = n.sqrt();
    let location = |p| noncentral_t_location(value * root, freedom, p) / root;
    let interval = Interval { low: location(0.975), high: location(0.025) };
    StandardizedEffect { value, interval }
}

/// Cliff's delta (1993): P(x > y) − P(x < y) over all pairs, in [−1, 1].
pub fn cliffs_delta(x: &[f64], y: &[f64]) -> Option<f64> {
    let pairs = x.len() * y.len();
    let sum: i64 =
        x.iter().flat_map(|a| y.iter().map(move |b| i64::from(a > b) - i64::from(a < b))).sum();
    (pairs > 0).then(|| sum as f64 / pairs as f64)
}

/// Probability that a run of x is better than a run of y, ties counted half (Agarwal et al.
/// 2021).
pub fn probability_of_improvement(x: &[f64], y: &[f64], higher_is_better: bool) -> Option<f64> {
    let delta = cliffs_delta(x, y)?;
    Some((1.0 + if higher_is_better { delta } else { -delta }) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 1 beats nothing and loses to 2 and 3; 2 ties 2, loses to 3; 4 beats both.
        let (x, y) = ([1.0, 2.0, 4.0], [2.0, 3.0]);
        assert_eq!(cliffs_delta(&x, &y), Some((2.0 - 3.0) / 6.0));
        assert_eq!(probability_of_improvement(&x, &y, true), Some((2.0 + 0.5) / 6.0));
        assert_eq!(probability_of_improvement(&x, &y, false), Some((3.0 + 0.5) / 6.0));
        assert_eq!(cliffs_delta(&[], &y), None);
        // Differences 1, 2, 3: mean 2, std 1.
        assert_eq!(paired_effect(&[1.0, 2.0, 3.0]).unwrap().value, 2.0);
        assert_eq!(paired_effect(&[1.0]), None);
        assert_eq!(paired_effect(&[0.1 + 0.2, 0.3]), None);
        // Means 2 and 5, squares 2 + 2 over three degrees of freedom.
        let effect = independent_effect(&[1.0, 2.0, 3.0], &[4.0, 6.0]).unwrap();
        assert!((effect.value + 3.0 / (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(independent_effect(&[1.0], &[2.0]), None);
        assert_eq!(independent_effect(&[2.0, 2.0], &[2.0]), None);
        assert_eq!(independent_effect(&[], &[2.0]), None);
    }
}
