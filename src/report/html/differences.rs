//! Each variant against the baseline: the table with its plot, and effect sizes.

use maud::{Markup, html};

use super::dots::{axis, forest, scale, ways};
use super::results::interval;
use super::{Page, heading};
use crate::report::chart::range;
use crate::report::format::{Decimals, NONE, p_value};
use crate::report::markdown;
use crate::report::variant::{Difference, Test};
use crate::report::verdict::Verdict;

impl Page<'_> {
    pub(super) fn differences(&self) -> Option<Markup> {
        let primary = self.analysis.primary?;
        if self.analysis.variants.len() < 2 || self.analysis.search.is_some() {
            return None;
        }
        let metric = primary.metric;
        let info = &self.analysis.metrics[metric];
        let baseline = &self.analysis.variants[self.analysis.baseline].name;
        let lead = format!(
            "{} of each variant minus that of {baseline}. {} Dots are differences seed by seed.",
            info.label,
            self.analysis.method_of_differences(),
        );
        let d = Decimals::of(self.analysis, metric);
        let rows: Vec<(usize, &Difference, Option<Test>)> =
            (self.analysis.variants.iter().enumerate())
                .filter_map(|(i, v)| Some((i, v.differences.get(metric)?, v.test)))
                .collect();
        let values = rows.iter().flat_map(|(_, difference, _)| {
            let ends = difference.interval.map(|i| [i.low, i.high]);
            difference.pairs.iter().map(|p| p.1).chain(ends.into_iter().flatten())
        });
        let scale = scale(range(values.chain([0.0])));
        let sampled = rows.iter().any(|(_, _, test)| test.is_some_and(|t| !t.exact));
        Some(html! {
            (heading("differences", "Against the baseline", &lead))
            div class="card" {
                table class="stack" role="table" {
                    caption class="vh" { "Differences in " (info.heading()) }
                    thead role="rowgroup" { tr role="row" {
                        th role="columnheader" scope="col" { "Variant" }
                        th role="columnheader" scope="col" class="num" { "Difference" }
                        th role="columnheader" scope="col" { "95 % CI" }
                        th role="columnheader" scope="col" class="plot" { "Differences" }
                        th role="columnheader" scope="col" class="num" { "Runs" }
                        th role="columnheader" scope="col" class="num" { "p (adjusted)" }
                        th role="columnheader" scope="col" { "Verdict" }
                    } }
                    tbody role="rowgroup" {
                        @for (index, difference, test) in &rows {
                            tr role="row" class=(self.class(*index)) {
                                (self.variant_head(*index))
                                td role="cell" class="num" data-label="difference" { strong {
                                    @match difference.mean {
                                        Some(mean) => { (d.signed(mean)) }
                                        None => { (NONE) }
                                    }
                                } }
                                td role="cell" class="ci wide" data-label="95 % CI" {
                                    (interval(d, difference.interval))
                                }
                                td role="cell" class="plot" {
                                    @if let Some(scale) = &scale { (forest(scale, difference)) }
                                }
                                td role="cell" class="num" data-label="runs" {
                                    (difference.n.0) "/" (difference.n.1)
                                }
                                td role="cell" class="num" data-label="p (adjusted)" {
                                    @match test.filter(|_| difference.mean.is_some()) {
                                        Some(test) => { (p_value(test.p_holm)) }
                                        None => { (NONE) }
                                    }
                                }
                                td role="cell" class="wide" {
                                    @match test {
                                        Some(test) => { (verdict(test)) }
                                        None => { span class="verdict" { "exploratory" } }
                                    }
                                }
                            }
                        }
                    }
                    @if let Some(scale) = &scale {
                        tfoot aria-hidden="true" { tr {
                            td colspan="3" {}
                            td class="plot" { (axis(scale)) (ways(info.direction)) }
                            td colspan="3" {}
                        } }
                    }
                }
            }
            @if sampled {
                p class="lead" {
                    "There are too many arrangements to count: p is estimated from 100,000 of them."
                }
            }
            (self.effects(&rows.iter().filter_map(|(i, d, t)| Some((*i, *d, (*t)?))).collect::<Vec<_>>()))
        })
    }

    /// Effect sizes and what pairing was worth.
    fn effects(&self, rows: &[(usize, &Difference, Test)]) -> Markup {
        let two =
            |v: Option<f64>| v.map_or_else(|| NONE.into(), |v| Decimals::for_scale(1.0, 3).show(v));
        if rows.is_empty() {
            return html! {};
        }
        let (effect, meaning) = self.analysis.effect();
        html! {
            details {
                summary { "Effect sizes, unadjusted p and seed correlation" }
                div class="scroll" tabindex="0" role="region" aria-label="Effect sizes" { table {
                    thead { tr {
                        th scope="col" { "Variant" }
                        th scope="col" class="num" { (effect) }
                        th scope="col" { "95 % CI" }
                        th scope="col" class="num" { "Cliff's delta" }
                        th scope="col" class="num" { "P(better)" }
                        th scope="col" class="num" { "p" }
                        th scope="col" class="num" { "smallest p" }
                        th scope="col" class="num" { "corr over seeds" }
                    } }
                    tbody { @for (index, difference, test) in rows { tr class=(self.class(*index)) {
                        th scope="row" { (self.name(*index)) }
                        td class="num" { (two(test.effect.map(|e| e.value))) }
                        td class="ci" { (interval(Decimals::for_scale(1.0, 3), test.effect.map(|e| e.interval))) }
                        td class="num" { (two(test.cliffs_delta)) }
                        td class="num" { (two(test.improvement)) }
                        td class="num" { (p_value(test.p)) }
                        td class="num" { (p_value(test.smallest)) }
                        td class="num" { (two(difference.correlation)) }
                    } } }
                } }
                p class="lead" {
                    (effect) " is " (meaning) ", its interval from the noncentral t distribution. Cliff's delta and P(better) compare all runs of "
                    "both sides, unpaired. A correlation over seeds above 0 says that pairing "
                    "narrowed the interval."
                }
            }
        }
    }
}

fn verdict(test: &Test) -> Markup {
    let class = match test.verdict {
        Verdict::Better => "v-better",
        Verdict::Worse => "v-worse",
        Verdict::Different | Verdict::Equal => "",
        Verdict::Unclear => "v-unclear",
        Verdict::Underpowered => "v-underpowered",
        Verdict::NoPairs => "v-none",
    };
    html! {
        span class={ "verdict " (class) } { (markdown::verdict(test.verdict, test.smallest_holm, test.seeds_to_tell)) }
    }
}
