//! The scorer: a small convolutional classifier of the data set, frozen and hashed. Its penultimate
//! layer gives the features of every score; it is never one of the GAN's own networks.

mod about;
mod file;
mod network;
mod train;
mod unfold;

use std::fs;
use std::path::{Path, PathBuf};

pub use about::About;
use network::{Architecture, Parameters};
pub use network::{Embedded, FEATURES};
use train::{Labelled, RECIPE};

use super::split::{NamedImages, Split};
use crate::data::DataSet;
use crate::error::{Context, Error, Result, ensure};
use crate::model::Stream;
use crate::record;

/// The scorer of MNIST, made by `cgan-sweep scorer train --out assets/scorer-mnist.safetensors`.
const MNIST: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scorer-mnist.safetensors"));
/// Seed of the scorer's training.
const SEED: u64 = 0;
/// Least train images for a scorer that means anything.
const FEWEST: usize = 60;

/// A frozen classifier.
#[derive(Clone, Debug)]
pub struct Scorer {
    parameters: Parameters,
    about: About,
    hash: String,
}

impl Scorer {
    /// The scorer of this set: the embedded one for MNIST, otherwise the one in `cache_dir`, and if
    /// there is none yet, one trained now (minutes) and kept there for the next time.
    ///
    /// # Errors
    /// If the set is too small, or the cache cannot be written.
    pub fn load(data: &DataSet, cache_dir: &Path) -> Result<Self> {
        if let Some(found) = Self::find(data, cache_dir)? {
            return Ok(found);
        }
        let trained = Self::train(data, &|_, _| {})?;
        record::write_whole(&Self::kept_at(data, cache_dir), &trained.to_bytes()?)?;
        Ok(trained)
    }

    /// The scorer of this set that needs no training: the embedded one, or the one in `cache_dir`.
    ///
    /// # Errors
    /// If the embedded one is damaged.
    pub fn find(data: &DataSet, cache_dir: &Path) -> Result<Option<Self>> {
        let embedded = Self::from_bytes(MNIST).context("embedded scorer")?;
        if embedded.about.data_hash == data.hash {
            return Ok(Some(embedded));
        }
        // A file that cannot be read is made again: it is only a cache.
        let cached = Self::open(&Self::kept_at(data, cache_dir)).ok();
        Ok(cached.filter(|cached| cached.about.data_hash == data.hash))
    }

    fn kept_at(data: &DataSet, cache_dir: &Path) -> PathBuf {
        cache_dir.join(format!("{}-{}-r{RECIPE}.safetensors", data.hash, data.train.len()))
    }

    /// Trains a scorer on this set's own images. `progress(epoch, mean loss)` is called after each
    /// epoch. The same images give the same scorer on machines with the same CPU features.
    ///
    /// # Errors
    /// If the set is too small.
    pub fn train(data: &DataSet, progress: &(dyn Fn(usize, f64) + Sync)) -> Result<Self> {
        let n = data.train.len();
        ensure!(n >= FEWEST, "{n} train images are too few: a scorer needs at least {FEWEST}");
        let split = Split::of(data);
        let on = NamedImages::train(data, &split.scorer);
        // A small set is passed over more often.
        let epochs = (600_000 / on.labels.len()).clamp(12, 100);
        let architecture = Architecture {
            height: data.train.height,
            width: data.train.width,
            classes: data.classes,
        };
        let labelled = Labelled { images: &on.unit(), labels: on.labels };
        let parameters = train::train(architecture, labelled, epochs, Stream::new(SEED), progress)?;
        let measured_on = split.reference_images(data);
        let accuracy = accuracy(&parameters, &measured_on.unit(), measured_on.labels);
        let about = About {
            recipe: RECIPE,
            data: data.name.clone(),
            data_hash: data.hash.clone(),
            trained_on: on.name,
            epochs,
            measured_on: measured_on.name,
            accuracy,
            height: architecture.height,
            width: architecture.width,
            classes: architecture.classes,
        };
        let hash = file::hash(&file::to_bytes(&about, &parameters)?);
        Ok(Self { parameters, about, hash })
    }

    /// The scorer in a file that [`Scorer::to_bytes`] made.
    ///
    /// # Errors
    /// If it cannot be read or is no scorer.
    pub fn open(path: &Path) -> Result<Self> {
        fs::read(path)
            .map_err(Error::from)
            .and_then(|bytes| Self::from_bytes(&bytes))
            .with_context(|| format!("cannot read scorer {}", path.display()))
    }

    /// The scorer in a file's bytes.
    ///
    /// # Errors
    /// If they are no scorer.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (about, parameters) = file::from_bytes(bytes)?;
        Ok(Self { parameters, about, hash: file::hash(bytes) })
    }

    /// A safetensors file: the parameters, and [`About`] as metadata.
    ///
    /// # Errors
    /// If safetensors refuses.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        file::to_bytes(&self.about, &self.parameters)
    }

    /// SHA-256 of its file, hex: two scores compare only if this is equal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What it was trained on, and how good it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Pixels of an image it sees.
    pub fn pixels_each(&self) -> usize {
        self.about.height * self.about.width
    }

    /// Images (`n × height × width`, row-major, in [0, 1]) to features and logits, with the same
    /// bits for any number of threads.
    ///
    /// # Panics
    /// If `images` is not a whole number of images.
    pub fn embed(&self, images: &[f32]) -> Embedded {
        self.parameters.embed(images)
    }
}

/// Share of images that the network calls by their label.
fn accuracy(parameters: &Parameters, images: &[f32], labels: &[u8]) -> f64 {
    let classes = parameters.architecture.classes;
    let logits = parameters.embed(images).logits;
    super::conditional(&logits, labels, classes).map_or(0.0, |seen| seen.accuracy)
}

/// Classification accuracy score (Ravuri & Vinyals 2019): trains the scorer's network, from
/// scratch, on labelled fakes alone, and returns its accuracy on the set's reference images.
///
/// # Errors
/// If the training cannot start.
pub(super) fn accuracy_trained_on(
    fakes: &[f32],
    fake_labels: &[u8],
    real: &NamedImages<'_>,
    like: &About,
    seed: u64,
) -> Result<f64> {
    let About { height, width, classes, .. } = *like;
    let architecture = Architecture { height, width, classes };
    let data = Labelled { images: fakes, labels: fake_labels };
    let parameters = train::train(architecture, data, CAS_EPOCHS, Stream::new(seed), &|_, _| {})?;
    Ok(accuracy(&parameters, &real.unit(), real.labels))
}

/// Passes over the fakes for [`accuracy_trained_on`].
const CAS_EPOCHS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_scorer_is_good_enough_and_small() {
        let scorer = Scorer::from_bytes(MNIST).unwrap();
        assert!(scorer.about.accuracy >= 0.99, "{}", scorer.about.accuracy);
        assert_eq!(scorer.about.recipe, RECIPE, "run `cgan-sweep scorer train` again");
        assert!(MNIST.len() < 500_000);
        assert_eq!(scorer.to_bytes().unwrap(), MNIST);
    }
}
