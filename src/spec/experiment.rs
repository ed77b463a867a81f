//! An experiment as it is planned: every setting of every variant known.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostics, Sources, Span};
use super::expand::ResolvedVariant;
use super::looks::Looks;
use super::question::Question;
use super::search::{self, Search};
use super::suggest::closest;
use super::written::Text;
use crate::run::Metric;

/// An experiment whose every setting is known and checked, but for what depends on the data.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The file's stem.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// What its author expects; may be empty.
    pub expected: String,
    /// What its author says it costs; may be empty.
    pub cost: String,
    /// Name of the one metric that decides, if it is given.
    pub primary: Option<String>,
    /// What is asked of the numbers, and how; at least one but for a search.
    pub questions: Vec<Question>,
    /// The replicates, the same in every variant.
    pub seeds: Vec<u64>,
    /// When its results are looked at, if seeds are added until a question is answered.
    pub looks: Option<Looks>,
    /// How its variants are searched, if they are: then each is there once a rung.
    pub search: Option<Search>,
    /// Every variant, in the order of the file.
    pub variants: Vec<ResolvedVariant>,
    /// Index of the baseline in `variants`.
    pub baseline: usize,
    /// The command line's changes: `--set train.epochs=1`.
    pub overrides: Vec<String>,
    /// The experiment file, as written.
    pub text: std::sync::Arc<str>,
    /// The metrics it names.
    pub(super) metrics: Vec<Text>,
    /// Where the base's own settings are written, and the seeds.
    pub(super) places: BTreeMap<String, Span>,
    /// The texts that the places of later mistakes are in.
    pub(crate) sources: Sources,
}

impl Experiment {
    /// Where the value that a variant has for `key` is written, or else the variant itself.
    pub(crate) fn place(&self, point: Option<&ResolvedVariant>, key: &str) -> Span {
        let varied = point.filter(|p| p.changes.iter().any(|(changed, _)| changed == key));
        let written = self.places.get(key).filter(|_| varied.is_none()).cloned();
        let start = Span { source: 0, span: 0..0 };
        written.or_else(|| point.map(|p| p.place.clone())).unwrap_or(start)
    }

    /// The experiment, if the metrics it names are among those that are known: which ones there are
    /// is decided further down the way.
    ///
    /// # Errors
    /// Each mistake, with what may have been meant.
    pub fn with_metrics(self, known: &[&Metric]) -> Result<Self, Diagnostics> {
        let mut mistakes = Diagnostics::new(self.sources.clone());
        let names = || known.iter().map(|metric| metric.name);
        for text in &self.metrics {
            let name = &text.text;
            match known.iter().find(|metric| metric.name == name) {
                Some(metric) if self.search.is_some() => {
                    search::check_metric(&mut mistakes, metric, &text.place, &self.variants);
                }
                Some(_) => {}
                None => {
                    let help = match closest(name, names()) {
                        Some(meant) => format!("did you mean {meant:?}?"),
                        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
                    };
                    mistakes.push(&text.place, format!("no metric is named {name:?}"), help);
                }
            }
        }
        mistakes.into_result()?;
        Ok(self)
    }
}
