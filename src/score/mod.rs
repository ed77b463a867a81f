//! How good what a generator makes is, and which runs are sick.
//!
//! A [`Scorer`] (frozen classifier) and a data set make a [`Reference`]; [`Samples`] are held
//! against it by [`fast`] every epoch and by [`full`] at the end. Each score is a [`ScoreValue`]:
//! a number or the reason why there is none, never bare. [`lights`] reads the [`History`] of a run.
//! `docs/design/scores.md` says what was decided and why.

mod classes;
mod detectors;
mod features;
mod frechet;
mod judge;
mod kid;
mod neighbours;
mod npy;
mod parzen;
mod reference;
mod references;
mod samples;
mod scorer;
mod scores;
mod set;
mod source;
mod split;
mod value;

pub use classes::{Conditional, IntraClass, conditional, intra_class_distances, intra_class_ratio};
pub use detectors::{History, Light, State, Thresholds, lights};
pub use features::Features;
pub use frechet::{Gaussian, join_labels, label_scale};
pub use judge::RunJudge;
pub use kid::{MeanEmbedding, kid, kid_all};
pub use neighbours::{Neighbourhood, Radii, neighbourhood};
pub use npy::read_samples;
pub use parzen::{Likelihood, Pixels, parzen};
pub use reference::{EVAL_SEED, Reference};
pub use references::References;
pub use samples::{PixelRange, SampleProblem, SampleSource, Samples, fast_labels};
pub use scorer::{About, FEATURES, Scorer, Seen};
pub use scores::{ClassRecord, FullOptions, ScorerRecord, Scores, SetRecord, fast, full};
pub use set::SampleSet;
pub use split::{NamedImages, Split};
pub use value::{Mode, NotComputable, SCORE_METRICS, ScoreValue, Value, score_metric};
