//! The real images that fakes are measured against: computed once, shared by all runs.

use std::sync::{Arc, OnceLock};

use super::set::{SampleSet, compare};
use super::split::{NamedImages, Split};
use super::{Embedded, Scorer};
use crate::data::DataSet;
use crate::error::{Result, ensure};
use crate::run::ScoreValue;

/// The real images of one data set under one scorer. Each part is computed when first asked for.
#[derive(Debug)]
pub struct Reference {
    scorer: Arc<Scorer>,
    data: Arc<DataSet>,
    split: Split,
    selection: OnceLock<SampleSet>,
    report: OnceLock<SampleSet>,
    real_vs_real: OnceLock<Vec<ScoreValue>>,
}

impl Reference {
    /// The reference of this set.
    ///
    /// # Errors
    /// If the scorer sees images of another size or other classes.
    pub fn new(scorer: Arc<Scorer>, data: Arc<DataSet>) -> Result<Self> {
        let about = scorer.about();
        ensure!(
            (about.height, about.width, about.classes)
                == (data.train.height, data.train.width, data.classes),
            "the scorer sees {} x {} images of {} classes, but {} has {} x {} of {}",
            about.height,
            about.width,
            about.classes,
            data.name,
            data.train.height,
            data.train.width,
            data.classes,
        );
        Ok(Self {
            split: Split::of(&data),
            scorer,
            data,
            selection: OnceLock::new(),
            report: OnceLock::new(),
            real_vs_real: OnceLock::new(),
        })
    }

    /// The scorer.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.data.classes
    }

    /// The images that choose an epoch or a variant; the fast scores of an epoch are against these.
    pub fn selection(&self) -> &SampleSet {
        self.selection.get_or_init(|| self.embed(&self.selection_images()))
    }

    /// The images that are reported on; the final scores are against these.
    pub fn report(&self) -> &SampleSet {
        self.report.get_or_init(|| self.embed(&self.report_images()))
    }

    /// Pixels and labels of the images that choose.
    pub fn selection_images(&self) -> NamedImages<'_> {
        self.split.selection_images(&self.data)
    }

    /// Pixels and labels of the images that are reported on.
    pub fn report_images(&self) -> NamedImages<'_> {
        self.split.reference_images(&self.data)
    }

    /// The images that choose, scored as if they were fakes: the floor that no generator can be
    /// expected to pass. It stands beside every table.
    pub fn real_vs_real(&self) -> &[ScoreValue] {
        self.real_vs_real.get_or_init(|| compare(self.report(), self.selection()).values)
    }

    fn embed(&self, images: &NamedImages<'_>) -> SampleSet {
        let mut seen = Embedded { features: Vec::new(), logits: Vec::new() };
        // Pieces, so that no copy of the whole set in f32 is made.
        for pixels in images.pixels.chunks(1_000 * self.scorer.pixels_each()) {
            let unit: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
            let piece = self.scorer.embed(&unit);
            seen.features.extend(piece.features);
            seen.logits.extend(piece.logits);
        }
        SampleSet::new(images.name.clone(), &seen, images.labels.to_vec(), self.data.classes)
    }
}
