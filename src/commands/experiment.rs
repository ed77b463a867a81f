//! An experiment as every command reads and counts it.

use std::io::Write;
use std::path::Path;

use crate::data::DataCache;
use crate::model::Model;
use crate::plan::{self, Plan};
use crate::run::{EPOCH_SCORES, Metric, SCORE_METRICS};
use crate::spec::{self, Diagnostics, Experiment, Overrides};
use crate::text::count;

/// Reads an experiment file as every command does.
///
/// # Errors
/// Its mistakes.
fn load(model: &dyn Model, file: &Path, overrides: &Overrides) -> Result<Experiment, Diagnostics> {
    let mut metrics: Vec<&Metric> = Vec::new();
    for metric in
        SCORE_METRICS.iter().chain(model.metrics()).chain(EPOCH_SCORES).chain(model.probes())
    {
        if !metrics.iter().any(|known| known.name == metric.name) {
            metrics.push(metric);
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

/// `5 variants`; of a search those that are searched.
pub(super) fn variants(plan: &Plan) -> String {
    let searched = plan.search.as_ref().map(|search| search.points.len());
    count(searched.unwrap_or(plan.variants.len()), "variant")
}

/// `5 variants × 3 seeds = 15 runs`.
pub(super) fn runs(plan: &Plan) -> String {
    let least =
        plan.looks.as_ref().map(|looks| format!("{} to ", plan.variants.len() * looks.from));
    let most = match &plan.search {
        Some(search) => search.runs() * plan.seeds.len(),
        None => plan.runs.len(),
    };
    format!(
        "{} × {} = {}{}",
        variants(plan),
        seeds(plan),
        least.unwrap_or_default(),
        count(most, "run")
    )
}

/// Shows what is odd about a plan.
pub(super) fn show_notes(plan: &Plan, out: &mut dyn Write) -> std::io::Result<()> {
    plan.notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
}
