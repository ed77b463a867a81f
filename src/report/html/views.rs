//! Other ways to look at the same runs.

use maud::{Markup, html};

use super::{Page, heading};
use crate::report::chart;
use crate::report::curves::Curve;
use crate::report::format::{Decimals, NONE, short};
use crate::report::views;
use crate::text::evenly;

impl Page<'_> {
    pub(super) fn views(&self) -> Option<Markup> {
        // Variants at several rungs are no axes, and no one budget.
        if self.analysis.search.is_some() {
            return None;
        }
        let parts: Vec<Markup> =
            [self.main_effects(), self.one_factor(), self.budget(), self.best_epochs()]
                .into_iter()
                .flatten()
                .collect();
        if parts.is_empty() {
            return None;
        }
        Some(html! {
            (heading("views", "Other views", "The same runs, looked at in other ways; none of these is tested."))
            @for part in &parts { (part) }
        })
    }

    fn main_effects(&self) -> Option<Markup> {
        let effects = views::main_effects(self.sweep, self.analysis);
        let metric = self.analysis.primary?.metric;
        let d = Decimals::of(self.analysis, metric);
        if effects.is_empty() {
            return None;
        }
        Some(html! {
            h3 { "Main effect of each axis on " (self.analysis.metrics[metric].label) }
            p class="lead" {
                "Mean over all variants at a level, and its difference to the baseline's level, "
                "paired by seed over the seeds that completed everywhere."
            }
            div class="scroll card" tabindex="0" role="region" aria-label="Main effects" { table {
                thead { tr {
                    th scope="col" { "Axis" } th scope="col" { "Level" }
                    th scope="col" class="num" { "Variants" } th scope="col" class="num" { "Seeds" }
                    th scope="col" class="num" { "Mean" } th scope="col" class="num" { "Difference" }
                    th scope="col" { "95 % CI" }
                } }
                tbody { @for effect in &effects { @for (i, level) in effect.levels.iter().enumerate() { tr {
                    th scope="row" { @if i == 0 { code { (effect.axis) } } @else { span class="vh" { (effect.axis) } } }
                    td { @if level.value.is_empty() { span class="quiet" { "as in the base" } } @else { code { (level.value) } } }
                    td class="num" { (level.variants) } td class="num" { (level.seeds) }
                    td class="num" { (d.opt(level.mean)) }
                    @match level.difference {
                        Some((mean, interval)) => {
                            td class="num" { (d.signed(mean)) }
                            td class="ci" { (interval.map_or_else(|| NONE.into(), |i| d.range(i))) }
                        }
                        None => { td class="num quiet" { "reference" } td {} }
                    }
                } } } }
            } }
        })
    }

    fn one_factor(&self) -> Option<Markup> {
        let groups = views::one_factor(self.sweep);
        let metric = self.analysis.primary?.metric;
        let d = Decimals::of(self.analysis, metric);
        if groups.is_empty() {
            return None;
        }
        Some(html! {
            h3 { "One factor at a time" }
            p class="lead" { "Variants that differ from the baseline in a single setting." }
            div class="scroll card" tabindex="0" role="region" aria-label="One factor at a time" { table {
                thead { tr {
                    th scope="col" { "Setting" } th scope="col" { "Variant" }
                    th scope="col" class="num" { "Difference" } th scope="col" { "95 % CI" }
                } }
                tbody { @for (axis, variants) in &groups { @for v in variants {
                    @let difference = &self.analysis.variants[*v].differences[metric];
                    tr class=(self.class(*v)) {
                        th scope="row" { code { (axis) } }
                        td { (self.name(*v)) }
                        td class="num" { (difference.mean.map_or_else(|| NONE.into(), |m| d.signed(m))) }
                        td class="ci" { (difference.interval.map_or_else(|| NONE.into(), |i| d.range(i))) }
                    }
                } } }
            } }
        })
    }

    fn budget(&self) -> Option<Markup> {
        let budget = views::budget(self.analysis)?;
        let longest = budget.iter().map(Vec::len).max().filter(|n| *n > 1)?;
        let info = self.analysis.primary_info()?;
        let d = Decimals::of(self.analysis, self.analysis.primary?.metric);
        let columns: Vec<usize> = evenly(longest, 10);
        let title = format!("Expected best {}", info.label);
        let curve = |v: usize| -> Option<Curve> {
            let points =
                (1..).zip(&budget[v]).map(|(b, best)| (b, *best, None)).collect::<Vec<_>>();
            (!points.is_empty()).then_some(Curve { variant: v, points })
        };
        let drawn: Vec<(usize, Curve)> =
            self.placed().filter_map(|(place, v)| Some((place, curve(v)?))).collect();
        Some(html! {
            h3 { "Best of so many runs" }
            p class="lead" {
                "Expected best final " (info.label) " when only b of a variant's completed runs are "
                "made and the best is kept. b = 1 is the mean; there is nothing past the last run."
            }
            @if let Some(svg) = chart::curves(&title, "runs made", &drawn, false) {
                div class="charts" { figure class="chart" { figcaption { (title) } (svg) } }
            }
            div class="scroll card" tabindex="0" role="region" aria-label="Best of so many runs" { table {
                thead { tr {
                    th scope="col" { "Variant" }
                    @for b in &columns { th scope="col" class="num" { "b = " (b + 1) } }
                } }
                tbody { @for (v, best) in budget.iter().enumerate() { tr class=(self.class(v)) {
                    th scope="row" { (self.name(v)) }
                    @for b in &columns { td class="num" { (d.opt(best.get(*b).copied())) } }
                } } }
            } }
        })
    }

    fn best_epochs(&self) -> Option<Markup> {
        let tables = views::best_epochs(self.sweep, self.analysis);
        if !tables.iter().any(|(_, rows)| rows.iter().any(Option::is_some)) {
            return None;
        }
        Some(html! {
            h3 { "Best epoch against last epoch" }
            p class="lead" {
                "The best epoch is chosen on the very numbers it is judged by, so its column is "
                "optimistic. Epochs are scored on fewer samples than a run's end, against the images "
                "that choose: this last epoch is not the final score of the tables above."
            }
            div class="scroll card" tabindex="0" role="region" aria-label="Best epoch against last epoch" { table {
                thead { tr {
                    th scope="col" { "Metric, each epoch" } th scope="col" { "Variant" }
                    th scope="col" class="num" { "Best epoch" } th scope="col" class="num" { "Last epoch" }
                    th scope="col" class="num" { "Epochs done at the best" }
                } }
                tbody { @for (m, rows) in &tables { @for (v, row) in rows.iter().enumerate() {
                    @if let Some(row) = row { tr class=(self.class(v)) {
                        th scope="row" { (self.analysis.metrics[*m].label) }
                        td { (self.name(v)) }
                        td class="num" { (short(row.best)) } td class="num" { (short(row.last)) }
                        td class="num" { (short(row.epochs)) }
                    } }
                } } }
            } }
        })
    }
}
