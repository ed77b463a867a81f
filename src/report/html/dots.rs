//! Plots inside table cells: a dot a seed, interval and mean, places in percent of the cell.

use maud::{Markup, html};

use crate::report::chart::Scale;
use crate::report::format::short;
use crate::report::stats::Interval;
use crate::report::variant::{Difference, Summary};
use crate::run::Direction;

/// Share of a plot's width left free at both ends, so that no dot is cut.
const MARGIN: f64 = 4.0;

/// Percent of the width for the values of a plot.
pub(super) fn scale(values: Option<(f64, f64)>) -> Option<Scale> {
    values.map(|range| Scale::padded(range, 0.02, (MARGIN, 100.0 - MARGIN)))
}

pub(super) fn percent(scale: &Scale, value: f64) -> String {
    format!("{:.2}%", scale.at(value))
}

/// The final values of one variant: a dot a seed, interval and mean.
pub(super) fn strip(scale: &Scale, s: &Summary) -> Markup {
    let values = s.values.iter().map(|v| v.1).collect::<Vec<_>>();
    dots(scale, &values, s.mean, s.interval, html! {})
}

/// The paired differences of one variant, with the line of no difference.
pub(super) fn forest(scale: &Scale, difference: &Difference) -> Markup {
    let values = difference.pairs.iter().map(|p| p.1).collect::<Vec<_>>();
    let x = percent(scale, 0.0);
    let zero = html! { line class="zero" x1=(x) x2=(x) y1="-10" y2="40" {} };
    dots(scale, &values, difference.mean, difference.interval, zero)
}

fn dots(
    scale: &Scale,
    values: &[f64],
    mean: Option<f64>,
    interval: Option<Interval>,
    under: Markup,
) -> Markup {
    html! {
        svg class="strip" aria-hidden="true" {
            (under)
            @if let Some(i) = interval {
                line class="bar" x1=(percent(scale, i.low)) x2=(percent(scale, i.high))
                    y1="20" y2="20" {}
            }
            @for v in values { circle class="dot" cx=(percent(scale, *v)) cy="9" r="3.6" {} }
            @if let Some(mean) = mean {
                circle class="mean" cx=(percent(scale, mean)) cy="20" r="4.4" {}
            }
        }
    }
}

pub(super) fn axis(scale: &Scale) -> Markup {
    html! {
        div class="axis" { @for t in scale.ticks(4) {
            span style={ "left:" (percent(scale, t)) } { (short(t)) }
        } }
    }
}

/// Which end of the axis is the better one.
pub(super) fn ways(direction: Direction) -> Markup {
    let (left, right) = match direction {
        Direction::Lower => ("← better", "worse →"),
        Direction::Higher => ("← worse", "better →"),
        Direction::Neutral => return html! {},
    };
    html! { div class="ways" { span { (left) } span { (right) } } }
}
