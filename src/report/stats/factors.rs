//! The effect of one axis of a grid, with the other axes and the seeds as blocks.

use std::collections::BTreeMap;

use super::arrangements::{Arrangements, Permute, Sampling};
use super::counting::Symmetry;
use super::permutation::PermutationTest;
use super::trend::{TrendStatistic, trend};

/// A run of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct GridRun {
    /// Its level on each axis.
    pub levels: Vec<usize>,
    /// Its seed.
    pub seed: u64,
    /// Its value of the metric.
    pub value: f64,
}

/// The values of one axis as the tests take them: `[level][block]`, a block being a cell of the
/// other axes and a seed. Blocks in which a level is missing are left out; they are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorBlocks {
    /// Values by level and block.
    pub levels: Vec<Vec<f64>>,
    /// Blocks left out.
    pub incomplete: usize,
}

/// Sorts runs into the blocks of axis `axis`, which has `levels` levels.
///
/// # Panics
/// If a run lacks the axis or is at a level it does not have.
pub fn factor_blocks(runs: &[GridRun], axis: usize, levels: usize) -> FactorBlocks {
    let mut blocks: BTreeMap<(Vec<usize>, u64), Vec<Option<f64>>> = BTreeMap::new();
    for run in runs {
        let mut others = run.levels.clone();
        let level = others.remove(axis);
        blocks.entry((others, run.seed)).or_insert_with(|| vec![None; levels])[level] =
            Some(run.value);
    }
    let all = blocks.len();
    let complete: Vec<Vec<f64>> =
        blocks.into_values().filter_map(|block| block.into_iter().collect()).collect();
    FactorBlocks {
        levels: (0..levels).map(|l| complete.iter().map(|block| block[l]).collect()).collect(),
        incomplete: all - complete.len(),
    }
}

/// What an axis is to its factor test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// Levels in an order (two levels always are): the trend of this statistic within blocks,
    /// which for two levels is the sign-flip test of their differences.
    Ordered(TrendStatistic),
    /// Levels without an order: the sum of squares between them, Σ nₗ (x̄ₗ − x̄)².
    Unordered,
}

/// Permutation test of an axis over its blocks: if it changes nothing in any of them, every order
/// of a block's values is equally likely. For unordered levels the statistic grows and falls with
/// the F of a two-way layout, as what blocks differ by and the total within them stay the same
/// (Pitman 1938; Friedman's test has ranks in the place of values). The smallest p of k levels in
/// b blocks is 2/(k!)ᵇ, unordered k!/(k!)ᵇ. `None` below two levels or without a block.
///
/// # Panics
/// If levels differ in length.
pub fn factor(
    levels: &[Vec<f64>],
    kind: Factor,
    sampling: Sampling<'_>,
) -> Option<PermutationTest> {
    match kind {
        Factor::Ordered(statistic) => trend(levels, Permute::WithinBlocks, statistic, sampling),
        Factor::Unordered => {
            let all = Arrangements::new(levels, Permute::WithinBlocks)?;
            let between = |sums: &[f64]| sums.iter().map(|s| s * s).sum();
            Some(all.test(sampling, Symmetry::Renamed, between))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A 2 × 3 grid with two seeds: value = 10·a + b² + seed.
    fn grid() -> Vec<GridRun> {
        let mut runs = Vec::new();
        for a in 0..2usize {
            for b in 0..3usize {
                for seed in 1..=2u64 {
                    let value = (10 * a + b * b) as f64 + seed as f64;
                    runs.push(GridRun { levels: vec![a, b], seed, value });
                }
            }
        }
        runs
    }

    #[test]
    fn blocks_are_the_other_axes_and_the_seeds() {
        let a = factor_blocks(&grid(), 0, 2);
        assert_eq!(a.levels[0], [1.0, 2.0, 2.0, 3.0, 5.0, 6.0]);
        assert_eq!(a.levels[1], [11.0, 12.0, 12.0, 13.0, 15.0, 16.0]);
        let b = factor_blocks(&grid()[1..], 1, 3);
        assert_eq!((b.levels[2].as_slice(), b.incomplete), ([6.0, 15.0, 16.0].as_slice(), 1));
    }

    #[test]
    fn smallest_attainable_by_hand() {
        // Six blocks of two levels, four of three; every block agrees.
        let (a, b) = (factor_blocks(&grid(), 0, 2), factor_blocks(&grid(), 1, 3));
        let ordered = Factor::Ordered(TrendStatistic::Contrast);
        let of = |blocks: &FactorBlocks, kind| {
            let test = factor(&blocks.levels, kind, Sampling::verdict("t")).unwrap();
            assert_eq!(test.p, test.smallest);
            test.p
        };
        assert_eq!(of(&a, ordered), 2.0 / 64.0);
        assert_eq!(of(&a, Factor::Unordered), 2.0 / 64.0);
        assert_eq!(of(&b, ordered), 2.0 / 1296.0);
        assert_eq!(of(&b, Factor::Unordered), 6.0 / 1296.0);
    }

    proptest! {
        #[test]
        fn names_of_unordered_levels_do_not_matter(
            x in prop::collection::vec(-10.0..10.0, 9),
            order in Just(vec![0usize, 1, 2]).prop_shuffle(),
        ) {
            let levels: Vec<Vec<f64>> = x.chunks(3).map(<[f64]>::to_vec).collect();
            let renamed: Vec<Vec<f64>> = order.iter().map(|l| levels[*l].clone()).collect();
            let p = |l: &[Vec<f64>]| factor(l, Factor::Unordered, Sampling::verdict("t")).unwrap().p;
            prop_assert_eq!(p(&levels), p(&renamed));
        }
    }
}
