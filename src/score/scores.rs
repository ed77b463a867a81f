//! The scores of a run: a fast set every epoch, the full set at its end.

use super::scorer::accuracy_trained_on;
use super::set::{EVAL_SEED, SampleSet, compare, compare_fast};
use super::{Embedded, NamedImages, Pixels, Reference, Samples, Split, parzen};
use crate::data::DataSet;
use crate::error::Result;
use crate::run::{
    ClassRecord, NotComputable, SCORE_METRICS, ScoreValue, ScorerRecord, Scores, SetRecord,
};

/// What the full set is to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct FullOptions {
    /// How the samples' labels were chosen; stored.
    pub label_policy: String,
    /// Which weights drew the samples, where there were several sets of them; stored.
    pub weights: Option<String>,
    /// Whether to compute the legacy Parzen likelihood (seconds).
    pub parzen: bool,
    /// Classifiers to train on the fakes for CAS (each about ten seconds); 0 means none.
    pub cas_seeds: usize,
}

impl Default for FullOptions {
    fn default() -> Self {
        Self {
            label_policy: "labels of the reference images".to_owned(),
            weights: None,
            parzen: true,
            cas_seeds: 0,
        }
    }
}

/// The scores of a run that cannot be scored: each says why.
pub(super) fn no_scores(data: &DataSet, options: &FullOptions, reason: &NotComputable) -> Scores {
    let split = Split::of(data);
    let record = |images: NamedImages<'_>| SetRecord { n: images.labels.len(), name: images.name };
    let skipped = |name: &str| {
        (name.starts_with("parzen") && !options.parzen)
            || (name.starts_with("cas") && options.cas_seeds == 0)
    };
    let metrics = SCORE_METRICS.iter().filter(|metric| !skipped(metric.name));
    Scores {
        scorer: None,
        reference: record(split.reference_images(data)),
        selection: record(split.selection_images(data)),
        label_policy: options.label_policy.clone(),
        weights: options.weights.clone(),
        eval_seed: EVAL_SEED,
        samples: 0,
        metrics: metrics.map(|m| ScoreValue::new(m.name, 0, Err(reason.clone()))).collect(),
        real_vs_real: Vec::new(),
        classes: Vec::new(),
        confusion: Vec::new(),
    }
}

/// The scores of an epoch, against the images that choose; about a tenth of a second for 1,000
/// samples, classes in turn.
pub fn fast(reference: &Reference, samples: &Samples) -> Vec<ScoreValue> {
    let seen = reference.scorer().embed(samples.pixels());
    compare_fast(reference.selection(), &sample_set(reference, seen, samples.labels().to_vec()))
}

/// The scores of a finished run, against the images that are reported on. The samples' memory is let go
/// of as soon as no score needs it.
///
/// # Errors
/// If a classifier for CAS cannot be trained.
pub fn full(reference: &Reference, samples: Samples, options: &FullOptions) -> Result<Scores> {
    let real = reference.report();
    let embedded = reference.scorer().embed(samples.pixels());
    let mut of_pixels = Vec::new();
    if options.parzen {
        of_pixels.extend(parzen_values(reference, &samples));
    }
    if options.cas_seeds > 0 {
        of_pixels.extend(cas_values(reference, &samples, options.cas_seeds)?);
    }
    let labels = samples.into_labels();
    let fake = sample_set(reference, embedded, labels);
    let compared = compare(real, &fake);
    let mut metrics = compared.values;
    metrics.extend(of_pixels);
    let confusion = compared.conditional.as_ref().map_or(Vec::new(), |c| c.confusion.clone());
    let classes = (0..reference.classes())
        .map(|class| ClassRecord {
            class,
            n: fake.labels().iter().filter(|&&l| usize::from(l) == class).count() as u64,
            accuracy: compared.conditional.as_ref().ok().and_then(|c| c.per_class[class]),
            intra_class_ratio: compared.intra_class.as_ref().ok().map(|r| r.per_class[class]),
        })
        .collect();
    let about = reference.scorer().about();
    let record = |set: &SampleSet| SetRecord { name: set.name().to_owned(), n: set.len() };
    Ok(Scores {
        scorer: Some(ScorerRecord {
            hash: reference.scorer().hash().to_owned(),
            accuracy: about.accuracy,
            measured_on: about.measured_on.clone(),
            trained_on: about.trained_on.clone(),
        }),
        reference: record(real),
        selection: record(reference.selection()),
        label_policy: options.label_policy.clone(),
        weights: options.weights.clone(),
        eval_seed: EVAL_SEED,
        samples: fake.len(),
        metrics,
        real_vs_real: reference.real_vs_real().to_vec(),
        classes,
        confusion,
    })
}

fn sample_set(reference: &Reference, seen: Embedded, labels: Vec<u8>) -> SampleSet {
    SampleSet::new("samples".into(), &seen, labels, reference.classes())
}

fn parzen_values(reference: &Reference, samples: &Samples) -> Vec<ScoreValue> {
    let dim = reference.scorer().pixels_each();
    let found = parzen(
        samples.pixels(),
        Pixels::Bytes(reference.selection_images().pixels).first(super::parzen::VALIDATION * dim),
        Pixels::Bytes(reference.report_images().pixels),
        dim,
    );
    let n = samples.labels().len();
    let names = [
        ["parzen_ll", "parzen_ll_se", "parzen_sigma"],
        ["parzen_ll_refined", "parzen_ll_refined_se", "parzen_sigma_refined"],
    ];
    names
        .iter()
        .enumerate()
        .flat_map(|(i, names)| {
            let found = found.as_ref().map(|f| f[i]).map_err(Clone::clone);
            let parts = found.map(|f| [f.mean, f.standard_error, f.sigma]);
            (0..3).map(move |j| ScoreValue::new(names[j], n, parts.clone().map(|p| p[j])))
        })
        .collect()
}

fn cas_values(reference: &Reference, samples: &Samples, seeds: usize) -> Result<[ScoreValue; 2]> {
    let real = reference.report_images();
    let mut found = Vec::with_capacity(seeds);
    for seed in 0..seeds {
        found.push(accuracy_trained_on(
            samples.pixels(),
            samples.labels(),
            &real,
            reference.scorer().about(),
            EVAL_SEED + seed as u64,
        )?);
    }
    let mean = found.iter().sum::<f64>() / seeds as f64;
    let std = if seeds > 1 {
        let squares: f64 = found.iter().map(|x| (x - mean).powi(2)).sum();
        Ok((squares / (seeds - 1) as f64).sqrt())
    } else {
        Err(NotComputable::new("one classifier seed has no std"))
    };
    let n = samples.labels().len();
    Ok([ScoreValue::new("cas", n, Ok(mean)), ScoreValue::new("cas_std", n, std)])
}
