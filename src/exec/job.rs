//! What waits for a slot, and in which order.

use crate::plan::Run;

/// A run that waits for a slot.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The run.
    pub run: &'a Run,
    /// Generator updates of the whole run.
    pub steps: u64,
    /// Multiply-adds of the whole run: how long it takes, up to the machine's speed.
    pub work: f64,
    /// Bytes it needs while it trains.
    pub memory: u64,
}

/// Sorts jobs so that the longest begins first, and no slot is left with a long one at the end.
pub fn longest_first(jobs: &mut [Job<'_>]) {
    jobs.sort_by(|a, b| b.work.total_cmp(&a.work));
}

/// Sorts jobs by the place of their seed, so that a first picture of all variants comes early;
/// within a seed the longest begins first.
pub fn seed_by_seed(jobs: &mut [Job<'_>], seeds: &[u64]) {
    let place: std::collections::BTreeMap<u64, usize> = seeds.iter().copied().zip(0..).collect();
    jobs.sort_by(|a, b| {
        place.get(&a.run.seed).cmp(&place.get(&b.run.seed)).then(b.work.total_cmp(&a.work))
    });
}
