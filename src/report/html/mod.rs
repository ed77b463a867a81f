//! `report.html`: one file that holds all it needs.
//!
//! Every text goes through `maud`, which escapes it; nothing is fetched, and the page's own policy
//! forbids it.

mod asked;
mod curves;
mod differences;
mod dots;
mod lights;
mod looks;
mod records;
mod results;
mod rungs;
mod samples;
mod views;

pub(super) use curves::{Drawn, drawn};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::analysis::Analysis;
use super::answer::Answer;
use super::chart;
use super::format::{count, duration};
use super::load::Sweep;
use super::search;
use super::sentence::Span;
use super::verdict::Verdict;
use crate::run::RunStatus;

const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// What every part of the page needs.
struct Page<'a> {
    sweep: &'a Sweep,
    analysis: &'a Analysis,
    answer: &'a Answer,
    /// Variants that are drawn.
    drawn: Vec<usize>,
    /// Their curves: shown at once, and in a fold.
    curves: &'a (Vec<Drawn<'a>>, Vec<Drawn<'a>>),
}

/// The whole page.
pub(super) fn report_html(
    sweep: &Sweep,
    analysis: &Analysis,
    answer: &Answer,
    curves: &(Vec<Drawn<'_>>, Vec<Drawn<'_>>),
) -> String {
    let drawn = super::curves::drawn(sweep);
    Page { sweep, analysis, answer, drawn, curves }.whole().into_string()
}

impl Page<'_> {
    fn whole(&self) -> Markup {
        let sections: Vec<(&str, &str, Markup)> = [
            ("asked", "Asked", self.asked()),
            ("looks", "Looks", self.looks()),
            ("rungs", "Rungs", self.rungs()),
            ("variants", "Variants", self.variants()),
            ("differences", "Differences", self.differences()),
            ("samples", "Samples", self.samples()),
            ("curves", "Curves", self.curves()),
            ("metrics", "All metrics", self.metrics()),
            ("views", "Other views", self.views()),
            ("lights", "Lights", self.lights()),
            ("runs", "Runs", self.runs()),
            ("compute", "Compute", self.compute()),
            ("again", "Again", self.again()),
            ("method", "Method", self.method()),
        ]
        .into_iter()
        .filter_map(|(id, name, body)| body.map(|body| (id, name, body)))
        .collect();
        html! {
            (DOCTYPE)
            html lang="en" class="nojs" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (self.question()) " · " (self.sweep.manifest.experiment) }
                    style { (PreEscaped(include_str!("page.css"))) }
                }
                body {
                    a class="skip" href="#main" { "Skip to the results" }
                    (self.head())
                    nav aria-label="Sections" {
                        ul { @for (id, name, _) in &sections {
                            li { a href={ "#" (id) } { (name) } }
                        } }
                    }
                    main id="main" {
                        @for (id, _, body) in &sections {
                            section id=(id) aria-labelledby={ "h-" (id) } { (body) }
                        }
                    }
                    (footer())
                    (self.curves_data())
                    script { (PreEscaped(include_str!("page.js"))) }
                }
            }
        }
    }

    fn question(&self) -> &str {
        let manifest = &self.sweep.manifest;
        match manifest.question.trim() {
            "" => &manifest.experiment,
            question => question,
        }
    }

    fn head(&self) -> Markup {
        let manifest = &self.sweep.manifest;
        let seconds: f64 = search::timed(self.sweep).iter().filter_map(|r| r.seconds).sum();
        let done = self.analysis.total(RunStatus::Completed);
        let epochs = self.sweep.runs.iter().map(|r| r.epochs).max().unwrap_or(0);
        let seeds = self.analysis.seeds(manifest.seeds.len());
        html! {
            header class="top" {
                p class="eyebrow" { "Ablation report · " b { (manifest.experiment) } }
                h1 { (self.question()) }
                div class={ "answer " (self.tone()) } {
                    p { (spans(&self.answer.finding)) }
                    @if !self.answer.detail.is_empty() {
                        p class="detail" { (spans(&self.answer.detail)) }
                    }
                }
                @for notice in &self.answer.notices {
                    p class="notice" { (spans(notice)) }
                }
                dl class="facts" {
                    div { dt { "variants" } dd {
                        @match &manifest.search {
                            Some(search) => { (search.points.len()) }
                            None => { (manifest.variants.len()) }
                        }
                    } }
                    div { dt { "seeds" } dd {
                        (seeds) @if seeds < manifest.seeds.len() {
                            small { " of at most " (manifest.seeds.len()) }
                        }
                    } }
                    div {
                        dt { "runs completed" }
                        dd { (done) small { " of " (self.analysis.planned()) } }
                    }
                    div { dt { "epochs" } dd { (epochs) } }
                    @if let Some(info) = self.analysis.primary_info() {
                        div {
                            dt { "primary metric" }
                            dd { (info.label) small { " " (info.direction_words()) } }
                        }
                    }
                    @if seconds > 0.0 {
                        div { dt { "training time" } dd { (duration(seconds)) } }
                    }
                }
            }
        }
    }

    /// Colour of the answer's edge.
    fn tone(&self) -> &'static str {
        let opening = self.analysis.families.first();
        let verdicts = || opening.into_iter().flat_map(|f| &f.findings).map(|f| f.verdict);
        if verdicts().any(|v| v == Verdict::Better) {
            "tone-good"
        } else if verdicts().any(|v| v == Verdict::Worse) {
            "tone-bad"
        } else {
            "tone-open"
        }
    }

    /// The variants that are drawn, each behind its colour's place; the baseline comes first, so
    /// that it lies under the others.
    fn placed(&self) -> impl Iterator<Item = (usize, usize)> {
        let baseline = self.analysis.baseline;
        let others = self.drawn.iter().copied().filter(move |v| *v != baseline);
        std::iter::once(baseline).chain(others).enumerate()
    }

    /// Colour class of a variant.
    fn class(&self, variant: usize) -> String {
        let place = self.placed().find(|(_, v)| *v == variant);
        chart::class(place.map_or(0, |(place, _)| place))
    }

    /// A variant's name behind its colour.
    fn name(&self, variant: usize) -> Markup {
        let dash = if self.class(variant).contains("dash") { " dash" } else { "" };
        html! {
            span class={ "swatch" (dash) } {}
            (self.sweep.manifest.variants[variant].name)
        }
    }
}

/// A section's heading and its first words.
fn heading(id: &str, title: &str, lead: &str) -> Markup {
    html! {
        h2 id={ "h-" (id) } { (title) }
        @if !lead.is_empty() { p class="lead" { (lead) } }
    }
}

fn spans(spans: &[Span]) -> Markup {
    html! {
        @for span in spans {
            @match span {
                Span::Text(text) => { (text) }
                Span::Name(name) => { span class="n" { (name) } }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer {
            p {
                "Made by cgan-sweep from the records in this folder alone; the same records give "
                "the same bytes. " code { "cgan-sweep report --check" }
                " says whether this page is what the records say."
            }
        }
    }
}

/// `n of m runs`.
fn share(n: usize, all: usize) -> String {
    format!("{n} of {}", count(all, "run"))
}
