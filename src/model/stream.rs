//! Named random streams: every random number is a function of (seed, purpose, epoch, step).
//!
//! Nothing random is carried from step to step, so nothing random has to be saved, and no result
//! depends on threads, order or a resume.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// What a stream of random numbers is for. The name is hashed, so adding a purpose changes no
/// other stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights of one layer, by its name.
    Init(&'static str),
    /// The order of the training images in an epoch.
    Shuffle,
    /// z of the fakes of a step.
    Noise,
    /// z of G's own fakes where the update draws fresh ones.
    FreshNoise,
    /// Labels of fakes where they are drawn.
    FakeLabels,
    /// Wrong labels of the real images of a step.
    WrongLabels,
    /// Dropout masks of one layer in one pass, by name.
    Dropout(&'static str),
    /// z of the sample grid; the same in every epoch.
    SampleGrid,
    /// z of images asked of a trained generator.
    Generate,
    /// A choice made while scoring, or while training the scorer, by name.
    Score(&'static str),
}

impl Purpose {
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Init(layer) => ("init", layer),
            Self::Shuffle => ("shuffle", ""),
            Self::Noise => ("noise", ""),
            Self::FreshNoise => ("fresh-noise", ""),
            Self::FakeLabels => ("fake-labels", ""),
            Self::WrongLabels => ("wrong-labels", ""),
            Self::Dropout(layer) => ("dropout", layer),
            Self::SampleGrid => ("sample-grid", ""),
            Self::Generate => ("generate", ""),
            Self::Score(what) => ("score", what),
        }
    }
}

/// The streams of one run.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    seed: u64,
}

impl Stream {
    /// The streams of the run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 256 bits that name one stream: SHA-256 of seed, purpose, epoch and step.
    pub fn id(&self, purpose: Purpose, epoch: u64, step: u64) -> [u8; 32] {
        let (kind, layer) = purpose.name();
        let mut hash = Sha256::new();
        for text in [kind, layer] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        for number in [self.seed, epoch, step] {
            hash.update(number.to_le_bytes());
        }
        hash.finalize().into()
    }

    /// A generator for one stream.
    pub fn rng(&self, purpose: Purpose, epoch: u64, step: u64) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.id(purpose, epoch, step))
    }

    /// 64 bits for a counter-based hash over the elements of a tensor.
    pub fn counter_key(&self, purpose: Purpose, epoch: u64, step: u64) -> u64 {
        let id = self.id(purpose, epoch, step);
        u64::from_le_bytes([id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7]])
    }
}
