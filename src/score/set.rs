//! A set of labelled samples as the scorer sees it, and two sets compared by every score.

use std::sync::OnceLock;

use super::kid::{MeanEmbedding, kid_all, kid_within, subsets_within};
use super::{
    Conditional, Embedded, FEATURES, Features, Gaussian, IntraClass, Radii, conditional,
    intra_class_distances, intra_class_ratio, join_labels, label_scale, neighbourhood,
};
use crate::model::Stream;
use crate::run::{NotComputable, ScoreValue};

/// Seed of everything drawn for scoring: apart from the runs' seeds, the same for every variant.
pub const EVAL_SEED: u64 = 0;

/// Labelled samples, real or fake, as the scorer sees them. What several scores need of them is
/// computed when first asked for.
#[derive(Debug)]
pub struct SampleSet {
    name: String,
    labels: Vec<u8>,
    classes: usize,
    features: Result<Features, NotComputable>,
    conditional: Result<Conditional, NotComputable>,
    gaussian: OnceLock<Result<Gaussian, NotComputable>>,
    with_labels: OnceLock<Result<Gaussian, NotComputable>>,
    kid_subsets: OnceLock<Vec<f64>>,
    radii: OnceLock<Result<Radii, NotComputable>>,
    embedding: OnceLock<Result<MeanEmbedding, NotComputable>>,
    intra_class: OnceLock<Vec<Option<f64>>>,
}

impl SampleSet {
    /// Samples as seen, with their labels.
    pub(super) fn new(name: String, seen: &Embedded, labels: Vec<u8>, classes: usize) -> Self {
        Self {
            name,
            features: Features::from_f32(FEATURES, &seen.features),
            conditional: conditional(&seen.logits, &labels, classes),
            labels,
            classes,
            gaussian: OnceLock::new(),
            with_labels: OnceLock::new(),
            kid_subsets: OnceLock::new(),
            radii: OnceLock::new(),
            embedding: OnceLock::new(),
            intra_class: OnceLock::new(),
        }
    }

    /// Such as `test` or `train[50000:60000]`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One label a sample.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    fn features(&self) -> Result<&Features, NotComputable> {
        self.features.as_ref().map_err(Clone::clone)
    }

    fn gaussian(&self) -> Result<&Gaussian, NotComputable> {
        self.gaussian.get_or_init(|| Gaussian::fit(self.features()?)).as_ref().map_err(Clone::clone)
    }

    /// Features joined with labels, which weigh as much as this set's features.
    fn with_labels(&self) -> Result<&Gaussian, NotComputable> {
        self.with_labels
            .get_or_init(|| self.joined(label_scale(self.features()?)))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Features joined with labels of this weight. No FJD without a FID: samples that are all equal
    /// still differ by their labels.
    fn joined(&self, scale: f64) -> Result<Gaussian, NotComputable> {
        self.gaussian()?;
        Gaussian::fit(&join_labels(self.features()?, &self.labels, self.classes, scale))
    }

    fn radii(&self) -> Result<&Radii, NotComputable> {
        self.radii.get_or_init(|| Radii::new(self.features()?)).as_ref().map_err(Clone::clone)
    }

    /// `side` names this set in an error.
    fn embedding(&self, side: &str) -> Result<&MeanEmbedding, NotComputable> {
        self.embedding
            .get_or_init(|| MeanEmbedding::new(self.features()?, side))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn intra_class(&self) -> Result<&[Option<f64>], NotComputable> {
        let features = self.features()?;
        Ok(self
            .intra_class
            .get_or_init(|| intra_class_distances(features, &self.labels, self.classes)))
    }
}

/// Scores of one set against another.
pub(super) struct Comparison {
    pub(super) values: Vec<ScoreValue>,
    pub(super) conditional: Result<Conditional, NotComputable>,
    pub(super) intra_class: Result<IntraClass, NotComputable>,
}

/// Every score of `fake` against `real` that features and logits give.
pub(super) fn compare(real: &SampleSet, fake: &SampleSet) -> Comparison {
    let fid = || Ok(real.gaussian()?.frechet_distance(fake.gaussian()?));
    let stream = Stream::new(EVAL_SEED);
    let kid = || {
        let features = real.features()?;
        let within = || real.kid_subsets.get_or_init(|| subsets_within(features, stream));
        kid_within(features, within, fake.features()?, stream)
    };
    let fjd = || {
        let scale = label_scale(real.features()?);
        Ok(real.with_labels()?.frechet_distance(&fake.joined(scale)?))
    };
    let near = || -> Result<_, NotComputable> {
        Ok(neighbourhood(real.features()?, real.radii()?, fake.features()?, fake.radii()?))
    };
    let near = near();
    let of_near = |pick: fn(&super::Neighbourhood) -> f64| near.as_ref().map(pick);

    let mut values = Vec::new();
    let mut push = |name: &str, result| values.push(ScoreValue::new(name, fake.len(), result));
    push("fid", fid());
    push("kid", kid());
    push("fjd", fjd());
    push("precision", of_near(|n| n.precision).map_err(Clone::clone));
    push("recall", of_near(|n| n.recall).map_err(Clone::clone));
    push("density", of_near(|n| n.density).map_err(Clone::clone));
    push("coverage", of_near(|n| n.coverage).map_err(Clone::clone));
    let intra_class = push_classes(real, fake, &mut push);
    Comparison { values, conditional: fake.conditional.clone(), intra_class }
}

/// The scores that are cheap enough for every epoch.
pub(super) fn compare_fast(real: &SampleSet, fake: &SampleSet) -> Vec<ScoreValue> {
    let mut values = Vec::new();
    let mut push = |name: &str, result| values.push(ScoreValue::new(name, fake.len(), result));
    let kid = || Ok(kid_all(real.embedding("real")?, fake.embedding("fake")?));
    push("kid", kid());
    let _ = push_classes(real, fake, &mut push);
    values
}

fn push_classes(
    real: &SampleSet,
    fake: &SampleSet,
    push: &mut impl FnMut(&str, Result<f64, NotComputable>),
) -> Result<IntraClass, NotComputable> {
    let conditional =
        |pick: fn(&Conditional) -> f64| fake.conditional.as_ref().map(pick).map_err(Clone::clone);
    push("conditional_accuracy", conditional(|c| c.accuracy));
    push("mean_log_p", conditional(|c| c.mean_log_p));
    push("predicted_entropy", conditional(|c| c.predicted_entropy));
    push("label_total_variation", conditional(|c| c.total_variation));
    let ratio = || intra_class_ratio(real.intra_class()?, fake.intra_class()?);
    let ratio = ratio();
    let of_ratio = |pick: fn(&IntraClass) -> f64| ratio.as_ref().map(pick).map_err(Clone::clone);
    push("intra_class_ratio", of_ratio(|r| r.mean));
    push("intra_class_ratio_min", of_ratio(|r| r.min));
    ratio
}
