//! What a design can find before there are values: its smallest p, its power, and how many seeds
//! would likely tell.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::arrangements::{Permute, Sampling};
use super::bootstrap::generator;
use super::counting::{Symmetry, smallest_share};
use super::factors::{Factor, factor};
use super::intervals::Pooled;
use super::looks::{Evidence, Histories, decide};
use super::permutation::PermutationTest;
use super::special::{noncentral_t_cdf, student_quantile};
use super::trend::{TrendStatistic, trend};

/// Sweeps simulated for a [`Design::power`]: its standard error is at most .025.
const SIMULATIONS: u32 = 400;

/// Sweeps simulated for a [`Design::mean_seeds`].
const SIMULATED_LOOKS: u32 = 100;

/// More seeds than this are not proposed.
const MOST_SEEDS: usize = 100;

/// A declared test without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Design {
    levels: usize,
    /// Cells of a grid's other axes: a seed gives as many blocks.
    cells: usize,
    permute: Permute,
    kind: Factor,
}

impl Design {
    /// A variant and the baseline, by [`two_sample`](super::two_sample).
    pub fn two_sample() -> Self {
        Self::trend(2, Permute::AllRuns, TrendStatistic::Contrast)
    }

    /// A variant and the baseline, by [`sign_flip`](super::sign_flip).
    pub fn paired() -> Self {
        Self::trend(2, Permute::WithinBlocks, TrendStatistic::Contrast)
    }

    /// One ordered axis, by [`trend`].
    ///
    /// # Panics
    /// Below two levels.
    pub fn trend(levels: usize, permute: Permute, statistic: TrendStatistic) -> Self {
        assert!(levels > 1, "two levels or more");
        Self { levels, cells: 1, permute, kind: Factor::Ordered(statistic) }
    }

    /// One axis of a grid whose other axes have `cells` combinations, by [`factor`].
    ///
    /// # Panics
    /// Below two levels or without a cell.
    pub fn factor(levels: usize, kind: Factor, cells: usize) -> Self {
        assert!(levels > 1 && cells > 0, "two levels or more, a cell or more");
        Self { levels, cells, permute: Permute::WithinBlocks, kind }
    }

    /// The test of values `[level][run]`, or `[level][block]` where values are permuted within
    /// blocks. `None` as [`trend`] and [`factor`].
    ///
    /// # Panics
    /// If values are permuted within blocks and levels differ in length.
    pub fn test(&self, levels: &[Vec<f64>], sampling: Sampling<'_>) -> Option<PermutationTest> {
        match self.kind {
            Factor::Ordered(statistic) => trend(levels, self.permute, statistic, sampling),
            Factor::Unordered => factor(levels, self.kind, sampling),
        }
    }

    /// The same over stages, `stages[stage][level][run]`: what each look would show.
    ///
    /// # Panics
    /// If values are permuted within blocks and levels differ in length.
    pub fn histories(&self, stages: &[Vec<Vec<f64>>], sampling: Sampling<'_>) -> Histories {
        Histories::two_sided(stages, self.permute, self.kind, sampling)
    }

    /// Seeds at which a test that is looked at is decided, on average over 100 simulated sweeps:
    /// `seeds` and `spent` of the error rate `level` at each look. Values and `effect` are as in
    /// [`power`](Self::power).
    pub fn mean_seeds(&self, seeds: &[usize], spent: &[f64], level: f64, effect: f64) -> f64 {
        let mut rng = generator(&["mean seeds"]);
        let mut total = 0;
        for _ in 0..SIMULATED_LOOKS {
            let mut done = 0;
            let mut stage = |n: usize| {
                let added = n - done;
                done = n;
                self.simulated(added, effect, 0.0, &mut rng)
            };
            let stages: Vec<Vec<Vec<f64>>> = seeds.iter().map(|n| stage(*n)).collect();
            let histories = self.histories(&stages, Sampling::simulation("power"));
            let claim = vec![vec![vec![Evidence::Histories(histories)]]];
            let told = decide(&claim, spent, level)[0][0];
            total += told.or(seeds.len().checked_sub(1)).map_or(0, |look| seeds[look]);
        }
        total as f64 / f64::from(SIMULATED_LOOKS)
    }

    /// Values of so many seeds, `[level][block]`.
    fn simulated(
        &self,
        seeds: usize,
        effect: f64,
        correlation: f64,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Vec<f64>> {
        let mut normal = || -> f64 { rng.sample(StandardNormal) };
        let last = self.levels - 1;
        let shape = |l: usize| match self.kind {
            Factor::Ordered(_) => effect * l as f64 / last as f64,
            Factor::Unordered => effect * f64::from(u8::from(l == last)),
        };
        let (shared, own) = (correlation.sqrt(), (1.0 - correlation).sqrt());
        let mut levels = vec![Vec::with_capacity(seeds * self.cells); self.levels];
        for _ in 0..seeds {
            let seed = shared * normal();
            for _ in 0..self.cells {
                for (l, values) in levels.iter_mut().enumerate() {
                    values.push(shape(l) + seed + own * normal());
                }
            }
        }
        levels
    }

    /// The smallest p that `seeds` seeds could give.
    pub fn smallest_p(&self, seeds: usize) -> f64 {
        let symmetry = match self.kind {
            Factor::Ordered(_) => Symmetry::Reversed,
            Factor::Unordered => Symmetry::Renamed,
        };
        let sizes = match self.permute {
            Permute::AllRuns => vec![vec![seeds; self.levels]],
            Permute::WithinBlocks => vec![vec![1; self.levels]; seeds * self.cells],
        };
        let sizes: Vec<&[usize]> = sizes.iter().map(Vec::as_slice).collect();
        // Beyond a hundred thousand arrangements p may be sampled, and is no smaller then.
        smallest_share(&sizes, symmetry).max(1.0 / (1 + Sampling::verdict("").draws) as f64)
    }

    /// The fewest seeds whose smallest p is at most `level`, which is α over the number of
    /// comparisons: Holm holds the smallest of m p values against α/m. `None` if more than 100.
    pub fn fewest_seeds(&self, level: f64) -> Option<usize> {
        (1..=MOST_SEEDS).find(|seeds| self.smallest_p(*seeds) <= level)
    }

    /// Share of 400 simulated sweeps with p at most `level` (α over the number of comparisons: what
    /// Holm asks of an effect that is alone). Values are normal; `effect` is in standard deviations
    /// of a run, from the first level to the last in a straight line, or by which one unordered
    /// level is off; `correlation` is that of two runs of one seed. The same arguments give the
    /// same share on any machine.
    ///
    /// # Panics
    /// If the correlation is not in [0, 1].
    pub fn power(&self, seeds: usize, level: f64, effect: f64, correlation: f64) -> f64 {
        assert!((0.0..=1.0).contains(&correlation), "a correlation in [0, 1]");
        if seeds == 0 || self.smallest_p(seeds) > level {
            return 0.0;
        }
        let mut rng = generator(&["power"]);
        let mut found = 0;
        for _ in 0..SIMULATIONS {
            let levels = self.simulated(seeds, effect, correlation, &mut rng);
            let test = self.test(&levels, Sampling::simulation("power"));
            found += u32::from(test.is_some_and(|test| test.p <= level));
        }
        f64::from(found) / f64::from(SIMULATIONS)
    }

    /// The fewest seeds that would find `effect` with a power of 80 % at `level`, if the effect and
    /// the spread are what was seen; `None` if more than 100. `effect` is as in [`power`](Self::power)
    /// but in units of [`spread`], as a finished sweep knows it. By the t test of the same contrast
    /// (of one level against the others, times their number, where there is no order), at the
    /// largest p that the permutation test can have at `level`: near its power, which it costs
    /// nothing to ask.
    pub fn seeds_to_tell(&self, effect: f64, level: f64) -> Option<usize> {
        (2..=MOST_SEEDS).find(|seeds| self.power_of_t(*seeds, level, effect) >= 0.8)
    }

    /// Power of the t test that [`seeds_to_tell`](Self::seeds_to_tell) speaks of.
    fn power_of_t(&self, seeds: usize, level: f64, effect: f64) -> f64 {
        let smallest = self.smallest_p(seeds);
        let level = (level / smallest * (1.0 + 1e-12)).floor() * smallest;
        if level == 0.0 {
            return 0.0;
        }
        let (k, blocks) = (self.levels as f64, (seeds * self.cells) as f64);
        let freedom = match self.permute {
            Permute::AllRuns => k * (blocks - 1.0),
            Permute::WithinBlocks => (k - 1.0) * (blocks - 1.0),
        };
        let (shift, level) = match self.kind {
            // Σ c² of centred ranks is k (k² − 1)/12; the slope is effect/(k − 1).
            Factor::Ordered(_) => {
                let scale: f64 = blocks * k * (k * k - 1.0) / 12.0;
                (effect / (k - 1.0) * scale.sqrt(), level)
            }
            Factor::Unordered if self.levels == 2 => (effect * (blocks / 2.0).sqrt(), level),
            Factor::Unordered => (effect * (blocks * (k - 1.0) / k).sqrt(), level / k),
        };
        let t = student_quantile(1.0 - level / 2.0, freedom);
        // The other side's share is nothing where there is power to speak of.
        1.0 - noncentral_t_cdf(t, freedom, shift.abs())
    }
}

/// Standard deviation of a run around the mean of its level, and within blocks of its block too:
/// one for all levels. `None` where a level has no run, and without a degree of freedom.
///
/// # Panics
/// If values are permuted within blocks and levels differ in length.
pub fn spread(levels: &[Vec<f64>], permute: Permute) -> Option<f64> {
    Pooled::of(levels, permute).map(|pooled| pooled.variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use TrendStatistic::{Contrast, Isotonic};

    #[test]
    fn fewest_seeds_by_hand() {
        let fewest = |design: Design| [1.0, 5.0, 10.0, 20.0].map(|m| design.fewest_seeds(0.05 / m));
        assert_eq!(fewest(Design::two_sample()), [4, 5, 6, 6].map(Some));
        assert_eq!(fewest(Design::paired()), [6, 8, 9, 10].map(Some));
        // Two of (5!)ᵇ; of (3!)ᵇ in four cells; six of (3!)ᵇ.
        let trend = Design::trend(5, Permute::WithinBlocks, Isotonic);
        assert_eq!(fewest(trend), [1, 2, 2, 2].map(Some));
        assert_eq!(Design::factor(3, Factor::Ordered(Contrast), 4).fewest_seeds(0.05), Some(1));
        assert_eq!(Design::factor(3, Factor::Unordered, 1).fewest_seeds(0.05), Some(3));
        assert_eq!(Design::paired().fewest_seeds(1e-9), None);
    }

    #[test]
    fn no_power_below_the_smallest_p() {
        assert_eq!(Design::paired().power(5, 0.05, 100.0, 0.0), 0.0);
        assert_eq!(Design::two_sample().power(3, 0.05, 100.0, 0.0), 0.0);
        assert_eq!(Design::two_sample().power(4, 0.05, 100.0, 0.0), 1.0);
    }

    #[test]
    fn the_formula_is_near_the_simulation() {
        // Four standard errors of the simulation, and what the t test finds more than a permutation
        // test of few values.
        let designs = [
            (Design::two_sample(), 5, 0.05, 2.0),
            (Design::two_sample(), 8, 0.01, 2.0),
            (Design::paired(), 8, 0.05, 1.5),
            (Design::trend(4, Permute::WithinBlocks, Contrast), 3, 0.05, 2.0),
            (Design::trend(3, Permute::AllRuns, Contrast), 4, 0.05, 2.0),
            (Design::factor(2, Factor::Ordered(Contrast), 4), 3, 0.05, 1.0),
            (Design::factor(3, Factor::Unordered, 3), 2, 0.05, 2.0),
        ];
        for (design, seeds, level, effect) in designs {
            let simulated = design.power(seeds, level, effect, 0.0);
            let formula = design.power_of_t(seeds, level, effect);
            let slack = 4.0 * (simulated * (1.0 - simulated) / 400.0).sqrt() + 0.05;
            assert!((simulated - formula).abs() < slack, "{design:?}: {simulated} {formula}");
        }
    }

    #[test]
    fn pairing_pays_where_seeds_are_alike() {
        let (two, pairs) = (Design::two_sample(), Design::paired());
        assert!(two.power(6, 0.05, 2.0, 0.0) > pairs.power(6, 0.05, 2.0, 0.0) + 0.1);
        assert!(two.power(10, 0.01, 1.0, 0.8) + 0.1 < pairs.power(10, 0.01, 1.0, 0.8));
    }

    #[test]
    fn seeds_to_tell_by_tables() {
        // Student's test finds two standard deviations in 79 % with five against five.
        assert_eq!(Design::two_sample().seeds_to_tell(2.0, 0.05), Some(6));
        assert_eq!(Design::two_sample().seeds_to_tell(0.1, 0.05), None);
        assert_eq!(Design::two_sample().seeds_to_tell(-100.0, 0.05), Some(4));
        // Cohen's table: 17 a group for one standard deviation.
        assert_eq!(Design::two_sample().seeds_to_tell(1.0, 0.05), Some(17));
    }
}
