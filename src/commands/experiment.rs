//! An experiment as every command reads and counts it.

use std::io::Write;
use std::path::Path;

use crate::data::DataCache;
use crate::model::Model;
use crate::plan::{self, Plan};
use crate::run::{EPOCH_SCORES, SCORE_METRICS};
use crate::spec::{self, Diagnostics, Experiment, Overrides};
use crate::text::count;

/// Reads an experiment file as every command does.
///
/// # Errors
/// Its mistakes.
fn load(model: &dyn Model, file: &Path, overrides: &Overrides) -> Result<Experiment, Diagnostics> {
    let mut metrics: Vec<&str> = Vec::new();
    for metric in
        SCORE_METRICS.iter().chain(model.metrics()).chain(EPOCH_SCORES).chain(model.probes())
    {
        if !metrics.contains(&metric.name) {
            metrics.push(metric.name);
        }
    }
    spec::load(file, overrides, model.schema())?.with_metrics(&metrics)
}

/// The plan of an experiment file that sweeps `model`.
///
/// # Errors
/// Its mistakes.
pub(super) fn plan(
    model: &'static dyn Model,
    file: &Path,
    overrides: &Overrides,
    library: &DataCache,
) -> Result<Plan, Diagnostics> {
    let experiment = load(model, file, overrides)?;
    plan::plan(model, &experiment, |settings| library.get(settings))
}

/// `3 seeds`, or `4 to 12 seeds`.
pub(super) fn seeds(plan: &Plan) -> String {
    let most = count(plan.seeds.len(), "seed");
    plan.looks.as_ref().map_or_else(|| most.clone(), |looks| format!("{} to {most}", looks.from))
}

/// `5 variants × 3 seeds = 15 runs`.
pub(super) fn runs(plan: &Plan) -> String {
    let variants = plan.variants.len();
    let least = plan.looks.as_ref().map(|looks| format!("{} to ", variants * looks.from));
    format!(
        "{} × {} = {}{}",
        count(variants, "variant"),
        seeds(plan),
        least.unwrap_or_default(),
        count(plan.runs.len(), "run")
    )
}

/// Shows what is odd about a plan.
pub(super) fn show_notes(plan: &Plan, out: &mut dyn Write) -> std::io::Result<()> {
    plan.notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
}
