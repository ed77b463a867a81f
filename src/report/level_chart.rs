//! The picture of an axis: a dot a run, means with their intervals over the levels, and, where the
//! levels have an order, the band between them.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::chart::{HEIGHT, Scale, WIDTH, coordinate, range};
use super::finding::Levels;
use super::format::short;

const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 34.0;

/// The picture of these levels, called `title`; `None` without values.
pub(super) fn levels(title: &str, axis: &str, levels: &Levels, xmlns: bool) -> Option<Markup> {
    let rows = &levels.rows;
    let values = rows.iter().flat_map(|row| {
        let ends = row.interval.map(|i| [i.low, i.high]);
        row.values.iter().copied().chain(ends.into_iter().flatten())
    });
    let y = Scale::padded(range(values)?, 0.06, (HEIGHT - BOTTOM, TOP));
    let last = rows.len().saturating_sub(1).max(1) as f64;
    let x = Scale::padded((0.0, last), 0.08, (LEFT, WIDTH - RIGHT));
    let at = |i: usize| x.at(i as f64);
    let described = rows.iter().map(|row| {
        let mean = row.mean.map_or_else(|| "none".to_owned(), short);
        format!("{}: {mean}", row.value)
    });
    let description =
        format!("{title} by {axis}; means {}", described.collect::<Vec<_>>().join(", "));
    Some(html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(description)
            xmlns=[xmlns.then_some("http://www.w3.org/2000/svg")] {
            g class="grid" {
                @for t in y.ticks(4) {
                    @let at = coordinate(y.at(t));
                    line x1=(LEFT) x2=(WIDTH - RIGHT) y1=(at) y2=(at) {}
                    text x=(LEFT - 6.0) y=(at) dy="0.35em" text-anchor="end" { (short(t)) }
                }
                @for (i, row) in rows.iter().enumerate() {
                    text x=(coordinate(at(i))) y=(HEIGHT - BOTTOM + 15.0) text-anchor="middle" {
                        (row.value)
                    }
                }
                text x=(WIDTH - RIGHT) y=(HEIGHT - 4.0) text-anchor="end" { (axis) }
            }
            g class="series c1" {
                @if levels.ordered { (line(levels, &x, &y)) }
                @for (i, row) in rows.iter().enumerate() {
                    @let across = coordinate(at(i));
                    @if let Some(interval) = row.interval {
                        line class="bar" x1=(across) x2=(across)
                            y1=(coordinate(y.at(interval.low))) y2=(coordinate(y.at(interval.high))) {}
                    }
                    @for value in &row.values {
                        circle class="dot" cx=(coordinate(at(i) + 7.0)) cy=(coordinate(y.at(*value))) r="2.4" {}
                    }
                    @if let Some(mean) = row.mean {
                        circle class="mean" cx=(across) cy=(coordinate(y.at(mean))) r="4" {}
                    }
                }
            }
        }
    })
}

/// The line through the means, and the band of their intervals.
fn line(levels: &Levels, x: &Scale, y: &Scale) -> Markup {
    let points: Vec<(f64, f64)> =
        (0..).zip(&levels.rows).filter_map(|(i, r)| Some((f64::from(i), r.mean?))).collect();
    let ends: Vec<(f64, f64, f64)> = (0..)
        .zip(&levels.rows)
        .filter_map(|(i, r)| r.interval.map(|ends| (f64::from(i), ends.low, ends.high)))
        .collect();
    let path = |points: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut path = String::new();
        for (i, (across, value)) in points.enumerate() {
            let letter = if i == 0 { 'M' } else { 'L' };
            let _ =
                write!(path, "{letter}{} {}", coordinate(x.at(across)), coordinate(y.at(value)));
        }
        path
    };
    let upper = ends.iter().map(|(i, _, high)| (*i, *high));
    let lower = ends.iter().rev().map(|(i, low, _)| (*i, *low));
    html! {
        @if ends.len() > 1 { path class="band" d=(path(&mut upper.chain(lower))) {} }
        path class="line" d=(path(&mut points.into_iter())) {}
    }
}
