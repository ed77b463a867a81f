//! What a sweep is to train and what a run is, as JSON: all that a report needs to know besides
//! the results themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::{Plan, Run, Variant};

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
    /// The one metric that the comparisons test, if the experiment names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_metric: Option<String>,
    /// What the command line changed in the experiment: `--set train.epochs=1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// Every variant, in the order of the file.
    pub variants: Vec<VariantRecord>,
    /// Every run, variant by variant, seed by seed.
    pub runs: Vec<RunRecord>,
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
            primary_metric: plan.primary.clone(),
            overrides: plan.overrides.clone(),
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
