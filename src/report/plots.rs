//! Plots as files of their own, for papers and slides: `report-forest.svg` and a curve a metric.

use maud::{Markup, html};

use super::analysis::Analysis;
use super::chart::{self, Scale, coordinate, range};
use super::finding::Subject;
use super::format::{Decimals, short};
use super::html::Drawn;
use super::level_chart;
use super::page::Page;

const WIDTH: f64 = 720.0;
const ROW: f64 = 34.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 190.0;

/// All plots of a report.
pub(super) fn plots(analysis: &Analysis, curves: &[Drawn<'_>]) -> Vec<Page> {
    let page =
        |name: String, svg: &Markup| Page { name, bytes: chart::standalone(svg).into_bytes() };
    let forest = forest(analysis).map(|svg| page("report-forest.svg".into(), &svg));
    let curves = curves.iter().filter_map(|(_, info, curves)| {
        let svg = chart::curves(&info.heading(), chart::EPOCHS_DONE, curves, true)?;
        Some(page(format!("report-{}.svg", file_name(&info.name)), &svg))
    });
    let asked = analysis.families.iter().flat_map(|f| f.findings.iter().map(move |x| (f, x)));
    let levels = asked.filter_map(|(family, finding)| {
        let Subject::Axis(axis) = &finding.subject else { return None };
        let info = &analysis.metrics[family.metric?];
        let svg = level_chart::levels(&info.heading(), axis, finding.levels.as_ref()?, true)?;
        let name = format!("report-levels-{}-{}.svg", file_name(axis), file_name(&info.name));
        Some(page(name, &svg))
    });
    let mut pages: Vec<Page> = forest.into_iter().chain(levels).chain(curves).collect();
    // Two questions may show one axis.
    let mut seen = std::collections::BTreeSet::new();
    pages.retain(|page| seen.insert(page.name.clone()));
    pages
}

/// A metric's name as part of a file name.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

/// Mean difference of each variant to the baseline, with interval and every seed.
fn forest(analysis: &Analysis) -> Option<Markup> {
    let metric = analysis.primary?.metric;
    let info = &analysis.metrics[metric];
    let d = Decimals::of(analysis, metric);
    let rows: Vec<_> = (analysis.variants.iter())
        .filter_map(|v| Some((&v.name, v.differences.get(metric)?)))
        .filter(|(_, difference)| difference.mean.is_some())
        .collect();
    let values = rows.iter().flat_map(|(_, difference)| {
        let ends = difference.interval.map(|i| [i.low, i.high]);
        difference.pairs.iter().map(|p| p.1).chain(ends.into_iter().flatten())
    });
    let x = Scale::padded(range(values.chain([0.0]))?, 0.03, (LEFT, WIDTH - RIGHT));
    if rows.is_empty() {
        return None;
    }
    let bottom = 14.0 + ROW * rows.len() as f64;
    let zero = coordinate(x.at(0.0));
    let baseline = &analysis.variants[analysis.baseline].name;
    Some(html! {
        svg viewBox={ "0 0 " (WIDTH) " " (bottom + 42.0) } role="img"
            aria-label={ "Differences to " (baseline) " in " (info.heading()) }
            xmlns="http://www.w3.org/2000/svg" {
            g class="grid" {
                @for t in x.ticks(5) {
                    @let at = coordinate(x.at(t));
                    line x1=(at) x2=(at) y1="8" y2=(bottom) {}
                    text x=(at) y=(bottom + 16.0) text-anchor="middle" { (short(t)) }
                }
                line class="zero" x1=(zero) x2=(zero) y1="8" y2=(bottom) {}
                text x=(coordinate((LEFT + WIDTH - RIGHT) / 2.0)) y=(bottom + 34.0) text-anchor="middle" {
                    (info.heading()) ", difference to " (baseline) " (" (info.direction_words()) ")"
                }
            }
            @for (i, (name, difference)) in rows.iter().enumerate() {
                @let y = 14.0 + ROW * (i as f64 + 0.5);
                g class=(chart::class(i + 1)) {
                    text class="name" x=(LEFT - 14.0) y=(y) dy="0.35em" text-anchor="end" { (name) }
                    @for (_, v) in &difference.pairs {
                        circle class="dot" cx=(coordinate(x.at(*v))) cy=(y - 6.0) r="3" {}
                    }
                    @if let Some(i) = difference.interval {
                        line class="bar" x1=(coordinate(x.at(i.low))) x2=(coordinate(x.at(i.high)))
                            y1=(y + 4.0) y2=(y + 4.0) {}
                    }
                    @if let Some(mean) = difference.mean {
                        circle class="mean" cx=(coordinate(x.at(mean))) cy=(y + 4.0) r="4" {}
                        text x=(WIDTH - RIGHT + 14.0) y=(y) dy="0.35em" {
                            (d.signed(mean)) " " (d.interval(difference.interval))
                        }
                    }
                }
            }
        }
    })
}
