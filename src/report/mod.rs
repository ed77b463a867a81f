//! The report: from the records of a sweep alone to statistics and pages.
//!
//! [`load()`] reads, [`analyse`] computes, and each page is a pure function of the two; so the same
//! records give the same bytes.

mod analysis;
mod answer;
mod answer_json;
mod axis_answer;
mod build;
mod chart;
mod compare;
mod compared;
mod conclude;
mod curves;
mod difference;
mod families;
mod finding;
mod format;
mod html;
mod latex;
mod level_chart;
mod load;
mod looks;
mod markdown;
mod metrics;
mod notices;
mod page;
mod pictures;
mod plots;
mod reach;
mod records;
mod reproduce;
mod search;
mod searched;
mod sentence;
mod shortlist;
pub mod stats;
mod summary;
mod tensorboard;
mod variant;
mod verdict;
pub mod views;

pub use analysis::{Analysis, Choice, Primary, analyse};
pub use answer::{Answer, answer};
pub use build::{Report, Rounds, build, rounds, stale, write};
pub use compare::{ComparedMetric, Comparison, compare};
pub use finding::{Family, Finding, LevelRow, Levels, Subject};
pub use format::{Decimals, p_value};
pub use load::{RunData, Sweep, load};
pub use looks::{Course, Look};
pub use metrics::MetricInfo;
pub use page::Page;
pub use reach::{Reach, TREND, reach};
pub use records::Curves;
pub use search::{Placed, Rung, SearchCourse, ranked};
pub use sentence::Span;
pub use tensorboard::write_hparams;
pub use variant::{Difference, Summary, Test, VariantSummary};
pub use verdict::{ALPHA, Verdict};
