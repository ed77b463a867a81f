//! What was asked of axes: the picture that shows the answer, and its numbers.

use maud::{Markup, html};

use super::{Page, heading};
use crate::report::finding::{Family, Finding, Subject};
use crate::report::format::{Decimals, count, p_value};
use crate::report::{level_chart, markdown};
use crate::spec::Ask;

impl Page<'_> {
    pub(super) fn asked(&self) -> Option<Markup> {
        let parts: Vec<Markup> = self
            .analysis
            .families
            .iter()
            .flat_map(|family| family.findings.iter().map(move |finding| (family, finding)))
            .filter_map(|(family, finding)| self.axis(family, finding))
            .collect();
        if parts.is_empty() {
            return None;
        }
        let trend = self.analysis.families.iter().any(|f| f.question.test == Ask::Trend);
        let title = if trend { "Trend" } else { "Factors" };
        let lead = "What was asked, level by level: a dot a run, the mean with its 95 % interval \
                    by the spread that all levels share.";
        Some(html! {
            (heading("asked", title, lead))
            @for part in &parts { (part) }
        })
    }

    fn axis(&self, family: &Family, finding: &Finding) -> Option<Markup> {
        let Subject::Axis(axis) = &finding.subject else { return None };
        let (metric, levels) = (family.metric?, finding.levels.as_ref()?);
        let info = &self.analysis.metrics[metric];
        let d = Decimals::of(self.analysis, metric);
        let said =
            markdown::verdict(finding.verdict, finding.smallest_adjusted, finding.seeds_to_tell);
        Some(html! {
            @if let Some(svg) = level_chart::levels(&info.heading(), axis, levels, false) {
                div class="charts" { figure class="chart" {
                    figcaption { (info.heading()) " by " (axis) }
                    (svg)
                } }
            }
            div class="scroll card" tabindex="0" role="region" aria-label={ "Levels of " (axis) } { table {
                thead { tr {
                    th scope="col" { (axis) } th scope="col" class="num" { "Runs" }
                    th scope="col" class="num" { "Mean" } th scope="col" { "95 % CI" }
                } }
                tbody { @for row in &levels.rows { tr {
                    th scope="row" { code { (row.value) } }
                    td class="num" { (row.values.len()) }
                    td class="num" { (d.opt(row.mean)) }
                    td class="ci" { (d.interval(row.interval)) }
                } } }
            } }
            p class="lead" {
                @if let Some(change) = finding.estimate {
                    "Change from the first level to the last: " (d.signed(change))
                    " " (d.interval(finding.interval)) "; "
                }
                "p = " (p_value(finding.test.p)) ", adjusted " (p_value(finding.p_adjusted)) ": " (said) "."
                @if finding.left_out > 0 {
                    " " (count(finding.left_out, "block")) " without every level left out."
                }
            }
        })
    }
}
