//! Student's and Welch's confidence intervals.

use std::collections::BTreeMap;

use super::arrangements::Permute;
use super::bootstrap::{Interval, mean_interval};
use super::describe::{mean, std_dev};
use super::special::{student_above, student_quantile};

/// An estimate, its standard error, and the degrees of freedom of that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) error: f64,
    pub(super) freedom: f64,
}

impl Estimate {
    /// Of a mean; `None` below two values.
    pub(super) fn of_mean(x: &[f64]) -> Option<Self> {
        let n = x.len() as f64;
        Some(Self { value: mean(x)?, error: std_dev(x)? / n.sqrt(), freedom: n - 1.0 })
    }

    /// Of the difference of means x̄ − ȳ, each side with its own spread (Welch 1947): variance
    /// sₓ²/n + sᵧ²/m with (sₓ²/n + sᵧ²/m)² / ((sₓ²/n)²/(n−1) + (sᵧ²/m)²/(m−1)) degrees of freedom
    /// (Satterthwaite 1946). `None` below two values on a side.
    pub(super) fn of_difference(x: &[f64], y: &[f64]) -> Option<Self> {
        let (x, y) = (Self::of_mean(x)?, Self::of_mean(y)?);
        let (a, b) = (x.error * x.error, y.error * y.error);
        let freedom = (a + b) * (a + b) / (a * a / x.freedom + b * b / y.freedom);
        // Without any spread there is nothing to weigh.
        let freedom = if a + b > 0.0 { freedom } else { x.freedom + y.freedom };
        Some(Self { value: x.value - y.value, error: (a + b).sqrt(), freedom })
    }

    /// Both ends at `confidence`: value ± t · error.
    pub(super) fn interval(&self, confidence: f64) -> Interval {
        let half = student_quantile((1.0 + confidence) / 2.0, self.freedom) * self.error;
        Interval { low: self.value - half, high: self.value + half }
    }

    /// P(T > (value − at) / error).
    pub(super) fn above(&self, at: f64) -> f64 {
        student_above((self.value - at) / self.error, self.freedom)
    }
}

/// Spread that all levels share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pooled {
    pub(super) variance: f64,
    pub(super) freedom: f64,
}

impl Pooled {
    /// Of `levels[level][run]`: what values are off the mean of their level, and within blocks off
    /// that of their block too, with N − k or (k − 1)(b − 1) degrees of freedom (the residual of
    /// the one-way and of the additive two-way layout). So three seeds of five levels have more
    /// than two degrees; spreads that differ from level to level are averaged. `None` where a level
    /// has no run, and without a degree of freedom.
    ///
    /// # Panics
    /// If values are permuted within blocks and levels differ in length.
    pub(super) fn of(levels: &[Vec<f64>], permute: Permute) -> Option<Self> {
        let k = levels.len();
        let means: Vec<f64> = levels.iter().map(|x| mean(x)).collect::<Option<_>>()?;
        let blocks = levels.first()?.len();
        let centre = mean(&means)?;
        // What a block adds to all its values.
        let shift = |b: usize| match permute {
            Permute::AllRuns => 0.0,
            Permute::WithinBlocks => levels.iter().map(|x| x[b]).sum::<f64>() / k as f64 - centre,
        };
        let freedom = match permute {
            Permute::AllRuns => levels.iter().map(|x| x.len() - 1).sum(),
            Permute::WithinBlocks => {
                assert!(levels.iter().all(|x| x.len() == blocks), "a value per level and block");
                (k - 1) * (blocks - 1)
            }
        };
        let off = |(level, m): (&Vec<f64>, &f64)| -> f64 {
            level.iter().enumerate().map(|(b, v)| (v - m - shift(b)).powi(2)).sum()
        };
        let squares: f64 = levels.iter().zip(&means).map(off).sum();
        let freedom = freedom as f64;
        (freedom > 0.0).then(|| Self { variance: squares / freedom, freedom })
    }

    /// An estimate whose variance is `scale` times that of a run.
    pub(super) fn estimate(&self, value: f64, scale: f64) -> Estimate {
        Estimate { value, error: (self.variance * scale).sqrt(), freedom: self.freedom }
    }
}

/// Interval of the mean at `confidence` (0.95, say): x̄ ± t s/√n with n − 1 degrees of freedom
/// (Student 1908). Exact for normal values at any n ≥ 2; `docs/proofs/error_rates.md` has what it
/// covers of others. Of paired differences, it is the interval of their mean. `None` below two.
pub fn student_interval(x: &[f64], confidence: f64) -> Option<Interval> {
    Estimate::of_mean(x).map(|estimate| estimate.interval(confidence))
}

/// Interval of the difference of means x̄ − ȳ of independent runs at `confidence`, each side with
/// a spread of its own: Welch's t (1947) with Satterthwaite's degrees of freedom. `None` below two
/// values on a side.
pub fn welch_interval(x: &[f64], y: &[f64], confidence: f64) -> Option<Interval> {
    Estimate::of_difference(x, y).map(|estimate| estimate.interval(confidence))
}

/// [`student_interval`] at 95 % for many means over few numbers of values: the bands of curves.
#[derive(Debug, Default)]
pub struct Bands {
    /// Student's t by the number of values.
    quantiles: BTreeMap<usize, f64>,
}

impl Bands {
    /// The interval of the mean of `x`; `None` below two values.
    pub fn interval(&mut self, x: &[f64]) -> Option<Interval> {
        let Estimate { value, error, freedom } = Estimate::of_mean(x)?;
        let t = self.quantiles.entry(x.len()).or_insert_with(|| student_quantile(0.975, freedom));
        Some(Interval { low: value - *t * error, high: value + *t * error })
    }
}

/// Up to so many values the mean has Student's interval, from then on the BCa bootstrap's:
/// `docs/proofs/error_rates.md` has what both cover.
pub const BOOTSTRAP_FROM: usize = 50;

/// 95 % interval of the mean of `x`, as asymmetric as the values are where there are enough of them
/// to tell; `name` keys the bootstrap's generator. `None` below two values.
pub fn interval_of_mean(x: &[f64], name: &str) -> Option<Interval> {
    if x.len() < BOOTSTRAP_FROM { student_interval(x, 0.95) } else { mean_interval(x, name) }
}

/// Interval of the mean of each of `levels[level][run]` at `confidence`, by Student's t with one
/// spread for all levels, that which a test of them has. `None` as [`line`](super::line).
///
/// # Panics
/// If values are permuted within blocks and levels differ in length.
pub fn level_intervals(
    levels: &[Vec<f64>],
    permute: Permute,
    confidence: f64,
) -> Option<Vec<Interval>> {
    let pooled = Pooled::of(levels, permute)?;
    let interval =
        |x: &Vec<f64>| Some(pooled.estimate(mean(x)?, 1.0 / x.len() as f64).interval(confidence));
    levels.iter().map(interval).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: Interval, low: f64, high: f64) {
        assert!((got.low - low).abs() < 1e-6 && (got.high - high).abs() < 1e-6, "{got:?}");
    }

    #[test]
    fn by_hand() {
        // Mean 2, s 1, n 3: 2 ± 4.302653/√3.
        let half = 4.302_652_73 / 3f64.sqrt();
        near(student_interval(&[1.0, 2.0, 3.0], 0.95).unwrap(), 2.0 - half, 2.0 + half);
        // Equal n and spread: 2(n − 1) degrees, error √(2/3), t₀.₉₇₅(4) = 2.776445.
        let half = 2.776_445_105 * (2.0f64 / 3.0).sqrt();
        let ci = welch_interval(&[5.0, 6.0, 7.0], &[1.0, 2.0, 3.0], 0.95).unwrap();
        near(ci, 4.0 - half, 4.0 + half);
        assert_eq!(student_interval(&[1.0], 0.95), None);
        assert_eq!(welch_interval(&[1.0, 2.0], &[1.0], 0.95), None);
        near(welch_interval(&[1.0, 1.0], &[3.0, 3.0], 0.95).unwrap(), -2.0, -2.0);
    }

    #[test]
    fn bands_are_students_interval() {
        let mut bands = Bands::default();
        for x in [&[4.0, 0.0][..], &[1.0, 2.0, 4.0], &[3.0, 0.0], &[5.0]] {
            assert_eq!(bands.interval(x), student_interval(x, 0.95));
        }
    }
}
