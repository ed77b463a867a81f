//! The section of curves, and the numbers behind them.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::{Page, heading};
use crate::report::analysis::Analysis;
use crate::report::chart::{self, EPOCHS_DONE};
use crate::report::curves::{Curve, POINTS, curve, drawn as variants_drawn};
use crate::report::load::Sweep;
use crate::report::metrics::MetricInfo;
use crate::report::stats::Bands;

/// A metric's index, description and drawn curves, each curve with its colour's place.
pub(in crate::report) type Drawn<'a> = (usize, &'a MetricInfo, Vec<(usize, Curve)>);

/// The drawn curves of every metric that has a column in each epoch's row: those that are shown
/// at once, and those that wait in a fold.
pub(in crate::report) fn drawn<'a>(
    sweep: &Sweep,
    analysis: &'a Analysis,
) -> (Vec<Drawn<'a>>, Vec<Drawn<'a>>) {
    let variants = variants_drawn(sweep);
    let mut bands = Bands::default();
    let mut curves = |metric: &str| -> Vec<(usize, Curve)> {
        let others = variants.iter().copied().filter(|v| *v != analysis.baseline);
        // The baseline is drawn first, under the others.
        std::iter::once(analysis.baseline)
            .chain(others)
            .enumerate()
            .filter_map(|(place, v)| Some((place, curve(sweep, v, metric, POINTS, &mut bands)?)))
            .collect()
    };
    // What each step has, and scores, are shown first; the others wait in a fold.
    let metrics = analysis.metrics.iter().enumerate();
    metrics
        .map(|(m, info)| (m, info, curves(&info.name)))
        .filter(|(_, _, curves)| !curves.is_empty())
        .partition(|(_, info, _)| info.of_steps || !info.own)
}

impl Page<'_> {
    pub(super) fn curves(&self) -> Option<Markup> {
        let charts = |drawn: &[Drawn<'_>]| -> Vec<Markup> {
            drawn.iter().filter_map(|(m, info, curves)| figure(*m, info, curves)).collect()
        };
        let (first, rest) = (charts(&self.curves.0), charts(&self.curves.1));
        if first.is_empty() {
            return None;
        }
        let all = self.sweep.manifest.variants.len();
        let epochs = self.sweep.runs.iter().map(|r| r.curves.epochs.len()).max().unwrap_or(0);
        let mut lead =
            "Mean over the completed runs of a variant with its 95 % interval, Student's; a band that \
             would leave the curves no room is cut."
                .to_owned();
        if self.drawn.len() < all {
            lead.push_str(&format!(" {} of {all} variants are drawn.", self.drawn.len()));
        }
        if epochs > POINTS {
            lead.push_str(&format!(" {POINTS} of {epochs} epochs are drawn."));
        }
        Some(html! {
            (heading("curves", "Curves", &lead))
            p class="lead hint" {
                "Point at a chart, or focus it and press ← and →, to read the values of an epoch."
            }
            fieldset class="legend" {
                legend class="vh" { "Variants drawn" }
                @for v in &self.drawn {
                    label class=(self.class(*v)) {
                        input type="checkbox" checked value=(v);
                        (self.sweep.manifest.variants[*v].name)
                    }
                }
            }
            div class="charts" { @for chart in &first { (chart) } }
            @if !rest.is_empty() {
                details {
                    summary { "Accuracies, logits, gradients and learning rates" }
                    div class="charts" { @for chart in &rest { (chart) } }
                }
            }
        })
    }

    /// The same points as JSON, for reading values off the curves.
    pub(super) fn curves_data(&self) -> Markup {
        let mut metrics: BTreeMap<String, Value> = BTreeMap::new();
        for (m, _, curves) in self.curves.0.iter().chain(&self.curves.1) {
            let curves: BTreeMap<String, Value> = curves
                .iter()
                .map(|(_, curve)| {
                    let epochs: Vec<u64> = curve.points.iter().map(|p| p.0).collect();
                    let means: Vec<Value> = curve.points.iter().map(|p| rounded(p.1)).collect();
                    (curve.variant.to_string(), json!([epochs, means]))
                })
                .collect();
            metrics.insert(m.to_string(), json!(curves));
        }
        if metrics.is_empty() {
            return html! {};
        }
        let names: BTreeMap<String, &str> = self
            .drawn
            .iter()
            .map(|v| (v.to_string(), self.sweep.manifest.variants[*v].name.as_str()))
            .collect();
        // Inside a script nothing is an entity; only `<` could end it.
        let text =
            json!({ "names": names, "metrics": metrics }).to_string().replace('<', "\\u003c");
        html! { script type="application/json" id="curves-data" { (PreEscaped(text)) } }
    }
}

fn figure(m: usize, info: &MetricInfo, curves: &[(usize, Curve)]) -> Option<Markup> {
    let svg = chart::curves(&info.label, EPOCHS_DONE, curves, false)?;
    Some(html! {
        figure class="chart" data-m=(m) tabindex="0" {
            figcaption { (info.heading()) span { (info.epoch_meaning()) } }
            (svg)
            p class="readout" aria-live="polite" {}
        }
    })
}

/// Five significant digits: more than the readout shows.
fn rounded(value: f64) -> Value {
    let text = format!("{value:.4e}");
    text.parse::<f64>().map_or(Value::Null, |v| json!(v))
}
