//! What a sweep is to train and what a run is, as JSON: all that a report needs to know besides
//! the results themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Model;
use crate::plan::{Plan, Run, Variant};
use crate::run::{Direction, EPOCH_SCORES, Metric};
use crate::spec::{Design, Looks, Question, Search, Varied};
use crate::text::count;

/// `plan.json` of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The experiment's name.
    pub experiment: String,
    /// Its question, as written.
    pub question: String,
    /// Name of the baseline variant.
    pub baseline: String,
    /// The replicates.
    pub seeds: Vec<u64>,
    /// When results are looked at, if seeds are added until a question is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Looks>,
    /// How variants are searched, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// The one metric that the comparisons test, if the experiment names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_metric: Option<String>,
    /// What is asked of the numbers, and how; none where that was not declared yet when it was
    /// frozen, and the shape of its axes tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Whether what is asked was changed after runs of it had ended: then it was not declared before
    /// there was something to see.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declared_late: bool,
    /// How many seeds there were when results could be seen first, if some were added to the list
    /// afterwards: who adds them until something is found errs more often than is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds_before: Option<usize>,
    /// What the command line changed in the experiment: `--set train.epochs=1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// What an epoch of its runs may tell: the network's own metrics, scores and probes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricRecord>,
    /// Every variant, in the order of the file.
    pub variants: Vec<VariantRecord>,
    /// Every run, variant by variant, seed by seed.
    pub runs: Vec<RunRecord>,
}

impl Manifest {
    /// The axes that its variants have.
    pub fn design(&self) -> Design {
        let keys: BTreeSet<&String> =
            self.variants.iter().flat_map(|v| v.changes.iter().map(|(key, _)| key)).collect();
        let value = |variant: &VariantRecord, key: &String| -> Option<String> {
            let changed = variant.changes.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
            changed.or_else(|| variant.values.get(key).map(Value::to_string))
        };
        let of = |variant: &VariantRecord| -> Varied {
            keys.iter().filter_map(|key| Some(((*key).clone(), value(variant, key)?))).collect()
        };
        let variants: Vec<Varied> = self.variants.iter().map(of).collect();
        let base = self.variants.iter().position(|v| v.name == "base" && v.name == self.baseline);
        Design::of(&variants, base)
    }

    /// `5 variants`, or `27 variants at 3 rungs`.
    pub fn count_of_variants(&self) -> String {
        match &self.search {
            None => count(self.variants.len(), "variant"),
            Some(search) => {
                let rungs = count(search.epochs.len(), "rung");
                format!("{} at {rungs}", count(search.points.len(), "variant"))
            }
        }
    }

    /// What is asked: as it was frozen, or by the shape of the axes.
    pub fn questions(&self) -> Vec<Question> {
        match &self.questions[..] {
            [] => vec![Question::by_shape(&self.design())],
            frozen => frozen.to_vec(),
        }
    }

    /// Whether another plan asks the same of the numbers: question, metric, baseline and looks, but
    /// for where these end. A question that the shape of the axes gives grows with them.
    pub fn asks_as(&self, other: &Self) -> bool {
        let looks = match (&self.looks, &other.looks) {
            (Some(own), Some(its)) => {
                own.looks_as(its) && self.seeds.first() == other.seeds.first()
            }
            (own, its) => own == its,
        };
        let by_shape = |plan: &Self| plan.questions() == [Question::by_shape(&plan.design())];
        let same = self.questions() == other.questions() || by_shape(self) && by_shape(other);
        looks
            && same
            && self.primary_metric == other.primary_metric
            && self.baseline == other.baseline
    }
}

/// One metric of a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricRecord {
    /// Its column.
    pub name: String,
    /// Its name in headings; empty to make it of `name`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What one of it is.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// One line, with the mode where it matters.
    pub meaning: String,
    /// Whether it is the network's own, no score.
    pub own: bool,
    /// Whether each step has it too.
    pub of_steps: bool,
}

impl MetricRecord {
    /// Those of a model, in the order of `metrics.csv`.
    pub fn of(model: &dyn Model) -> Vec<Self> {
        let own = model.metrics().iter().map(|metric| (metric, true));
        let scores = EPOCH_SCORES.iter().chain(model.probes()).map(|metric| (metric, false));
        let record = |(metric, own): (&Metric, bool)| Self {
            name: metric.name.to_owned(),
            label: metric.label.to_owned(),
            unit: metric.unit.to_owned(),
            direction: metric.direction,
            meaning: metric.meaning.to_owned(),
            own,
            of_steps: metric.is_of_steps(),
        };
        own.chain(scores).map(record).collect()
    }
}

/// One variant of a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantRecord {
    /// Its name, which is its folder.
    pub name: String,
    /// What it sets differently from the base: dotted key and value as TOML.
    pub changes: Vec<(String, String)>,
    /// Its value of every setting in which some variant differs from the baseline, by dotted key;
    /// none where the setting does not apply to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
}

/// `run.json` of a run, and one row of a [`Manifest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Name of its variant.
    pub variant: String,
    /// Its replicate.
    pub seed: u64,
    /// Hash of all that can change the result, hex.
    pub key: String,
}

/// The values of a variant where it or another one differs from the baseline.
fn values(variant: &Variant, baseline: &BTreeMap<&str, Option<&str>>) -> BTreeMap<String, Value> {
    let own = variant.against_baseline.iter().map(|d| (&*d.key, d.value.as_deref()));
    let mut values = baseline.clone();
    values.extend(own);
    // A number, a text in double quotes and a list are written alike in TOML and JSON.
    let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| text.into());
    values.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json(value?)))).collect()
}

impl From<&Plan> for Manifest {
    fn from(plan: &Plan) -> Self {
        let differences = plan.variants.iter().flat_map(|v| &v.against_baseline);
        let baseline = differences.map(|d| (&*d.key, d.baseline.as_deref())).collect();
        Self {
            experiment: plan.experiment.clone(),
            question: plan.question.clone(),
            baseline: plan.variants[plan.baseline].name.clone(),
            seeds: plan.seeds.clone(),
            looks: plan.looks.clone(),
            search: plan.search.clone(),
            primary_metric: plan.primary.clone(),
            questions: plan.questions.clone(),
            declared_late: false,
            seeds_before: None,
            overrides: plan.overrides.clone(),
            metrics: MetricRecord::of(plan.model),
            variants: plan
                .variants
                .iter()
                .map(|v| VariantRecord {
                    name: v.name.clone(),
                    changes: v.changes.clone(),
                    values: values(v, &baseline),
                })
                .collect(),
            runs: plan.runs.iter().map(RunRecord::from).collect(),
        }
    }
}

impl From<&Run> for RunRecord {
    fn from(run: &Run) -> Self {
        Self { variant: run.variant_name.clone(), seed: run.seed, key: run.key.clone() }
    }
}

/// `reused.json`: a run that did not begin at its first step, but where another one ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// The sweep that the other run is of.
    pub experiment: String,
    /// Its variant.
    pub variant: String,
    /// Its replicate.
    pub seed: u64,
    /// Its key.
    pub key: String,
    /// Generator updates that were taken over.
    pub steps: u64,
}
