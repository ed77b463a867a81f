//! Equal within a margin: two one-sided tests.

use super::arrangements::{Arrangements, Permute, Sampling};
use super::bootstrap::Interval;
use super::counting::Symmetry;
use super::describe::mean;
use super::intervals::{Estimate, Pooled};
use super::permutation::PermutationTest;

/// Result of two one-sided tests against ±margin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivalence {
    /// Difference of means.
    pub difference: f64,
    /// Its 90 % interval: inside (−margin, margin) exactly where p is below 5 %.
    pub interval: Interval,
    /// The larger p of "below −margin" and "above margin", by Student's or Welch's t.
    pub p: f64,
    /// The same by permutation of the values moved by the margin.
    pub permutation: PermutationTest,
}

/// Are the means of two groups of independent runs within `margin` of each other (Schuirmann 1987)?
/// Each of "x̄ − ȳ ≤ −margin" and "≥ margin" is tested one-sided; both have to be rejected at α,
/// which errs in at most α without a correction. The margin is in units of the metric and is to be
/// declared before training: one chosen by looking proves nothing.
///
/// `p`, by Welch's t, assumes means that are nearly normal: right for normal values at any n ≥ 2
/// and spreads as they may be, too sure of itself for long tails. `permutation` assumes no form,
/// but that the groups are alike except for a shift, so equal spread. Its smallest p is
/// 1/C(n + m, n): .05 for three against three. `None` below two values on a side or without
/// spread: equal values do not say how far others would lie.
///
/// # Panics
/// If `margin` is not above 0.
pub fn equal_means(
    x: &[f64],
    y: &[f64],
    margin: f64,
    sampling: Sampling<'_>,
) -> Option<Equivalence> {
    let estimate = Estimate::of_difference(x, y)?;
    within(&estimate, x, y, margin, Permute::AllRuns, sampling)
}

/// As [`equal_means`] for pairs, `x[i]` and `y[i]` having something in common (a seed, a block).
/// `p` is by Student's t of the differences and assumes that their mean is nearly normal;
/// `permutation` flips the signs of the differences moved by the margin and assumes that they lie
/// symmetrically around their mean. Its smallest p is 1/2ⁿ: five pairs for 5 %.
///
/// # Panics
/// If `margin` is not above 0 or the lengths differ.
pub fn equal_pairs(
    x: &[f64],
    y: &[f64],
    margin: f64,
    sampling: Sampling<'_>,
) -> Option<Equivalence> {
    assert_eq!(x.len(), y.len(), "pairs");
    let differences: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
    let estimate = Estimate::of_mean(&differences)?;
    within(&estimate, x, y, margin, Permute::WithinBlocks, sampling)
}

/// Adjusted p of "every level from l on is equal to the last within `margin`", for every level but
/// the last: from the last but one down, each p at least that of the level above, as each claim
/// contains the one before (a fixed sequence, so at level α without a correction). The p are by
/// Student's t with one spread for all levels (as that of [`line`](super::line)), so that few
/// seeds can answer; where the spread differs much from level to level they are off. The lowest
/// level with p ≤ α is the one from which on nothing is gained. `None` where a level has no run,
/// without a degree of freedom or spread.
///
/// # Panics
/// If `margin` is not above 0, or values are permuted within blocks and levels differ in length.
pub fn equal_from(levels: &[Vec<f64>], permute: Permute, margin: f64) -> Option<Vec<f64>> {
    assert!(margin > 0.0, "a margin above 0");
    let pooled = Pooled::of(levels, permute)?;
    let (last, others) = levels.split_last()?;
    let mut floor = 0.0f64;
    let mut p = Vec::new();
    for level in others.iter().rev() {
        let scale = 1.0 / level.len() as f64 + 1.0 / last.len() as f64;
        let estimate = pooled.estimate(mean(level)? - mean(last)?, scale);
        floor = floor.max(p_of(&estimate, margin)?);
        p.push(floor);
    }
    p.reverse();
    Some(p)
}

/// Both one-sided tests by t; `None` without spread.
fn p_of(estimate: &Estimate, margin: f64) -> Option<f64> {
    // Equal values may leave a spread of a few rounding errors.
    let spread = estimate.error > 1e-12 * estimate.value.abs();
    spread.then(|| estimate.above(-margin).max(1.0 - estimate.above(margin)))
}

fn within(
    estimate: &Estimate,
    x: &[f64],
    y: &[f64],
    margin: f64,
    permute: Permute,
    sampling: Sampling<'_>,
) -> Option<Equivalence> {
    assert!(margin > 0.0, "a margin above 0");
    let p = p_of(estimate, margin)?;
    // At the edge of the margin, x moved by it is like y.
    let moved = |by: f64| -> Vec<f64> { x.iter().map(|v| v + by).collect() };
    let one_sided = |x: Vec<f64>, sign: f64| {
        let all = Arrangements::new(&[x, y.to_vec()], permute)?;
        Some(all.test(sampling, Symmetry::None, |sums| sign * sums[0]))
    };
    let (above, below) = (one_sided(moved(margin), 1.0)?, one_sided(moved(-margin), -1.0)?);
    let permutation = if above.p > below.p { above } else { below };
    Some(Equivalence {
        difference: estimate.value,
        interval: estimate.interval(0.9),
        p,
        permutation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sampling() -> Sampling<'static> {
        Sampling::verdict("t")
    }

    #[test]
    fn by_hand() {
        // Differences −1, 0, 1 with error 1/√3: t = margin·√3, P(T₂ > t) = ½ − t/(2√(2 + t²)).
        let (x, y) = ([4.0, 6.0, 8.0], [5.0, 6.0, 7.0]);
        let got = equal_pairs(&x, &y, 2.0, sampling()).unwrap();
        let t = 2.0 * 3f64.sqrt();
        assert!((got.p - (0.5 - t / (2.0 * (2.0 + t * t).sqrt()))).abs() < 1e-12, "{got:?}");
        // Moved by two they are 1, 2, 3: all signs as seen, one of eight.
        assert_eq!((got.permutation.p, got.permutation.smallest), (0.125, 0.125));
        assert_eq!(got.difference, 0.0);
        // x + 9 beats all of y in one of C(6, 3) ways, x − 9 likewise.
        let got = equal_means(&x, &y, 9.0, sampling()).unwrap();
        assert_eq!((got.permutation.p, got.permutation.smallest), (0.05, 0.05));
        assert_eq!(equal_means(&[1.0, 1.0], &[1.0, 1.0], 1.0, sampling()), None);
        assert_eq!(equal_pairs(&[1.1, 2.1], &[1.0, 2.0], 1.0, sampling()), None);
    }

    #[test]
    fn nothing_is_gained_from_the_third_level_on() {
        let levels = [vec![9.0, 9.4], vec![3.0, 3.3], vec![1.0, 1.2], vec![1.1, 1.2]];
        let p = equal_from(&levels, Permute::AllRuns, 1.0).unwrap();
        assert!(p[2] < 0.05 && p[0] >= p[1] && p[1] > 0.9, "{p:?}");
        assert_eq!(p.len(), 3);
    }

    proptest! {
        #[test]
        fn the_interval_says_the_same(
            x in prop::collection::vec(-1.0..1.0, 5),
            y in prop::collection::vec(-1.0..1.0, 5),
            margin in 0.1..2.0,
        ) {
            for got in [equal_means(&x, &y, margin, sampling()), equal_pairs(&x, &y, margin, sampling())] {
                let got = got.unwrap();
                let inside = -margin < got.interval.low && got.interval.high < margin;
                prop_assert_eq!(inside, got.p < 0.05, "{:?}", got);
                // What is within a margin is within a larger one.
                prop_assert!(equal_means(&x, &y, margin, sampling()).unwrap().p
                    >= equal_means(&x, &y, 2.0 * margin, sampling()).unwrap().p);
            }
        }
    }
}
