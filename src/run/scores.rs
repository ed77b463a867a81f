//! The scores of a run, as they are recorded.

use serde::{Deserialize, Serialize};

use super::score::ScoreValue;

/// `scores.json` of a run: every score with what is needed to judge it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The classifier whose features were used; none where there was none, which the scores say.
    pub scorer: Option<ScorerRecord>,
    /// The real images that were scored against.
    pub reference: SetRecord,
    /// The real images in the real-vs-real row; they also choose Parzen's σ.
    pub selection: SetRecord,
    /// How the samples' labels were chosen.
    pub label_policy: String,
    /// Which weights drew the samples, where there were several sets of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Seed of the scoring's own draws.
    pub eval_seed: u64,
    /// Number of samples.
    pub samples: usize,
    /// The samples' scores.
    pub metrics: Vec<ScoreValue>,
    /// The same scores of real images that choose: the floor.
    pub real_vs_real: Vec<ScoreValue>,
    /// Accuracy and diversity of each class.
    pub classes: Vec<ClassRecord>,
    /// `confusion[asked][predicted]`: counts. Empty if there is none.
    pub confusion: Vec<Vec<u64>>,
}

impl Scores {
    /// The number of the score with this name, if it has one.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|m| m.name == name)?.value.number()
    }

    /// Why they are to be taken with care, if their classifier is a weak one.
    pub fn weakness(&self) -> Option<String> {
        let scorer = self.scorer.as_ref()?;
        weakness(scorer.accuracy, self.reference.n, self.classes.len())
    }
}

/// Least accuracy of a classifier whose features are trusted.
const ACCURATE: f64 = 0.9;
/// Least images a class on which an accuracy means something.
const MEASURED: usize = 20;

/// Why scores by a classifier of this accuracy, measured on so many real images that it never saw,
/// are to be taken with care; none if they are not.
pub fn weakness(accuracy: f64, images: usize, classes: usize) -> Option<String> {
    if accuracy < ACCURATE {
        let wrong = 100.0 * (1.0 - accuracy);
        Some(format!("it takes {wrong:.1} % of unseen real images for another class"))
    } else if images < MEASURED * classes {
        Some(format!("its accuracy is known from {images} images of {classes} classes alone"))
    } else {
        None
    }
}

/// Which classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScorerRecord {
    /// SHA-256 of its file, hex: scores compare only if this is equal.
    pub hash: String,
    /// Its own accuracy.
    pub accuracy: f64,
    /// The images that was measured on.
    pub measured_on: String,
    /// The images it was trained on.
    pub trained_on: String,
}

/// Which real images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetRecord {
    /// Such as `test` or `train[50000:60000]`.
    pub name: String,
    /// How many.
    pub n: usize,
}

/// Scores of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassRecord {
    /// Its label.
    pub class: usize,
    /// Samples asked to be of it.
    pub n: u64,
    /// Share of those that the scorer calls by it.
    pub accuracy: Option<f64>,
    /// Diversity, fake over real.
    pub intra_class_ratio: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn a_scorer_is_weak_where_it_errs_or_was_hardly_measured() {
        assert_eq!(weakness(0.9, 200, 10), None);
        assert_eq!(
            weakness(0.899, 10_000, 10).unwrap(),
            "it takes 10.1 % of unseen real images for another class"
        );
        assert_eq!(
            weakness(1.0, 199, 10).unwrap(),
            "its accuracy is known from 199 images of 10 classes alone"
        );
    }
}
