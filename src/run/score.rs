//! What a score is: a number with its name, unit, direction, mode and sample count, or the reason
//! why there is none.

use serde::{Deserialize, Serialize};

use super::metric::{Direction, Metric};

/// Why a score has no number. A value, not an accident: it is stored and shown where the number
/// would stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotComputable(pub String);

impl NotComputable {
    /// With this reason, a lower-case fragment.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// A number, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A finite number.
    Value(f64),
    /// The reason why there is no number.
    NotComputable(String),
}

impl Value {
    /// The number, if there is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Value(x) => Some(*x),
            Self::NotComputable(_) => None,
        }
    }
}

impl From<Result<f64, NotComputable>> for Value {
    fn from(result: Result<f64, NotComputable>) -> Self {
        match result {
            Ok(x) if x.is_finite() => Self::Value(x),
            Ok(x) => Self::NotComputable(format!("the result is {x}")),
            Err(NotComputable(reason)) => Self::NotComputable(reason),
        }
    }
}

/// In which mode the networks were when what is scored was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Dropout on.
    Train,
    /// Dropout off.
    Eval,
}

/// One score: never a bare number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreValue {
    /// A name of [`SCORE_METRICS`].
    pub name: String,
    /// The number, or why there is none.
    #[serde(flatten)]
    pub value: Value,
    /// What one of it is.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// Mode of the generator.
    pub mode: Mode,
    /// Number of scored samples.
    pub n: usize,
}

impl ScoreValue {
    /// The score of this name over `n` samples.
    ///
    /// # Panics
    /// On a name that is not in [`SCORE_METRICS`]: a mistake of the programmer.
    pub(crate) fn new(name: &str, n: usize, result: Result<f64, NotComputable>) -> Self {
        let metric = score_metric(name).unwrap_or_else(|| panic!("no score is called `{name}`"));
        Self {
            name: name.to_owned(),
            value: result.into(),
            unit: metric.unit.to_owned(),
            direction: metric.direction,
            mode: Mode::Eval,
            n,
        }
    }
}

/// Whether a score hangs on the scorer: it sees the images for it.
pub fn by_scorer(name: &str) -> bool {
    // Parzen's likelihood is of pixels, and CAS trains classifiers of its own.
    score_metric(name).is_some() && !name.starts_with("parzen") && !name.starts_with("cas")
}

/// The score with this name.
pub fn score_metric(name: &str) -> Option<&'static Metric> {
    SCORE_METRICS.iter().find(|m| m.name == name)
}

use Direction::{Higher, Lower, Neutral};

/// Every score, in the order of tables. All are of samples that the generator makes in eval mode
/// (dropout off).
pub const SCORE_METRICS: &[Metric] = &[
    Metric::new("fid", "feature²", Lower, "Fréchet distance of scorer features; biased in n"),
    Metric::new("kid", "1", Lower, "unbiased polynomial MMD² of scorer features; may be below 0"),
    Metric::new("fjd", "feature²", Lower, "Fréchet distance of features joined with labels"),
    Metric::new("precision", "fraction", Higher, "fakes inside the real manifold, k = 3"),
    Metric::new("recall", "fraction", Higher, "real images inside the fake manifold, k = 3"),
    Metric::new("density", "1", Higher, "mean number of real balls around a fake over k, k = 5"),
    Metric::new("coverage", "fraction", Higher, "real images with a fake in their ball, k = 5"),
    Metric::new("conditional_accuracy", "fraction", Higher, "fakes the scorer calls their label"),
    Metric::new("mean_log_p", "nats", Higher, "mean log p(label | image) under the scorer"),
    Metric::new("predicted_entropy", "nats", Neutral, "entropy of the labels the scorer predicts"),
    Metric::new(
        "label_total_variation",
        "fraction",
        Lower,
        "total variation, predicted to asked labels",
    ),
    Metric::new(
        "intra_class_ratio",
        "1",
        Neutral,
        "diversity within a class, fake over real, mean",
    ),
    Metric::new("intra_class_ratio_min", "1", Neutral, "the same, of the least diverse class"),
    Metric::new(
        "parzen_ll",
        "nats",
        Higher,
        "legacy: Parzen log-likelihood, the paper's coarse grid",
    ),
    Metric::new("parzen_ll_se", "nats", Neutral, "its standard error over test images (not seeds)"),
    Metric::new("parzen_sigma", "pixel", Neutral, "its kernel width, the best of the coarse grid"),
    Metric::new("parzen_ll_refined", "nats", Higher, "the same with a refined kernel width"),
    Metric::new("parzen_ll_refined_se", "nats", Neutral, "its standard error over test images"),
    Metric::new("parzen_sigma_refined", "pixel", Neutral, "its kernel width"),
    Metric::new(
        "cas",
        "fraction",
        Higher,
        "test accuracy of a classifier trained on fakes only, mean",
    ),
    Metric::new("cas_std", "fraction", Neutral, "std of it over classifier seeds"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_number_or_reason_and_comes_back() {
        let score = ScoreValue::new("fid", 10, Ok(1.5));
        let text = serde_json::to_string(&score).unwrap();
        assert_eq!(
            text,
            r#"{"name":"fid","value":1.5,"unit":"feature²","direction":"lower","mode":"eval","n":10}"#
        );
        assert_eq!(serde_json::from_str::<ScoreValue>(&text).unwrap(), score);

        let none = ScoreValue::new("kid", 1, Err(NotComputable::new("too few")));
        let text = serde_json::to_string(&none).unwrap();
        assert!(text.contains(r#""not_computable":"too few""#), "{text}");
        assert_eq!(serde_json::from_str::<ScoreValue>(&text).unwrap(), none);
    }

    #[test]
    fn a_number_that_is_not_finite_is_no_number() {
        assert_eq!(Value::from(Ok(f64::NAN)), Value::NotComputable("the result is NaN".into()));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = SCORE_METRICS.iter().map(|m| m.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SCORE_METRICS.len());
    }
}
