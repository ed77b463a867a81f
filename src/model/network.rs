//! A network in training: any network that can be stepped, sampled, saved and restored.

use rand_chacha::ChaCha8Rng;

use super::step::StepInfo;
use crate::data::DataSet;
use crate::error::Result;
use crate::run::{Checkpoint, NamedTensor, Numbers};
use crate::spec::Output;

/// Real images of one update: pixels already scaled, row-major, with their labels.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// `[n, pixels]`.
    pub pixels: &'a [f32],
    /// One label an image.
    pub labels: &'a [u8],
}

/// What draws images of wanted classes, in evaluation mode.
pub trait Sampler {
    /// `n` noise vectors, row-major, all of one length.
    fn noise(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<f32>;

    /// An image a label and noise vector: `[labels, pixels]`, row-major, in the scale of
    /// [`Self::output`].
    fn sample(&self, noise: &[f32], labels: &[u8]) -> Vec<f32>;

    /// The scale of its images' pixels, and of those that it is trained on.
    fn output(&self) -> Output;

    /// Which weights its images are drawn with, where it has several sets of them: said beside
    /// scores and images.
    fn drawn_with(&self) -> Option<String> {
        None
    }
}

/// A network while it is trained, with its optimizers and whatever else changes.
///
/// It is a function of the run's settings and seed: what is random in it comes from the streams of
/// [`Stream`](super::Stream), keyed by epoch and step, so that a run gives the same bits whether or
/// not it was stopped and resumed.
pub trait Network: Sampler {
    /// One step, on [`Model::batches_per_step`](super::Model::batches_per_step) batches, fewer at
    /// the end of an epoch.
    ///
    /// # Errors
    /// What first stopped being finite; the run has diverged then.
    fn step(&mut self, batches: &[Batch<'_>], at: StepInfo) -> Result<Numbers, String>;

    /// The metrics of the epoch that ends with the step `at`, in the order of
    /// [`Model::metrics`](super::Model::metrics). The next step begins another epoch.
    fn end_epoch(&mut self, at: StepInfo) -> Numbers;

    /// Those of [`Model::probes`](super::Model::probes) that have a number, after a scored epoch.
    fn probe(&self, _data: &DataSet) -> Numbers {
        Numbers::default()
    }

    /// All of it that is no function of settings and seed, after `step` steps.
    ///
    /// # Errors
    /// If it cannot be written down.
    fn checkpoint(&self, step: u64) -> Result<Checkpoint<'_>>;

    /// Puts it into this state.
    ///
    /// # Errors
    /// If the checkpoint is of another network.
    fn restore(&mut self, from: &Checkpoint<'_>) -> Result<()>;

    /// What is kept of it when it is trained: all that sampling needs.
    fn weights(&self) -> Vec<NamedTensor<'_>>;

    /// Lets go of the memory that it does not need to draw images, which is all that it does after this.
    /// Drawing may take some again, that another call gives back.
    fn end_training(&mut self) {}
}

/// Images drawn at once: enough for good matrix products, few enough for little memory.
const CHUNK: usize = 1_000;

/// [`Sampler::sample`], some images at a time.
///
/// # Panics
/// If there is not one noise vector a label.
pub fn sample_in_chunks(sampler: &dyn Sampler, noise: &[f32], labels: &[u8]) -> Vec<f32> {
    let all = labels.len();
    let length = noise.len() / all.max(1);
    assert_eq!(noise.len(), all * length, "one noise vector a label");
    let mut images = Vec::new();
    for (noise, labels) in noise.chunks((CHUNK * length).max(1)).zip(labels.chunks(CHUNK)) {
        let drawn = sampler.sample(noise, labels);
        if images.is_empty() {
            // All the memory it takes, and no more.
            images.reserve_exact(drawn.len() / labels.len() * all);
        }
        images.extend(drawn);
    }
    images
}
