//! The report: from the records of a sweep alone to statistics and pages.
//!
//! [`load()`] reads, [`analyse`] computes, and each page is a pure function of the two; so the same
//! records give the same bytes.

mod analysis;
mod answer;
mod build;
mod chart;
mod compare;
mod curves;
mod format;
mod html;
mod latex;
mod load;
mod markdown;
mod metrics;
mod page;
mod pictures;
mod plots;
mod records;
mod reproduce;
pub mod stats;
mod summary;
mod tensorboard;
pub mod views;

pub use analysis::{
    ALPHA, Analysis, Choice, Difference, Primary, Summary, Test, VariantSummary, Verdict, analyse,
};
pub use answer::{Answer, Span, answer, seeds_needed};
pub use build::{Report, build, stale, write};
pub use compare::{ComparedMetric, Comparison, compare};
pub use format::Decimals;
pub use load::{RunData, Sweep, load};
pub use metrics::MetricInfo;
pub use page::Page;
pub use records::Curves;
pub use tensorboard::write_hparams;
