//! Statistics over a few seeds: pure mathematics, no files and no names of this project.
//!
//! Every random number comes from a generator keyed by a text, so the same values under the same
//! names give the same interval everywhere. `docs/design/statistics.md` says what is computed,
//! why, and where it comes from.

mod bootstrap;
mod budget;
mod describe;
mod effect;
mod holm;
mod permutation;
mod special;

pub use bootstrap::{Bands, COVERAGE, Interval, RESAMPLES, mean_interval};
pub use budget::expected_best;
pub use describe::{Iqm, correlation, iqm, mean, median, std_dev};
pub use effect::{StandardizedEffect, cliffs_delta, paired_effect, probability_of_improvement};
pub use holm::holm;
pub use permutation::{EXACT_LIMIT, SignFlip, sign_flip};
