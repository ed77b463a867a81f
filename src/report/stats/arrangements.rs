//! All arrangements of values that a null hypothesis holds equally likely, and the share of them
//! that look at least as extreme as the one seen.

use rand_chacha::ChaCha8Rng;

use super::bootstrap::{generator, pick};
use super::counting::{Symmetry, arrangements, labels, next_arrangement, smallest_share};
use super::permutation::PermutationTest;

/// A block whose arrangements are more than this is never enumerated: they are kept in memory.
const BLOCK_LIMIT: f64 = 200_000.0;

/// How a null distribution is worked out: counted whole, or sampled where it is too large.
#[derive(Clone, Copy, Debug)]
pub struct Sampling<'a> {
    /// Keys the generator of the sampled form: the same values under the same name give the same
    /// p on any machine.
    pub name: &'a str,
    /// Up to so many arrangements all are counted.
    pub exact: u64,
    /// Arrangements drawn above.
    pub draws: u64,
}

impl<'a> Sampling<'a> {
    /// For a verdict: up to two million arrangements (each block up to 200,000) are counted, above
    /// 100,000 are drawn.
    pub fn verdict(name: &'a str) -> Self {
        Self { name, exact: 2_000_000, draws: 100_000 }
    }

    /// For a verdict over looks: 19,999 histories are drawn, and the one seen makes 20,000.
    pub fn looks(name: &'a str) -> Self {
        Self { name, exact: 0, draws: 19_999 }
    }

    /// For a simulation of many tests: counted up to 10,000, above 1,999 drawn. A sampled p is as
    /// valid as a counted one, only coarser.
    pub fn simulation(name: &'a str) -> Self {
        Self { name, exact: 10_000, draws: 1_999 }
    }
}

/// Which values may change places if the levels of an axis do not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permute {
    /// The values of one block (a seed, or a cell of a grid's other axes and a seed) among its
    /// levels: block b is the b-th value of every level. What blocks have in common cancels.
    WithinBlocks,
    /// All runs among all levels: every run is independent of every other.
    AllRuns,
}

/// Values of levels, in blocks within which they may change places.
#[derive(Debug)]
pub(super) struct Arrangements {
    blocks: Vec<Block>,
    /// Values of each level, over all blocks.
    counts: Vec<usize>,
    /// Differences of statistics below this are rounding.
    slack: f64,
}

/// Values that may change places, those of the first level first.
#[derive(Debug)]
struct Block {
    /// Centred on the block's mean, in units of all values' total distance from it.
    values: Vec<f64>,
    /// The level of each, ascending.
    labels: Vec<usize>,
    sizes: Vec<usize>,
}

impl Arrangements {
    /// Of `levels[level][run]`. `None` below two levels or where one is empty.
    ///
    /// # Panics
    /// If values are permuted within blocks and levels differ in length.
    pub(super) fn new(levels: &[Vec<f64>], permute: Permute) -> Option<Self> {
        if levels.len() < 2 || levels.iter().any(Vec::is_empty) {
            return None;
        }
        let counts: Vec<usize> = levels.iter().map(Vec::len).collect();
        let mut blocks: Vec<Block> = match permute {
            Permute::AllRuns => vec![Block::new(levels.concat(), counts.clone())],
            Permute::WithinBlocks => {
                assert!(counts.iter().all(|n| *n == counts[0]), "a value per level and block");
                let block = |b| levels.iter().map(|level| level[b]).collect();
                (0..counts[0]).map(|b| Block::new(block(b), vec![1; levels.len()])).collect()
            }
        };
        let raw = levels.iter().flatten().map(|v| v.abs()).sum();
        let slack = normalise(&mut blocks, raw);
        Some(Self { blocks, counts, slack })
    }

    /// The blocks of stages, `stages[stage][level][run]`, one unit for all: values change places
    /// within their stage (or block) alone. A level may lack a run in some of them.
    ///
    /// # Panics
    /// If values are permuted within blocks and levels differ in length.
    fn staged(stages: &[Vec<Vec<f64>>], permute: Permute) -> (Vec<Vec<Block>>, f64) {
        let mut lengths = Vec::new();
        let mut blocks: Vec<Block> = Vec::new();
        for levels in stages {
            let before = blocks.len();
            let counts: Vec<usize> = levels.iter().map(Vec::len).collect();
            match permute {
                Permute::AllRuns if counts.iter().sum::<usize>() > 0 => {
                    blocks.push(Block::new(levels.concat(), counts));
                }
                Permute::AllRuns => {}
                Permute::WithinBlocks => {
                    assert!(counts.iter().all(|n| *n == counts[0]), "a value per level and block");
                    let block = |b| levels.iter().map(|level| level[b]).collect();
                    blocks.extend(
                        (0..counts[0]).map(|b| Block::new(block(b), vec![1; levels.len()])),
                    );
                }
            }
            lengths.push(blocks.len() - before);
        }
        let raw = stages.iter().flatten().flatten().map(|v| v.abs()).sum();
        let slack = normalise(&mut blocks, raw);
        let mut blocks = blocks.into_iter();
        (lengths.into_iter().map(|n| blocks.by_ref().take(n).collect()).collect(), slack)
    }

    /// Histories of a statistic over stages: after each stage its value of all runs so far, as they
    /// were seen (the first) and under `sampling.draws` draws of what the null hypothesis holds
    /// equally likely. The statistic is a function of the levels' sums of centred values and of
    /// their numbers; a stage at whose end some level has no run yet has none. What a stage's draws
    /// are does not depend on the stages after it. Also the difference below which two are rounding.
    pub(super) fn histories(
        stages: &[Vec<Vec<f64>>],
        permute: Permute,
        sampling: Sampling<'_>,
        mut statistic: impl FnMut(&[f64], &[f64]) -> f64,
    ) -> (Vec<Vec<f64>>, f64) {
        let (staged, slack) = Self::staged(stages, permute);
        let levels = stages.first().map_or(0, Vec::len);
        let histories = sampling.draws as usize + 1;
        let mut sums = vec![0.0; levels * histories];
        let mut counts = vec![0.0; levels];
        let mut out = Vec::new();
        let mut number = 0;
        for (values, blocks) in stages.iter().zip(staged) {
            for (count, level) in counts.iter_mut().zip(values) {
                *count += level.len() as f64;
            }
            for block in blocks {
                let mut rng = generator(&["looks", sampling.name, &number.to_string()]);
                number += 1;
                let mut shuffled = block.values.clone();
                for sums in sums.chunks_exact_mut(levels) {
                    add(sums, &block.labels, &shuffled);
                    shuffle(&mut shuffled, &mut rng);
                }
            }
            let whole = counts.iter().all(|n| *n > 0.0);
            let mut of = |sums| if whole { statistic(sums, &counts) } else { 0.0 };
            out.push(sums.chunks_exact(levels.max(1)).map(&mut of).collect());
        }
        (out, slack)
    }

    /// Values of each level.
    pub(super) fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// How many arrangements there are.
    fn total(&self) -> f64 {
        self.blocks.iter().map(|block| arrangements(&block.sizes)).product()
    }

    /// The test whose statistic is a function of the levels' sums of centred values: share of
    /// arrangements in which it is at least as large as seen.
    pub(super) fn test(
        &self,
        sampling: Sampling<'_>,
        symmetry: Symmetry,
        mut statistic: impl FnMut(&[f64]) -> f64,
    ) -> PermutationTest {
        let mut seen = vec![0.0; self.counts.len()];
        for block in &self.blocks {
            add(&mut seen, &block.labels, &block.values);
        }
        let bar = statistic(&seen) - self.slack;
        let mut extreme = |sums: &[f64]| statistic(sums) >= bar;
        let sizes: Vec<&[usize]> = self.blocks.iter().map(|b| &*b.sizes).collect();
        let smallest = smallest_share(&sizes, symmetry);
        let total = self.total();
        let enumerable = self.blocks.iter().all(|b| arrangements(&b.sizes) <= BLOCK_LIMIT);
        if enumerable && total <= sampling.exact as f64 {
            let tables: Vec<Vec<f64>> = self.blocks.iter().map(Block::table).collect();
            let hits = count(&tables, &vec![0.0; self.counts.len()], &mut extreme);
            return PermutationTest { p: hits as f64 / total, smallest, exact: true };
        }
        let mut rng = generator(&["permutation", sampling.name]);
        let mut shuffled: Vec<Vec<f64>> = self.blocks.iter().map(|b| b.values.clone()).collect();
        let mut hits = 0;
        for _ in 0..sampling.draws {
            seen.fill(0.0);
            for (block, values) in self.blocks.iter().zip(&mut shuffled) {
                shuffle(values, &mut rng);
                add(&mut seen, &block.labels, values);
            }
            hits += u64::from(extreme(&seen));
        }
        let unit = 1.0 / (1 + sampling.draws) as f64;
        let smallest = smallest.max(unit);
        PermutationTest { p: (1 + hits) as f64 * unit, smallest, exact: false }
    }
}

impl Block {
    fn new(values: Vec<f64>, sizes: Vec<usize>) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let values = values.iter().map(|v| v - mean).collect();
        Self { values, labels: labels(&sizes), sizes }
    }

    /// The levels' sums in every arrangement, one after the other.
    fn table(&self) -> Vec<f64> {
        let levels = self.sizes.len();
        let mut labels = self.labels.clone();
        let mut table = Vec::new();
        loop {
            let at = table.len();
            table.resize(at + levels, 0.0);
            add(&mut table[at..], &labels, &self.values);
            if !next_arrangement(&mut labels) {
                return table;
            }
        }
    }
}

/// Puts values in units of their total distance from the means of their blocks; the difference of
/// statistics that is rounding. `raw` is the total distance of the values from zero.
fn normalise(blocks: &mut [Block], raw: f64) -> f64 {
    let size: f64 = blocks.iter().flat_map(|block| &block.values).map(|v| v.abs()).sum();
    // All equal but for rounding: no arrangement differs from another.
    let flat = size <= 1e-14 * raw;
    for value in blocks.iter_mut().flat_map(|block| &mut block.values) {
        *value = if flat { 0.0 } else { *value / size };
    }
    // Statistics equal in exact arithmetic may differ in their last bits: ties must count.
    1e-12 + if flat { 0.0 } else { 1e-15 * raw / size }
}

/// Adds each value to the sum of its level.
fn add(sums: &mut [f64], labels: &[usize], values: &[f64]) {
    for (label, value) in labels.iter().zip(values) {
        sums[*label] += value;
    }
}

/// How many combinations of one row of each table add up to an extreme.
fn count(tables: &[Vec<f64>], sums: &[f64], extreme: &mut impl FnMut(&[f64]) -> bool) -> u64 {
    let Some((table, rest)) = tables.split_first() else {
        return u64::from(extreme(sums));
    };
    let mut total = vec![0.0; sums.len()];
    let mut hits = 0;
    for row in table.chunks_exact(sums.len()) {
        for ((t, sum), value) in total.iter_mut().zip(sums).zip(row) {
            *t = sum + value;
        }
        hits +=
            if rest.is_empty() { u64::from(extreme(&total)) } else { count(rest, &total, extreme) };
    }
    hits
}

/// Fisher and Yates' shuffle.
fn shuffle(values: &mut [f64], rng: &mut ChaCha8Rng) {
    for i in (1..values.len()).rev() {
        values.swap(i, pick(rng, i + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampled_share_is_near_the_counted_one() {
        let levels = [vec![1.0, 4.0, 2.0, 6.0], vec![3.0, 5.0, 9.0, 4.5]];
        let all = Arrangements::new(&levels, Permute::AllRuns).unwrap();
        let with = |sampling| all.test(sampling, Symmetry::Reversed, |sums| sums[0].abs());
        let counted = with(Sampling::verdict("t"));
        let drawn = with(Sampling { name: "t", exact: 0, draws: 20_000 });
        assert!(counted.exact && !drawn.exact);
        let sd = (counted.p * (1.0 - counted.p) / 20_000.0).sqrt();
        assert!((counted.p - drawn.p).abs() < 4.0 * sd, "{counted:?} {drawn:?}");
        assert_eq!(drawn.smallest, counted.smallest);
    }
}
