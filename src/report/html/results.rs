//! The numbers: the primary metric of every variant with its plot, and the table of all metrics.

use maud::{Markup, html};

use super::dots::{axis, percent, scale, strip};
use super::{Page, heading};
use crate::report::analysis::Choice;
use crate::report::chart::range;
use crate::report::format::{Decimals, NONE};
use crate::report::reproduce;
use crate::report::stats::Interval;
use crate::run::RunStatus;

impl Page<'_> {
    pub(super) fn variants(&self) -> Option<Markup> {
        let primary = self.analysis.primary?;
        let metric = primary.metric;
        let info = &self.analysis.metrics[metric];
        let why = match primary.choice {
            Choice::Named => "named as the primary metric in the experiment file",
            Choice::Default => "the default primary metric, as the experiment names none",
            Choice::StandIn => "a stand-in, as no score was recorded",
        };
        let meaning =
            if info.meaning.is_empty() { String::new() } else { format!(": {}", info.meaning) };
        let lead = format!(
            "Final {}{meaning}. It is {why}; {}. Each dot is one training seed; the bar is the \
             95 % interval of the mean.",
            info.heading(),
            info.direction_words(),
        );
        let d = Decimals::of(self.analysis, metric);
        let finals = || self.analysis.variants.iter().map(|v| &v.finals[metric]);
        let values = finals().flat_map(|s| {
            let ends = s.interval.map(|i| [i.low, i.high]);
            s.values.iter().map(|v| v.1).chain(ends.into_iter().flatten())
        });
        let real = self.analysis.real[metric];
        let values = range(values);
        // Runs far from what real images give would lie on one spot if both had to be seen.
        let near = values.zip(real).is_some_and(|((low, high), real)| {
            (low - (high - low)..=high + (high - low)).contains(&real)
        });
        let drawn_real = real.filter(|_| near);
        let scale =
            scale(values.map(|r| range([r.0, r.1].into_iter().chain(drawn_real)).unwrap_or(r)));
        Some(html! {
            (heading("variants", &info.label, &lead))
            div class="card" {
                table class="stack" role="table" {
                    caption class="vh" { "Final " (info.heading()) " of each variant over seeds" }
                    thead role="rowgroup" { tr role="row" {
                        th role="columnheader" scope="col" { "Variant" }
                        th role="columnheader" scope="col" class="num" { "Completed" }
                        th role="columnheader" scope="col" class="num" { "Mean" }
                        th role="columnheader" scope="col" { "95 % CI" }
                        th role="columnheader" scope="col" class="plot" { "Seeds" }
                        th role="columnheader" scope="col" class="num" { "Std" }
                        th role="columnheader" scope="col" class="num" { "Median" }
                        th role="columnheader" scope="col" class="num" { "IQM (cut)" }
                    } }
                    tbody role="rowgroup" {
                        @for &index in &self.analysis.shown {
                            @let variant = &self.analysis.variants[index];
                            @let s = &variant.finals[metric];
                            tr role="row" class=(self.class(index)) {
                                (self.variant_head(index))
                                td role="cell" class="num" data-label="completed" {
                                    (variant.count(RunStatus::Completed)) "/" (variant.planned)
                                }
                                td role="cell" class="num" data-label="mean" {
                                    strong { (d.opt(s.mean)) }
                                }
                                td role="cell" class="ci wide" data-label="95 % CI" {
                                    (interval(d, s.interval))
                                }
                                td role="cell" class="plot" {
                                    @if let Some(scale) = &scale { (strip(scale, s)) }
                                }
                                td role="cell" class="num" data-label="std" { (d.opt(s.std)) }
                                td role="cell" class="num" data-label="median" {
                                    (d.opt(s.median))
                                }
                                td role="cell" class="num" data-label="IQM (cut)" {
                                    @match s.iqm {
                                        Some(iqm) => { (d.show(iqm.value)) " (" (iqm.cut) ")" }
                                        None => { (NONE) }
                                    }
                                }
                            }
                        }
                        @if let Some(real) = real {
                            tr role="row" class="real" {
                                th role="rowheader" scope="row" {
                                    span class="quiet" { "Real images against real" }
                                }
                                td role="cell" {}
                                td role="cell" class="num" data-label="value" {
                                    (d.show(real))
                                }
                                td role="cell" {}
                                td role="cell" class="plot" {
                                    @if let (Some(real), Some(scale)) = (drawn_real, &scale) {
                                        svg class="strip" aria-hidden="true" {
                                            @let x = percent(scale, real);
                                            line x1=(x) x2=(x) y1="6" y2="24" {}
                                        }
                                    }
                                }
                                td role="cell" {} td role="cell" {} td role="cell" {}
                            }
                        }
                    }
                    @if let Some(scale) = &scale {
                        tfoot aria-hidden="true" { tr {
                            td colspan="4" {}
                            td class="plot" { (axis(scale)) }
                            td colspan="3" {}
                        } }
                    }
                }
            }
            @if let Some(few) = reproduce::real_images(self.sweep) { p class="lead" { (few) } }
        })
    }

    /// A row's head: name, baseline tag, what the variant changes.
    pub(super) fn variant_head(&self, index: usize) -> Markup {
        let record = &self.sweep.manifest.variants[index];
        html! {
            th role="rowheader" scope="row" {
                (self.name(index))
                @if index == self.analysis.baseline { span class="tag" { "baseline" } }
                @if !record.changes.is_empty() {
                    span class="changes" {
                        @for (i, (key, value)) in record.changes.iter().enumerate() {
                            @if i > 0 { ", " }
                            // Broken between words before it is broken within one.
                            @for part in key.split_inclusive('.') { wbr; (part) }
                            "\u{a0}= " (value)
                        }
                    }
                }
            }
        }
    }

    /// Why some run of a variant has no such score; `None` if all have.
    fn not_computable(&self, variant: usize, metric: &str) -> Option<&str> {
        self.sweep.runs_of(variant).find_map(|run| match &run.score(metric)?.value {
            crate::run::Value::NotComputable(reason) => Some(reason.as_str()),
            crate::run::Value::Value(_) => None,
        })
    }

    pub(super) fn metrics(&self) -> Option<Markup> {
        if self.analysis.metrics.is_empty() || self.analysis.total(RunStatus::Completed) == 0 {
            return None;
        }
        let decimals: Vec<Decimals> =
            (0..self.analysis.metrics.len()).map(|m| Decimals::of(self.analysis, m)).collect();
        let primary = self.analysis.primary.map(|p| p.metric);
        let real = self.analysis.real.iter().any(Option::is_some);
        let lead = "Final values, mean with 95 % interval over seeds. All but the primary metric \
                    are exploratory and are not tested.";
        Some(html! {
            (heading("metrics", "All metrics", lead))
            div class="scroll card" tabindex="0" role="region" aria-label="Table of all metrics" { table {
                thead { tr {
                    th scope="col" { "Metric" }
                    @for &index in &self.analysis.shown {
                        th scope="col" class=(self.class(index)) { (self.name(index)) }
                    }
                    @if real { th scope="col" { "Real against real" } }
                } }
                tbody { @for (m, info) in self.analysis.metrics.iter().enumerate() { tr {
                    th scope="row" {
                        (info.heading())
                        @if Some(m) == primary { span class="tag" { "primary" } }
                        @if !info.meaning.is_empty() { span class="meaning" { (info.meaning) } }
                    }
                    @for &v in &self.analysis.shown {
                        @let s = &self.analysis.variants[v].finals[m];
                        td {
                            (decimals[m].opt(s.mean))
                            @if let Some(reason) = self.not_computable(v, &info.name) {
                                br; span class="meaning" { "not computable: " (reason) }
                            }
                            @if s.interval.is_some() {
                                br; span class="ci" { (interval(decimals[m], s.interval)) }
                            }
                        }
                    }
                    @if real { td class="quiet" { (decimals[m].opt(self.analysis.real[m])) } }
                } } }
            } }
        })
    }
}

pub(super) fn interval(decimals: Decimals, interval: Option<Interval>) -> Markup {
    html! {
        @match interval {
            Some(i) => { (decimals.show(i.low)) " to " (decimals.show(i.high)) }
            None => { (NONE) }
        }
    }
}
