//! From tests to findings: the correction over a family, and the verdicts.

use super::finding::{Finding, Levels, Subject};
use super::stats::{self, Claim, Interval, PermutationTest, Permute};
use super::verdict::Verdict;
use crate::run::Direction;

/// The looks that were taken: the seeds that each added, and the share of the error rate that may
/// have been spent up to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) stages: &'a [&'a [u64]],
    pub(super) spent: &'a [f64],
}

/// Everything about a finding that the correction does not change.
pub(super) struct Raw {
    pub(super) subject: Subject,
    pub(super) estimate: Option<f64>,
    pub(super) interval: Option<Interval>,
    pub(super) n: Vec<usize>,
    pub(super) left_out: usize,
    pub(super) test: Option<PermutationTest>,
    pub(super) equal: Option<f64>,
    /// The values by side or level, and how they may change places.
    pub(super) values: Vec<Vec<f64>>,
    pub(super) permute: Permute,
    pub(super) design: Option<stats::Design>,
    pub(super) levels: Option<(Levels, Vec<f64>, Vec<f64>)>,
    /// Different, and equal where a margin was declared, over the looks; empty without looks.
    pub(super) claims: Vec<Claim>,
}

/// The correction over the family, and the verdicts. With a margin a finding can be told in two
/// ways, of which only one can be wrong: then both are held by Bonferroni, together.
pub(super) fn conclude(
    raw: Vec<Raw>,
    direction: Direction,
    alpha: f64,
    taken: Option<Taken<'_>>,
) -> Vec<Finding> {
    let none = PermutationTest { p: 1.0, smallest: 1.0, exact: true };
    let mut tests: Vec<PermutationTest> = raw.iter().map(|r| r.test.unwrap_or(none)).collect();
    let mut raw = raw;
    // Over looks a p is the smallest error rate at which some look would have told.
    if let Some(taken) = taken {
        for (r, test) in raw.iter_mut().zip(&mut tests) {
            let mut p = r.claims.iter().map(|claim| stats::p_over_looks(claim, taken.spent));
            (test.p, test.exact) = (p.next().unwrap_or(1.0), false);
            r.equal = p.next();
        }
    }
    let decided: Option<Vec<Vec<Option<usize>>>> = taken.map(|taken| {
        let claims: Vec<Vec<Claim>> = raw.iter().map(|r| r.claims.clone()).collect();
        stats::decide(&claims, taken.spent, alpha)
    });
    let margin = raw.iter().any(|r| r.equal.is_some());
    let correct = if margin { stats::bonferroni } else { stats::holm };
    let adjusted = correct(&tests.iter().map(|t| t.p).collect::<Vec<_>>());
    let smallest = correct(&tests.iter().map(|t| t.smallest).collect::<Vec<_>>());
    let equal = correct(&raw.iter().map(|r| r.equal.unwrap_or(1.0)).collect::<Vec<_>>());
    // What a lone effect is held against, and what steps within an axis are; these are told by what
    // a look may spend by itself.
    let share = alpha / raw.len().max(1) as f64;
    let of_steps = match taken.map(|taken| taken.spent) {
        None => share,
        Some([.., before, last]) => share * (last - before),
        Some([last]) => share * last,
        Some([]) => 0.0,
    };
    let finding = |(k, r): (usize, Raw)| {
        let told = |claim: usize, p: f64| match &decided {
            None => (p <= alpha, None),
            Some(looks) => {
                let look = looks[k].get(claim).copied().flatten();
                (look.is_some(), look)
            }
        };
        let (is_different, by_different) = told(0, adjusted[k]);
        // What was told and what not is the closed test's to say; a p by itself may be off by a hair.
        let side = |told: bool, p: f64| match &decided {
            None => p,
            Some(_) if told => p.min(alpha),
            Some(_) => p.max(alpha * 1.001).min(1.0),
        };
        let (is_equal, by_equal) =
            if r.equal.is_some() { told(1, equal[k]) } else { (false, None) };
        let p_equal = r.equal.map(|_| side(is_equal, equal[k]));
        let up = r.estimate.unwrap_or(0.0) > 0.0;
        let ordered = r.levels.as_ref().is_none_or(|l| l.0.ordered);
        let verdict = if r.test.is_none() {
            Verdict::NoPairs
        } else if is_equal {
            Verdict::Equal
        } else if is_different {
            match direction {
                _ if !ordered => Verdict::Different,
                Direction::Neutral => Verdict::Different,
                Direction::Higher if up => Verdict::Better,
                Direction::Lower if !up => Verdict::Better,
                _ => Verdict::Worse,
            }
        } else if smallest[k] > alpha {
            Verdict::Underpowered
        } else {
            Verdict::Unclear
        };
        let open = matches!(verdict, Verdict::Unclear | Verdict::Underpowered | Verdict::NoPairs);
        let seeds_to_tell = r.design.filter(|_| open).and_then(|design| {
            let spread = stats::spread(&r.values, r.permute).filter(|s| *s > 0.0);
            match spread.zip(effect(&r, ordered)) {
                Some((spread, effect)) => design.seeds_to_tell(effect / spread, share),
                // Without a spread the fewest that could tell at all.
                None => design.fewest_seeds(share),
            }
        });
        let levels = r.levels.map(|(mut levels, steps, equal)| {
            // A step counts where the axis itself was told. With a margin, equality tells where
            // the change ends: both together would err more often than either.
            let told = is_different && !margin;
            let first = steps.iter().position(|p| *p > of_steps);
            levels.no_change_seen_from = first.filter(|from| told && *from > 0);
            levels.equal_from = equal.iter().position(|p| *p <= of_steps);
            levels
        });
        Finding {
            subject: r.subject,
            estimate: r.estimate,
            interval: r.interval,
            n: r.n,
            left_out: r.left_out,
            test: tests[k],
            p_adjusted: side(is_different, adjusted[k]),
            smallest_adjusted: smallest[k],
            p_equal,
            verdict,
            seeds_to_tell,
            levels,
            look: if is_equal { by_equal } else { by_different },
        }
    };
    raw.into_iter().enumerate().map(finding).collect()
}

/// The effect that more seeds would have to find: the estimate, or by how much the level farthest
/// from the others is off.
fn effect(raw: &Raw, ordered: bool) -> Option<f64> {
    if ordered {
        return raw.estimate;
    }
    let means: Vec<f64> = raw.values.iter().map(|x| stats::mean(x)).collect::<Option<_>>()?;
    let k = means.len() as f64;
    let sum: f64 = means.iter().sum();
    means.iter().map(|m| (m - (sum - m) / (k - 1.0)).abs()).reduce(f64::max)
}
