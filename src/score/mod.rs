//! How good what a generator makes is.
//!
//! A [`Scorer`] (frozen classifier) and a data set make a [`Reference`]; [`Samples`] are held
//! against it by [`fast`] every epoch and by [`full`] at the end. Each score is a [`ScoreValue`](crate::run::ScoreValue):
//! a number or the reason why there is none, never bare.
//! `docs/design/scores.md` says what was decided and why.

mod centres;
mod classes;
mod evaluator;
mod features;
mod frechet;
mod kid;
mod neighbours;
mod npy;
mod parzen;
mod pixels;
mod reference;
mod reference_cache;
mod samples;
mod scorer;
mod scores;
mod set;
mod split;
mod trained;

pub use classes::{Conditional, IntraClass, conditional, intra_class_distances, intra_class_ratio};
pub use evaluator::RunEvaluator;
pub use features::Features;
pub use frechet::{Gaussian, join_labels, label_scale};
pub use kid::kid;
pub use neighbours::{Neighbourhood, Radii, neighbourhood};
pub use npy::read_samples;
pub use parzen::{Likelihood, parzen};
pub use pixels::Pixels;
pub use reference::Reference;
pub use reference_cache::ReferenceCache;
pub(crate) use samples::fast_labels;
pub use samples::{PixelRange, SampleProblem, SampleSource, Samples};
pub use scorer::{About, Embedded, FEATURES, Scorer};
pub use scores::{FullOptions, fast, full};
pub use set::{EVAL_SEED, SampleSet};
pub use split::{NamedImages, Split};
pub use trained::TrainedSampler;
