//! `plan --json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pace::seconds;
use crate::plan::{Difference, Plan, Variant};
use crate::record::store::RunState;
use crate::report::Reach;
use crate::spec::{Question, Search, Values};

/// The plan as machines read it.
#[derive(Serialize)]
pub(super) struct Json<'a> {
    experiment: &'a str,
    question: &'a str,
    expected: &'a str,
    primary: Option<&'a str>,
    overrides: &'a [String],
    baseline: &'a str,
    seeds: &'a [u64],
    /// Seeds at each look, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    looks: Option<Vec<usize>>,
    /// The rungs, where variants are searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<&'a Search>,
    /// Multiply-adds a second that the times are predicted from; null without a measurement.
    multiply_adds_per_second: Option<f64>,
    /// What is asked, and what each test can find.
    questions: &'a [Question],
    reach: &'a [Reach],
    variants: Vec<JsonVariant<'a>>,
    runs: Vec<JsonRun<'a>>,
}

#[derive(Serialize)]
struct JsonVariant<'a> {
    name: &'a str,
    changes: &'a [(String, String)],
    against_baseline: Vec<JsonDifference<'a>>,
    parameters: BTreeMap<&'a str, u64>,
    step_multiply_adds: u64,
    memory_bytes: u64,
    steps: u64,
    predicted_run_seconds: Option<f64>,
    data: JsonData<'a>,
    settings: &'a Values,
}

#[derive(Serialize)]
struct JsonDifference<'a> {
    key: &'a str,
    baseline: Option<&'a str>,
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonData<'a> {
    name: &'a str,
    hash: &'a str,
    images: usize,
    height: usize,
    width: usize,
    classes: usize,
}

#[derive(Serialize)]
struct JsonRun<'a> {
    variant: &'a str,
    seed: u64,
    key: &'a str,
    prefix_key: Option<&'a str>,
    /// Such as `not started`, `completed`, `stale`.
    status: &'a str,
    /// Why, where the status does not say it all.
    reason: &'a str,
}

impl<'a> Json<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        rate: Option<f64>,
        states: &'a [RunState],
        reach: &'a [Reach],
    ) -> Self {
        Self {
            experiment: &plan.experiment,
            question: &plan.question,
            expected: &plan.expected,
            primary: plan.primary.as_deref(),
            overrides: &plan.overrides,
            baseline: &plan.variants[plan.baseline].name,
            seeds: &plan.seeds,
            looks: plan.looks.as_ref().map(|looks| looks.seeds()),
            search: plan.search.as_ref(),
            multiply_adds_per_second: rate,
            questions: &plan.questions,
            reach,
            variants: plan.variants.iter().map(|v| JsonVariant::new(v, rate)).collect(),
            runs: plan
                .runs
                .iter()
                .zip(states)
                .map(|(r, state)| JsonRun {
                    variant: &r.variant_name,
                    seed: r.seed,
                    key: &r.key,
                    prefix_key: r.prefix_key.as_deref(),
                    status: state.status.word(),
                    reason: &state.reason,
                })
                .collect(),
        }
    }
}

impl<'a> JsonVariant<'a> {
    fn new(variant: &'a Variant, rate: Option<f64>) -> Self {
        let difference = |d: &'a Difference| JsonDifference {
            key: &d.key,
            baseline: d.baseline.as_deref(),
            value: d.value.as_deref(),
        };
        let data = &variant.data;
        Self {
            name: &variant.name,
            changes: &variant.changes,
            against_baseline: variant.against_baseline.iter().map(difference).collect(),
            parameters: variant.cost.parameters.iter().copied().collect(),
            step_multiply_adds: variant.cost.step_multiply_adds,
            memory_bytes: variant.cost.memory_bytes,
            steps: variant.steps,
            predicted_run_seconds: rate.map(|rate| seconds(variant, rate)),
            data: JsonData {
                name: &data.name,
                hash: &data.hash,
                images: data.images,
                height: data.height,
                width: data.width,
                classes: data.classes,
            },
            settings: variant.settings.values(),
        }
    }
}
