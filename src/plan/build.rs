//! From an experiment and its data to the frozen plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::key::Keys;
use super::length::Length;
use super::limits::Limits;
use super::notes::notes;
use super::{DataFacts, Difference, Plan, Run, Variant};
use crate::data::{DataError, DataSet};
use crate::model::{DataShape, Model};
use crate::spec::{DataSettings, Diagnostics, Experiment, ResolvedVariant, Settings};
use crate::text::{bytes, count, grouped};

/// Most runs of one experiment.
pub const MOST_RUNS: usize = 100_000;

/// Freezes an experiment into its runs; `load` opens the images some settings name.
///
/// # Errors
/// Every mistake that shows only beside the data and the machine: images that cannot be read, a
/// subset larger than the set, more memory than there is.
pub fn plan(
    model: &'static dyn Model,
    experiment: &Experiment,
    load: impl FnMut(&DataSettings) -> Result<Arc<DataSet>, DataError>,
) -> Result<Plan, Diagnostics> {
    plan_within(model, experiment, load, &Limits::of_this_machine())
}

/// [`plan`] for a machine with these limits.
///
/// # Errors
/// As [`plan`].
pub fn plan_within(
    model: &'static dyn Model,
    experiment: &Experiment,
    mut load: impl FnMut(&DataSettings) -> Result<Arc<DataSet>, DataError>,
    limits: &Limits,
) -> Result<Plan, Diagnostics> {
    let mut mistakes = Diagnostics::new(experiment.sources.clone());
    let mut opened: BTreeMap<DataSettings, Option<DataFacts>> = BTreeMap::new();
    let mut variants: Vec<Variant> = Vec::with_capacity(experiment.variants.len());
    let mut keys: Vec<Keys> = Vec::with_capacity(experiment.variants.len());
    let mut needs = Vec::with_capacity(experiment.variants.len());
    for (number, point) in experiment.variants.iter().enumerate() {
        let settings = Arc::new(point.settings());
        let facts = opened
            .entry(settings.data.clone())
            .or_insert_with(|| facts(&mut mistakes, experiment, point, &settings, &mut load));
        let Some(facts) = facts else { continue };
        let shape = DataShape {
            pixels: facts.height * facts.width,
            classes: facts.classes,
            scored: facts.scored,
        };
        let cost = model.cost(&settings, shape);
        needs.push((number, cost.memory_bytes));
        keys.push(Keys::new(model, point, &settings, facts));
        variants.push(Variant {
            name: point.name.clone(),
            changes: point.changes.clone(),
            against_baseline: Vec::new(),
            steps: Length::of(model, &settings, facts.images).steps,
            cost,
            data: facts.clone(),
            settings,
        });
    }
    check_memory(&mut mistakes, experiment, &needs, limits);
    let runs = experiment.variants.len().saturating_mul(experiment.seeds.len());
    if runs > MOST_RUNS {
        let message = format!(
            "{} × {} are {} runs, and {MOST_RUNS} is the limit",
            count(experiment.variants.len(), "variant"),
            count(experiment.seeds.len(), "seed"),
            grouped(runs as u128)
        );
        mistakes.push(&experiment.place(None, "experiment.seeds"), message, "");
    }
    mistakes.into_result()?;
    let baseline = &experiment.variants[experiment.baseline];
    for (variant, point) in variants.iter_mut().zip(&experiment.variants) {
        variant.against_baseline = differences(baseline, point);
    }
    Ok(Plan {
        experiment: experiment.name.clone(),
        question: experiment.question.clone(),
        expected: experiment.expected.clone(),
        primary: experiment.primary.clone(),
        questions: experiment.questions.clone(),
        overrides: experiment.overrides.clone(),
        text: Arc::clone(&experiment.text),
        baseline: experiment.baseline,
        seeds: experiment.seeds.clone(),
        looks: experiment.looks.clone(),
        search: experiment.search.clone(),
        model,
        runs: runs_of(model, experiment, &variants, &keys),
        notes: notes(experiment, &variants),
        variants,
    })
}

fn runs_of(
    model: &'static dyn Model,
    experiment: &Experiment,
    variants: &[Variant],
    keys: &[Keys],
) -> Vec<Run> {
    let mut runs = Vec::with_capacity(variants.len() * experiment.seeds.len());
    for (number, (variant, keys)) in variants.iter().zip(keys).enumerate() {
        let settings_toml: Arc<str> = experiment.variants[number].to_toml().into();
        for &seed in &experiment.seeds {
            runs.push(Run {
                model,
                variant: number,
                variant_name: variant.name.clone(),
                seed,
                key: keys.run(seed),
                prefix_key: keys.prefix(seed),
                settings: Arc::clone(&variant.settings),
                settings_toml: Arc::clone(&settings_toml),
            });
        }
    }
    runs
}

fn facts(
    mistakes: &mut Diagnostics,
    experiment: &Experiment,
    point: &ResolvedVariant,
    settings: &Settings,
    load: &mut impl FnMut(&DataSettings) -> Result<Arc<DataSet>, DataError>,
) -> Option<DataFacts> {
    let data = match load(&settings.data) {
        Ok(data) => data,
        Err(error) => {
            let small = matches!(error, DataError::Subset { .. });
            let key = match (&error, settings.data.name.as_str()) {
                (DataError::Subset { .. }, _) => "data.subset",
                (_, "") => "data.path",
                _ => "data.name",
            };
            let help = if small { "0 takes all images" } else { "" };
            let message = format!("the images cannot be used: {error}");
            mistakes.push(&experiment.place(Some(point), key), message, help);
            return None;
        }
    };
    Some(DataFacts {
        name: data.name.clone(),
        hash: data.hash.clone(),
        images: data.train.len(),
        height: data.train.height,
        width: data.train.width,
        classes: data.classes,
        empty_classes: {
            let labels: BTreeSet<u8> = data.train.labels.iter().copied().collect();
            (0..data.classes).filter(|class| !labels.contains(&(*class as u8))).collect()
        },
        scored: data.reported_on(),
        remarks: data.info.remarks.clone(),
    })
}

/// Notes the variant that needs most, if it is more than there is.
fn check_memory(
    mistakes: &mut Diagnostics,
    experiment: &Experiment,
    variants: &[(usize, u64)],
    limits: &Limits,
) {
    let Some(limit) = limits.memory_bytes else { return };
    let over = || variants.iter().filter(|(_, need)| *need > limit);
    let Some((number, need)) = over().max_by_key(|(_, need)| need) else { return };
    let point = &experiment.variants[*number];
    let message = format!(
        "a run of the variant `{}` needs about {} of memory, and this machine has {}",
        point.name,
        bytes(*need),
        bytes(limit)
    );
    let others = match over().count() - 1 {
        0 => "",
        1 => "; another variant needs too much as well",
        _ => "; other variants need too much as well",
    };
    let help = format!("take smaller layers or a smaller batch{others}");
    mistakes.push(&experiment.place(Some(point), ""), message, help);
}

/// Settings in which a variant differs from the baseline, in the schema's order.
fn differences(baseline: &ResolvedVariant, point: &ResolvedVariant) -> Vec<Difference> {
    let (base, own) = (baseline.applying(), point.applying());
    let mut differences = Vec::new();
    let all = base.keys().chain(own.keys()).collect::<std::collections::BTreeSet<_>>();
    for id in all {
        if base.get(id) != own.get(id) {
            differences.push(Difference {
                key: id.key().to_owned(),
                short: id.short().to_owned(),
                baseline: base.get(id).cloned(),
                value: own.get(id).cloned(),
            });
        }
    }
    differences
}
