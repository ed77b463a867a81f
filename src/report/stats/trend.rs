//! Trend over the ordered levels of one axis, and the level from which on nothing is gained.

use super::arrangements::{Arrangements, Permute, Sampling};
use super::bootstrap::Interval;
use super::counting::Symmetry;
use super::intervals::Pooled;
use super::permutation::PermutationTest;

/// What a trend is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrendStatistic {
    /// |Σ c · x| over all runs, c the centred rank of the run's level: finds a change that goes on
    /// over all levels best.
    Contrast,
    /// Σ nₗ (μₗ − x̄)² with μ the monotone means nearest to those of the levels, the better of
    /// rising and falling (Bartholomew 1959, as a permutation test): counts a jump at one end
    /// whole, whatever the order of the other levels.
    Isotonic,
}

/// Two-sided permutation test of a trend over `levels[level][run]`, in their order. If the levels
/// do not matter, every order of the values within a block, or of all runs, is equally likely; p is
/// the share of orders with a statistic at least as large as seen. The smallest p of k levels in b
/// blocks is 2/(k!)ᵇ. With [`Permute::WithinBlocks`] it is Page's test (1963) with values in the
/// place of their ranks. `None` below two levels or where one has no run.
///
/// # Panics
/// If values are permuted within blocks and levels differ in length.
pub fn trend(
    levels: &[Vec<f64>],
    permute: Permute,
    statistic: TrendStatistic,
    sampling: Sampling<'_>,
) -> Option<PermutationTest> {
    let all = Arrangements::new(levels, permute)?;
    let counts: Vec<f64> = all.counts().iter().map(|n| *n as f64).collect();
    Some(match statistic {
        TrendStatistic::Contrast => {
            all.test(sampling, Symmetry::Reversed, |sums| contrast(sums).abs())
        }
        TrendStatistic::Isotonic => {
            let mut pools = Vec::new();
            all.test(sampling, Symmetry::Reversed, |sums| isotonic(sums, &counts, &mut pools))
        }
    })
}

/// Adjusted p of "from level l on something is still gained", for every level but the last.
///
/// Step-down: the trend over all levels, then over those from the second on, and so forth, each p
/// at least that of the step before. The hypotheses "nothing changes from level l on" contain each
/// other, so no step needs a correction: the chance that any level is called worse than what
/// follows it, though nothing follows but chance, is at most α (Marcus, Peritz and Gabriel 1976;
/// Williams 1971 steps from the other end). The first level with p > α is where the evidence for
/// a gain ends; that nothing *is* gained there is for [`equal_from`](super::equal_from) to show.
///
/// # Panics
/// As [`trend`].
pub fn gained_beyond(
    levels: &[Vec<f64>],
    permute: Permute,
    statistic: TrendStatistic,
    sampling: Sampling<'_>,
) -> Option<Vec<f64>> {
    let mut floor = 0.0f64;
    let steps = 0..levels.len().saturating_sub(1);
    steps
        .map(|l| {
            floor = floor.max(trend(&levels[l..], permute, statistic, sampling)?.p);
            Some(floor)
        })
        .collect()
}

/// The straight line through the levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// What it gains from the first level to the last.
    pub change: f64,
    /// Its interval by Student's t.
    pub interval: Interval,
}

/// Change from the first to the last level along the least-squares line over the levels' ranks,
/// with its interval by Student's t at `confidence` (0.95, say). The spread is that around the
/// means of the levels, and within blocks of the blocks too, one for all levels: a curved response
/// widens nothing, and three seeds have more than two degrees of freedom. `None` below two levels,
/// where one has no run, and without a degree of freedom.
///
/// # Panics
/// If values are permuted within blocks and levels differ in length.
pub fn line(levels: &[Vec<f64>], permute: Permute, confidence: f64) -> Option<Line> {
    let pooled = Pooled::of(levels, permute)?;
    let last = levels.len().checked_sub(1).filter(|last| *last > 0)? as f64;
    // Least squares over ranks: Σ n (l − l̄) m / Σ n (l − l̄)².
    let ranked =
        || levels.iter().enumerate().flat_map(|(l, x)| x.iter().map(move |v| (l as f64, v)));
    let middle = ranked().map(|(l, _)| l).sum::<f64>() / ranked().count() as f64;
    let scale: f64 = ranked().map(|(l, _)| (l - middle).powi(2)).sum();
    let slope = ranked().map(|(l, v)| (l - middle) * v).sum::<f64>() / scale;
    let estimate = pooled.estimate(slope * last, last * last / scale);
    Some(Line { change: estimate.value, interval: estimate.interval(confidence) })
}

/// Σ (l − (k − 1)/2) Sₗ.
pub(super) fn contrast(sums: &[f64]) -> f64 {
    let middle = (sums.len() - 1) as f64 / 2.0;
    sums.iter().enumerate().map(|(l, sum)| (l as f64 - middle) * sum).sum()
}

/// Levels pooled into one: sum and number of values.
pub(super) type Pools = Vec<(f64, f64)>;

/// The larger of the rising and the falling fit's Σ nₗ μₗ², of sums around the common mean.
/// `pools` is memory to work in.
pub(super) fn isotonic(sums: &[f64], counts: &[f64], pools: &mut Pools) -> f64 {
    let up = pooled(sums.iter().zip(counts), pools);
    up.max(pooled(sums.iter().zip(counts).rev(), pools))
}

/// Σ n μ² of the rising means nearest to the levels': neighbours that fall are pooled until none
/// do (Ayer et al. 1955).
fn pooled<'a>(levels: impl Iterator<Item = (&'a f64, &'a f64)>, pools: &mut Pools) -> f64 {
    pools.clear();
    for (sum, n) in levels {
        let (mut sum, mut n) = (*sum, *n);
        while let Some(last) = pools.pop_if(|last| last.0 * n >= sum * last.1) {
            sum += last.0;
            n += last.1;
        }
        pools.push((sum, n));
    }
    pools.iter().map(|(sum, n)| sum * sum / n).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use TrendStatistic::{Contrast, Isotonic};
    use proptest::prelude::*;

    fn p(levels: &[Vec<f64>], permute: Permute, statistic: TrendStatistic) -> f64 {
        trend(levels, permute, statistic, Sampling::verdict("t")).unwrap().p
    }

    #[test]
    fn by_hand() {
        // One block, 1 2 3 in order: −1·a + c is 2 for the order seen and −2 for its mirror.
        let rising = [vec![1.0], vec![2.0], vec![3.0]];
        assert_eq!(p(&rising, Permute::WithinBlocks, Contrast), 2.0 / 6.0);
        // 1 3 2 has 1; so have 2 1 3 and their mirrors, and 2 is more.
        let bent = [vec![1.0], vec![3.0], vec![2.0]];
        assert_eq!(p(&bent, Permute::WithinBlocks, Contrast), 1.0);
        // Two such blocks: the sum 4 is met by 1 of 36, and by its mirror.
        let twice = [vec![1.0, 5.0], vec![2.0, 7.0], vec![3.0, 9.0]];
        let test = trend(&twice, Permute::WithinBlocks, Contrast, Sampling::verdict("t")).unwrap();
        assert_eq!((test.p, test.smallest, test.exact), (2.0 / 36.0, 2.0 / 36.0, true));
        assert_eq!(trend(&rising[..1], Permute::AllRuns, Contrast, Sampling::verdict("t")), None);
    }

    #[test]
    fn pooling_by_hand() {
        // Means −1, 1, 0: 1 and 0 pool to .5, so 1 + 2·.25; falling pools all, or −1 alone last.
        let pooled = |sums: &[f64], counts: &[f64]| pooled(sums.iter().zip(counts), &mut vec![]);
        let isotonic = |sums: [f64; 3]| isotonic(&sums, &[1.0; 3], &mut vec![]);
        assert_eq!(pooled(&[-1.0, 1.0, 0.0], &[1.0; 3]), 1.5);
        assert_eq!(isotonic([-1.0, 1.0, 0.0]), 1.5);
        assert_eq!(isotonic([0.0, 1.0, -1.0]), 1.5);
        // Weights: sums 4 and 1 of four and two runs pool to nothing but their mean.
        assert_eq!(pooled(&[4.0, 1.0], &[4.0, 2.0]), 25.0 / 6.0);
    }

    #[test]
    fn three_seeds_of_five_levels_can_answer() {
        let levels: Vec<Vec<f64>> =
            (0..5).map(|l| (0..3).map(|s| f64::from(l) + 0.1 * f64::from(s)).collect()).collect();
        for statistic in [Contrast, Isotonic] {
            assert_eq!(p(&levels, Permute::WithinBlocks, statistic), 2.0 / 1_728_000.0);
        }
    }

    #[test]
    fn a_jump_at_the_start_counts_whole() {
        let levels = [
            vec![0.0, 0.3, 0.1],
            vec![2.0, 2.4, 2.1],
            vec![2.1, 2.0, 2.2],
            vec![2.2, 1.9, 2.1],
            vec![1.9, 2.3, 2.0],
        ];
        // All orders of the rest are as extreme: the low value first, or last, in all three blocks.
        assert_eq!(p(&levels, Permute::WithinBlocks, Isotonic), 2.0 / 125.0);
        // Beyond the first level something is gained; beyond the second nothing is seen.
        let steps =
            gained_beyond(&levels, Permute::AllRuns, Isotonic, Sampling::verdict("t")).unwrap();
        assert!(steps[0] < 0.05 && steps[1..].iter().all(|p| *p > 0.2), "{steps:?}");
        assert_eq!(steps.len(), 4);
    }

    #[test]
    fn two_levels_are_the_two_sample_and_the_sign_flip_test() {
        let (x, y) = (vec![1.0, 2.5, 3.1, 7.0], vec![2.0, 4.5, 4.0, 7.5]);
        let d: Vec<f64> = x.iter().zip(&y).map(|(a, b)| a - b).collect();
        let two = super::super::two_sample(&x, &y, Sampling::verdict("t")).unwrap();
        let flip = super::super::sign_flip(&d, "t").unwrap();
        let levels = [x, y];
        for statistic in [Contrast, Isotonic] {
            assert_eq!(p(&levels, Permute::AllRuns, statistic), two.p);
            assert_eq!(p(&levels, Permute::WithinBlocks, statistic), flip.p);
        }
    }

    #[test]
    fn a_line_by_hand() {
        // Means 1, 3, 5 of two runs each, off by ±1: slope 2, squares 6, freedom 3, Σ n c² = 4,
        // t₀.₉₇₅(3) = 3.182446.
        let levels = [vec![0.0, 2.0], vec![4.0, 2.0], vec![4.0, 6.0]];
        let all = line(&levels, Permute::AllRuns, 0.95).unwrap();
        let half = 2.0 * (2.0f64 / 4.0).sqrt() * 3.182_446_305;
        assert!((all.change - 4.0).abs() < 1e-12);
        assert!((all.interval.high - 4.0 - half).abs() < 1e-6, "{all:?}");
        // Block means 8/3 and 10/3 shift by ∓1/3: off by ∓2/3, ±4/3, ∓2/3; squares 2·24/9,
        // freedom 2, t₀.₉₇₅(2) = 4.302653.
        let within = line(&levels, Permute::WithinBlocks, 0.95).unwrap();
        let half = 2.0 * (48.0f64 / 9.0 / 2.0 / 4.0).sqrt() * 4.302_652_73;
        assert!((within.interval.high - 4.0 - half).abs() < 1e-6, "{within:?}");
        assert_eq!(line(&[vec![1.0], vec![2.0]], Permute::AllRuns, 0.95), None);
    }

    proptest! {
        #[test]
        fn order_reversed_and_blocks_moved_is_the_same_trend(
            x in prop::collection::vec(-10.0..10.0, 9),
            moves in prop::collection::vec(-10.0..10.0, 3),
        ) {
            let levels: Vec<Vec<f64>> = x.chunks(3).map(<[f64]>::to_vec).collect();
            let mut reversed = levels.clone();
            reversed.reverse();
            let moved: Vec<Vec<f64>> =
                levels.iter().map(|l| l.iter().zip(&moves).map(|(v, m)| v + m).collect()).collect();
            for statistic in [Contrast, Isotonic] {
                for permute in [Permute::WithinBlocks, Permute::AllRuns] {
                    prop_assert_eq!(p(&levels, permute, statistic), p(&reversed, permute, statistic));
                }
                let within = |levels: &[Vec<f64>]| p(levels, Permute::WithinBlocks, statistic);
                prop_assert_eq!(within(&levels), within(&moved));
            }
            let steps = gained_beyond(&levels, Permute::WithinBlocks, Contrast, Sampling::verdict("t"));
            prop_assert!(steps.unwrap().is_sorted());
        }
    }
}
