//! Looks: seeds that are added block by block until a question is answered.

use serde::{Deserialize, Serialize};

/// When an adaptive sweep looks at its results: `seeds = { from = 4, to = 12, step = 2 }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Seeds at the first look.
    pub from: usize,
    /// Seeds at the last.
    pub to: usize,
    /// Seeds that each look adds.
    pub step: usize,
    /// Seeds over which the error rate is spent: `to`, as it was when the first run was trained.
    pub spend_to: usize,
}

impl Looks {
    /// Seeds at each look, the last one at [`to`](Self::to).
    pub fn seeds(&self) -> Vec<usize> {
        let before = (self.from..self.to).step_by(self.step.max(1));
        before.chain([self.to]).collect()
    }

    /// The share of the error rate that may have been spent up to each look.
    pub fn spent(&self) -> Vec<f64> {
        self.seeds().iter().map(|n| spent_at(*n, self.spend_to)).collect()
    }

    /// The seeds that each look adds.
    pub fn stages<'a>(&self, seeds: &'a [u64]) -> Vec<&'a [u64]> {
        let mut done = 0;
        let mut stages = Vec::new();
        for n in self.seeds() {
            let end = n.min(seeds.len());
            stages.push(&seeds[done..end]);
            done = end;
        }
        stages
    }

    /// Whether another plan looks as often, but for where it ends.
    pub fn looks_as(&self, other: &Self) -> bool {
        (self.from, self.step) == (other.from, other.step)
    }
}

/// The share of the error rate that may have been spent with `seeds` of the `to` over which it is
/// spent: t² of t = seeds/to, of the power family of Kim and DeMets (Biometrika 1987). Little is
/// spent early, so that the last look keeps nearly the power of a fixed design. Where the end was
/// put off, t, which is above 1.
pub fn spent_at(seeds: usize, to: usize) -> f64 {
    let t = seeds as f64 / to.max(1) as f64;
    t * t.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_by_hand() {
        let looks = Looks { from: 4, to: 9, step: 2, spend_to: 9 };
        assert_eq!(looks.seeds(), [4, 6, 8, 9]);
        let shares = |n: f64| (n / 9.0) * (n / 9.0);
        assert_eq!(looks.spent(), [shares(4.0), shares(6.0), shares(8.0), 1.0]);
        let seeds: Vec<u64> = (11..=19).collect();
        assert_eq!(looks.stages(&seeds)[1..], [&[15, 16][..], &[17, 18], &[19]]);
        // Raised later: what was spent stays, and more is.
        let raised = Looks { to: 12, ..looks };
        assert_eq!(raised.seeds(), [4, 6, 8, 10, 12]);
        assert_eq!(raised.spent()[..2], looks.spent()[..2]);
        assert_eq!(raised.spent()[4], 12.0 / 9.0);
    }
}
