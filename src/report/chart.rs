//! A line chart as SVG: scales, ticks, axes, curves with bands. Colours are classes, so that a
//! page chooses them, for light and for dark.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::curves::Curve;
use super::format::short;
use super::stats::Interval;

/// Size of a chart in its own units.
pub(super) const WIDTH: f64 = 360.0;
/// What lies across a chart of curves.
pub(super) const EPOCHS_DONE: &str = "epochs done";
/// Height of a chart.
pub(super) const HEIGHT: f64 = 220.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 34.0;

/// From values to a stretch of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Maps `from` onto `to`; a range of no length is widened.
    pub(super) fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        let pad = if from.0.abs() > 0.0 { from.0.abs() * 0.05 } else { 1.0 };
        let from = if from.1 > from.0 { from } else { (from.0 - pad, from.0 + pad) };
        Self { from, to }
    }

    /// The same with a margin of this share on both sides.
    pub(super) fn padded(from: (f64, f64), share: f64, to: (f64, f64)) -> Self {
        let plain = Self::new(from, to);
        let pad = (plain.from.1 - plain.from.0) * share;
        Self::new((plain.from.0 - pad, plain.from.1 + pad), to)
    }

    /// Place of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.from.0) / (self.from.1 - self.from.0);
        self.to.0 + share * (self.to.1 - self.to.0)
    }

    /// About `count` round values inside, at least two where the range has a length.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        let raw = (self.from.1 - self.from.0) / count.max(1) as f64;
        let magnitude = 10f64.powf(raw.log10().floor());
        let at = |step: f64| {
            let first = (self.from.0 / step).ceil() as i64;
            let last = (self.from.1 / step + 1e-9).floor() as i64;
            (first..=last).map(|i| i as f64 * step).collect::<Vec<f64>>()
        };
        let steps = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0].map(|m| m * magnitude);
        let wide = steps.iter().position(|s| *s >= raw * 0.999).unwrap_or(steps.len() - 1);
        let narrower = steps[..=wide].iter().rev().map(|step| at(*step));
        narrower.clone().find(|ticks| ticks.len() > 1).unwrap_or_else(|| at(steps[wide]))
    }
}

/// Smallest and largest of the values; `None` of none.
pub(super) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((f64::min(low, v), f64::max(high, v))),
    })
}

/// A coordinate: a tenth of a unit is finer than any screen.
pub(super) fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Class of a variant's colour: the baseline's own, then seven, then the seven with dashes.
pub(super) fn class(place: usize) -> String {
    match place {
        0 => "c0".into(),
        _ if place <= 7 => format!("c{place}"),
        _ => format!("c{} dash", (place - 1) % 7 + 1),
    }
}

/// Curves of one metric over epochs, or what else `across` says, each with its colour's place;
/// `None` if there is nothing to draw.
pub(super) fn curves(
    title: &str,
    across: &str,
    curves: &[(usize, Curve)],
    xmlns: bool,
) -> Option<Markup> {
    let points = || curves.iter().flat_map(|(_, c)| &c.points);
    let xs = range(points().map(|p| p.0 as f64))?;
    let x = Scale::new(xs, (LEFT, WIDTH - RIGHT));
    let seen = room(points())?;
    let y = Scale::padded(seen, 0.06, (HEIGHT - BOTTOM, TOP));
    let epochs: Vec<f64> = x.ticks(5).into_iter().filter(|t| t.fract() == 0.0).collect();
    let banded = curves.iter().any(|(_, c)| c.points.iter().any(|p| p.2.is_some()));
    let of = if banded { ", mean and 95 % band" } else { "" };
    let description = format!("{title} by {across}{of}, a line a variant");
    Some(html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(description)
            xmlns=[xmlns.then_some("http://www.w3.org/2000/svg")]
            data-x0=(coordinate(x.at(xs.0))) data-x1=(coordinate(x.at(xs.1)))
            data-e0=(xs.0) data-e1=(xs.1) {
            g class="grid" {
                @for t in y.ticks(4) {
                    @let at = coordinate(y.at(t));
                    line x1=(LEFT) x2=(WIDTH - RIGHT) y1=(at) y2=(at) {}
                    text x=(LEFT - 6.0) y=(at) dy="0.35em" text-anchor="end" { (short(t)) }
                }
                @for t in &epochs {
                    text x=(coordinate(x.at(*t))) y=(HEIGHT - BOTTOM + 15.0) text-anchor="middle" {
                        (t)
                    }
                }
                text x=(WIDTH - RIGHT) y=(HEIGHT - 4.0) text-anchor="end" { (across) }
            }
            @for (place, curve) in curves {
                g class={ "series " (class(*place)) } data-v=(curve.variant) {
                    (band(curve, &x, &y, seen))
                    (line(curve, &x, &y))
                }
            }
            line class="cross" y1=(TOP) y2=(HEIGHT - BOTTOM) x1="-9" x2="-9" {}
        }
    })
}

/// What a chart shows: all means, and bands up to as far again on each side. Two seeds have bands
/// that would leave the curves no room.
fn room<'a>(
    points: impl Iterator<Item = &'a (u64, f64, Option<Interval>)> + Clone,
) -> Option<(f64, f64)> {
    let means = range(points.clone().map(|p| p.1))?;
    let ends = points.flat_map(|(_, mean, band)| {
        let ends = band.map_or([*mean; 2], |b| [b.low, b.high]);
        [*mean].into_iter().chain(ends)
    });
    let (low, high) = range(ends)?;
    let far = means.1 - means.0;
    // Means that are all alike give no measure.
    if far > 0.0 {
        Some((low.max(means.0 - far), high.min(means.1 + far)))
    } else {
        Some((low, high))
    }
}

fn band(curve: &Curve, x: &Scale, y: &Scale, seen: (f64, f64)) -> Markup {
    let banded: Vec<_> =
        curve.points.iter().filter_map(|(e, _, b)| b.map(|b| (*e as f64, b))).collect();
    if banded.len() < 2 {
        return html! {};
    }
    let mut path = String::new();
    let upper = banded.iter().map(|(e, b)| (*e, b.high));
    let lower = banded.iter().rev().map(|(e, b)| (*e, b.low));
    for (i, (e, v)) in upper.chain(lower).enumerate() {
        let letter = if i == 0 { 'M' } else { 'L' };
        let v = v.clamp(seen.0, seen.1);
        let _ = write!(path, "{letter}{} {}", coordinate(x.at(e)), coordinate(y.at(v)));
    }
    html! { path class="band" d=(path) {} }
}

fn line(curve: &Curve, x: &Scale, y: &Scale) -> Markup {
    let mut path = String::new();
    for (i, (e, v, _)) in curve.points.iter().enumerate() {
        let letter = if i == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{} {}", coordinate(x.at(*e as f64)), coordinate(y.at(*v)));
    }
    let last = curve.points[curve.points.len() - 1];
    html! {
        path class="line" d=(path) {}
        circle cx=(coordinate(x.at(last.0 as f64))) cy=(coordinate(y.at(last.1))) r="2.4" {}
    }
}

/// A chart as a file of its own, with colours for light and dark.
pub(super) fn standalone(svg: &Markup) -> String {
    let style = format!("<style>{}</style>", include_str!("html/chart.css"));
    // The style goes right behind the opening tag.
    let text = &svg.0;
    let end = text.find('>').map_or(0, |i| i + 1);
    PreEscaped(format!("{}{style}{}\n", &text[..end], &text[end..])).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let ticks = |a, b, n| Scale::new((a, b), (0.0, 1.0)).ticks(n);
        assert_eq!(ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(-3.1, -1.2, 4), [-3.0, -2.5, -2.0, -1.5]);
        assert!(ticks(7.0, 7.0, 2).len() > 1);
        // A step of 5 would leave one of these.
        assert_eq!(ticks(6.0, 14.5, 4), [6.0, 8.0, 10.0, 12.0, 14.0]);
        for (a, b) in [(0.0, 1e-9), (1e6, 1e6 + 3.0), (-1.0, 1e9)] {
            assert!((2..12).contains(&ticks(a, b, 4).len()), "{a} {b}");
        }
    }

    #[test]
    fn a_scale_maps_both_ends() {
        let s = Scale::new((2.0, 4.0), (100.0, 0.0));
        assert_eq!((s.at(2.0), s.at(3.0), s.at(4.0)), (100.0, 50.0, 0.0));
    }

    #[test]
    fn a_wide_band_leaves_the_curves_room() {
        let wide = Some(Interval { low: -50.0, high: 2.5 });
        let points = [(1, 1.0, None), (2, 3.0, wide)];
        assert_eq!(room(points.iter()), Some((-1.0, 3.0)));
        assert_eq!(room(points[1..].iter()), Some((-50.0, 3.0)));
        assert_eq!(room([].iter()), None);
    }
}
