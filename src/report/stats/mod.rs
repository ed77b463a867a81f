//! Statistics over a few seeds: pure mathematics, no files and no names of this project.
//!
//! Every random number comes from a generator keyed by a text, so the same values under the same
//! names give the same interval everywhere. `docs/design/statistics.md` says what is computed,
//! why, and where it comes from.

mod arrangements;
mod bootstrap;
mod budget;
mod counting;
mod describe;
mod effect;
mod equivalence;
mod factors;
mod holm;
mod intervals;
mod looks;
mod permutation;
mod power;
mod special;
mod trend;
mod two_sample;

pub use arrangements::{Permute, Sampling};
pub use bootstrap::{Interval, RESAMPLES, mean_interval};
pub use budget::expected_best;
pub use describe::{Iqm, correlation, iqm, mean, median, std_dev};
pub use effect::{
    StandardizedEffect, cliffs_delta, independent_effect, paired_effect, probability_of_improvement,
};
pub use equivalence::{Equivalence, equal_from, equal_means, equal_pairs};
pub use factors::{Factor, FactorBlocks, GridRun, factor, factor_blocks};
pub use holm::{bonferroni, holm};
pub use intervals::{
    BOOTSTRAP_FROM, Bands, interval_of_mean, level_intervals, student_interval, welch_interval,
};
pub use looks::{Claim, Evidence, Histories, decide, p_over_looks};
pub use permutation::{EXACT_LIMIT, PermutationTest, sign_flip};
pub use power::{Design, spread};
pub use trend::{Line, TrendStatistic, gained_beyond, line, trend};
pub use two_sample::two_sample;
