//! Tests that are looked at again as seeds are added, at one error rate over all looks.
//!
//! A test is looked at after each stage. If nothing differs, every arrangement of values within
//! their stage (or block) was as likely as the one seen, and so was every *history* of what the
//! looks would have shown under it. Of a set of histories drawn so, with the one seen among them,
//! each look marks the most extreme that were not marked before, as many as the error rate spent so
//! far allows. The one seen is as likely as any other to be marked: the chance that it ever is, at
//! whatever look, is at most what was spent. So the looks share the error rate through their joint
//! distribution, exactly, with as many draws as one likes; the union bound would waste what looks
//! have in common. The idea of a joint null over looks is that of AdaStop (Mathieu et al. 2023), which
//! is step-down by the largest statistic; here comparisons are corrected by a closed test.

use super::arrangements::{Arrangements, Permute, Sampling};
use super::factors::Factor;
use super::trend::{Pools, TrendStatistic, contrast, isotonic};

/// What one test would have shown at each look, under each of the drawn arrangements.
#[derive(Clone, Debug)]
pub struct Histories {
    looks: Vec<Ranked>,
    slack: f64,
}

/// The histories at one look, the most extreme first.
#[derive(Clone, Debug)]
struct Ranked {
    /// Which history; 0 is the one seen.
    order: Vec<u32>,
    /// Its statistic.
    values: Vec<f64>,
}

impl Histories {
    /// Two-sided, of an axis or of two sides: `stages[stage][level][run]`, with the statistic of
    /// [`factor`](super::factor), which for two levels is the difference of their means.
    ///
    /// # Panics
    /// If values are permuted within blocks and levels differ in length.
    pub fn two_sided(
        stages: &[Vec<Vec<f64>>],
        permute: Permute,
        kind: Factor,
        sampling: Sampling<'_>,
    ) -> Self {
        let mut pools = Pools::new();
        Self::of(stages, permute, sampling, |sums, counts| match kind {
            Factor::Ordered(TrendStatistic::Contrast) => contrast(sums).abs(),
            Factor::Ordered(TrendStatistic::Isotonic) => isotonic(sums, counts, &mut pools),
            Factor::Unordered => sums.iter().zip(counts).map(|(sum, n)| sum * sum / n).sum(),
        })
    }

    /// One-sided, of two sides of which the first was moved by a margin: is it above the second, or
    /// below it?
    ///
    /// # Panics
    /// As [`two_sided`](Self::two_sided).
    pub fn one_sided(
        stages: &[Vec<Vec<f64>>],
        permute: Permute,
        above: bool,
        sampling: Sampling<'_>,
    ) -> Self {
        let sign = if above { 1.0 } else { -1.0 };
        Self::of(stages, permute, sampling, |sums, _| sign * sums[0])
    }

    fn of(
        stages: &[Vec<Vec<f64>>],
        permute: Permute,
        sampling: Sampling<'_>,
        statistic: impl FnMut(&[f64], &[f64]) -> f64,
    ) -> Self {
        let (looks, slack) = Arrangements::histories(stages, permute, sampling, statistic);
        let rank = |values: Vec<f64>| {
            let mut order: Vec<u32> = (0..values.len() as u32).collect();
            order.sort_by(|a, b| values[*b as usize].total_cmp(&values[*a as usize]));
            let values = order.iter().map(|i| values[*i as usize]).collect();
            Ranked { order, values }
        };
        Self { looks: looks.into_iter().map(rank).collect(), slack }
    }

    /// The first look that marks the history seen, with so much error spent up to each.
    fn crossed(&self, spent: impl Iterator<Item = f64>) -> Option<usize> {
        let n = self.looks.first()?.order.len();
        let (mut marked, mut count) = (vec![false; n], 0);
        for (look, (ranked, spent)) in self.looks.iter().zip(spent).enumerate() {
            let allowed = (spent * n as f64 + 1e-9).floor() as usize;
            let mut at = 0;
            // Histories that look alike are marked together or not at all.
            while at < n && count < allowed {
                let alike = |v: &&f64| **v >= ranked.values[at] - self.slack;
                let end = at + ranked.values[at..].iter().take_while(alike).count();
                let group = &ranked.order[at..end];
                let fresh = group.iter().filter(|i| !marked[**i as usize]).count();
                if count + fresh > allowed {
                    break;
                }
                group.iter().for_each(|i| marked[*i as usize] = true);
                count += fresh;
                at = end;
            }
            if marked[0] {
                return Some(look);
            }
        }
        None
    }
}

/// What a claim rests on.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// A test with its histories.
    Histories(Histories),
    /// A p at each look, held against what is spent between it and the look before.
    Each(Vec<f64>),
}

impl Evidence {
    /// The first look that bears it out at `level`, of which these shares are spent up to each.
    fn crossed(&self, spent: &[f64], level: f64) -> Option<usize> {
        match self {
            Self::Histories(histories) => histories.crossed(spent.iter().map(|s| s * level)),
            Self::Each(p) => {
                let before = [0.0].into_iter().chain(spent.iter().copied());
                let fresh = spent.iter().zip(before).map(|(now, before)| (now - before) * level);
                p.iter().zip(fresh).position(|(p, level)| *p <= level)
            }
        }
    }
}

/// Something that may be said of a comparison, where all its evidence bears it out. Of the claims of
/// one comparison (different, equal within a margin) no more than one can be wrong.
pub type Claim = Vec<Evidence>;

/// The look that bears a claim out at `level`.
fn crossed(claim: &Claim, spent: &[f64], level: f64) -> Option<usize> {
    let looks = claim.iter().map(|evidence| evidence.crossed(spent, level));
    looks.collect::<Option<Vec<usize>>>()?.into_iter().max()
}

/// The look at which each claim of each comparison is decided, with at most `alpha` as the chance
/// that any wrong one ever is; `spent` is the share of it that may be spent up to each look.
///
/// A closed test (Marcus, Peritz and Gabriel 1976): a set of k claims, one of each of k comparisons,
/// is rejected where one of them is borne out at α/k over its looks, and a claim is made where every
/// set that it is in is rejected. For one look and one claim each it is Holm's step-down.
pub fn decide(comparisons: &[Vec<Claim>], spent: &[f64], alpha: f64) -> Vec<Vec<Option<usize>>> {
    let m = comparisons.len();
    let at = |k: usize| -> Vec<Vec<Option<usize>>> {
        let of = |claim| crossed(claim, spent, alpha / k as f64);
        comparisons.iter().map(|claims| claims.iter().map(of).collect()).collect()
    };
    let levels: Vec<Vec<Vec<Option<usize>>>> = (1..=m).map(at).collect();
    let by = |found: Option<usize>, look: usize| found.is_some_and(|at| at <= look);
    let decided = |c: usize, claim: usize, look: usize| {
        levels.iter().zip(1..).all(|(found, k)| {
            let open = |claims: &&Vec<Option<usize>>| !claims.iter().all(|f| by(*f, look));
            by(found[c][claim], look) || found.iter().filter(open).count() < k
        })
    };
    let first = |c: usize, claim: usize| (0..spent.len()).find(|look| decided(c, claim, *look));
    let of = |(c, claims): (usize, &Vec<Claim>)| (0..claims.len()).map(|h| first(c, h)).collect();
    comparisons.iter().enumerate().map(of).collect()
}

/// The smallest error rate at which a claim by itself is borne out by the last look: its p, to a
/// thousandth of itself.
pub fn p_over_looks(claim: &Claim, spent: &[f64]) -> f64 {
    let out = |level: f64| crossed(claim, spent, level).is_some();
    if !out(1.0) {
        return 1.0;
    }
    let (mut low, mut high) = (1e-6f64, 1.0);
    while high / low > 1.001 {
        let middle = (low * high).sqrt();
        if out(middle) { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Factor = Factor::Ordered(TrendStatistic::Contrast);

    fn two(stages: &[(&[f64], &[f64])]) -> Histories {
        let stages: Vec<Vec<Vec<f64>>> =
            stages.iter().map(|(x, y)| vec![x.to_vec(), y.to_vec()]).collect();
        Histories::two_sided(&stages, Permute::AllRuns, TWO, Sampling::looks("t"))
    }

    #[test]
    fn one_look_is_the_permutation_test() {
        // 2 of 70 arrangements are as extreme: marked from 2.86 % on, up to the draws' error.
        let seen = two(&[(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0])]);
        assert_eq!(seen.crossed([0.031].into_iter()), Some(0));
        assert_eq!(seen.crossed([0.026].into_iter()), None);
        let p = p_over_looks(&vec![Evidence::Histories(seen)], &[1.0]);
        assert!((p - 2.0 / 70.0).abs() < 0.003, "{p}");
    }

    #[test]
    fn what_an_earlier_look_spent_is_not_there_for_a_later_one() {
        let (x, y): (&[f64], &[f64]) = (&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]);
        let flat: (&[f64], &[f64]) = (&[1.0, 5.0, 2.0, 6.0], &[1.1, 5.1, 2.1, 5.9]);
        // Nothing at the first look, 2/4900 and more at the second.
        let late = two(&[flat, (x, y), (x, y)]);
        assert_eq!(late.crossed([0.02, 0.04, 0.05].into_iter()), Some(2));
        assert_eq!(two(&[(x, y), flat]).crossed([0.04, 0.05].into_iter()), Some(0));
        // The first look marks the same whatever comes after.
        let (alone, followed) = (two(&[(x, y)]), two(&[(x, y), flat]));
        for level in (1..100).map(|i| f64::from(i) * 5e-4) {
            let at_first = |seen: &Histories| seen.crossed([level].into_iter());
            assert_eq!(at_first(&alone), at_first(&followed), "{level}");
        }
    }

    #[test]
    fn one_look_and_one_claim_is_holm() {
        // p of .04, .01, .03, .02 are .06, .04, .06, .06 by Holm: at 6 % all, at 5 % the second.
        let of = |p: f64| vec![vec![Evidence::Each(vec![p])]];
        let all = [of(0.04), of(0.01), of(0.03), of(0.02)];
        let told = |alpha| -> Vec<bool> {
            decide(&all, &[1.0], alpha).iter().map(|c| c[0].is_some()).collect()
        };
        assert_eq!(told(0.0601), [true; 4]);
        assert_eq!(told(0.05), [false, true, false, false]);
        assert_eq!(told(0.039), [false; 4]);
    }

    #[test]
    fn two_claims_of_a_comparison_share_its_level_and_looks_theirs() {
        let each = |p: &[f64]| vec![Evidence::Each(p.to_vec())];
        // Told different at the first look; that leaves "equal" open, so the other stays at α/2.
        let two = [vec![each(&[0.001]), each(&[1.0])], vec![each(&[0.03]), each(&[1.0])]];
        assert_eq!(decide(&two, &[1.0], 0.05), [[Some(0), None], [None, None]]);
        let one = [vec![each(&[0.03, 0.02])]];
        assert_eq!(decide(&one, &[0.5, 1.0], 0.05), [[Some(1)]]);
        assert_eq!(decide(&one, &[0.5], 0.05), [[None]]);
    }
}
