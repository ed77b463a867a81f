//! A run's two line plots over the epochs, as SVG: losses and probabilities.

use std::io;

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::{Context, Error, Result};
use crate::files::Column;

/// Width and height, pixels.
const SIZE: (u32, u32) = (760, 440);
/// Okabe & Ito's blue and vermilion: told apart by colour-blind eyes and on grey paper.
const COLORS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];
/// Place of the first name in the legend, and the way to the next, pixels.
const LEGEND: (i32, i32) = (76, 50);
const LEGEND_STEP: i32 = 160;
const TEXT: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(228, 228, 228);

/// What a plot shows.
pub(super) struct Plot<'a> {
    /// Above it.
    pub(super) title: &'a str,
    /// Beside the vertical axis: quantity and unit.
    pub(super) axis: &'a str,
    /// Vertical range; none to fit the values.
    pub(super) range: Option<(f64, f64)>,
    /// Names for the legend and values, one an epoch. Values that are not finite leave a gap.
    pub(super) series: &'a [(&'a str, Column)],
}

/// Draws the plot. The same values give the same bytes.
pub(super) fn svg(plot: &Plot<'_>) -> Result<String> {
    let mut svg = String::new();
    draw(plot, &mut svg)
        .map_err(Error::other)
        .with_context(|| format!("cannot draw the plot of {}", plot.title))?;
    Ok(svg)
}

fn draw(plot: &Plot<'_>, svg: &mut String) -> Result<(), DrawingAreaErrorKind<io::Error>> {
    let epochs = plot.series.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let (low, high) = plot.range.unwrap_or_else(|| fit(plot.series));
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        // Title and legend stand above, where they hide no curve.
        .margin_top(66)
        .x_label_area_size(44)
        .y_label_area_size(60)
        // A lone epoch still gets an axis of some length.
        .build_cartesian_2d(0.0..(epochs.saturating_sub(1).max(1) as f64), low..high)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(TEXT)
        .label_style(("sans-serif", 15).into_font().color(&TEXT))
        .axis_desc_style(("sans-serif", 15).into_font().color(&TEXT))
        .x_labels(epochs.clamp(2, 11))
        .y_labels(8)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .x_desc("epoch")
        .y_desc(plot.axis)
        .draw()?;
    let text = |size| ("sans-serif", size).into_font().color(&TEXT);
    let centre = text(20.0).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw(&Text::new(plot.title, (SIZE.0 as i32 / 2, 22), centre))?;
    for (i, ((name, values), color)) in plot.series.iter().zip(COLORS.iter().cycle()).enumerate() {
        let style = color.stroke_width(2);
        let points: Vec<(f64, f64)> =
            values.iter().enumerate().map(|(epoch, &value)| (epoch as f64, value)).collect();
        for piece in points.split(|(_, value)| !value.is_finite()) {
            // A line of one point is not seen.
            if let [point] = piece {
                chart.draw_series([Circle::new(*point, 3, color.filled())])?;
            } else {
                chart.draw_series(LineSeries::new(piece.iter().copied(), style))?;
            }
        }
        let (x, y) = (LEGEND.0 + LEGEND_STEP * i as i32, LEGEND.1);
        area.draw(&PathElement::new([(x, y), (x + 24, y)], color.stroke_width(3)))?;
        let left = text(15.0).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(*name, (x + 32, y), left))?;
    }
    area.present()?;
    Ok(())
}

/// A range that holds zero and every finite value, with some air above.
fn fit(series: &[(&str, Column)]) -> (f64, f64) {
    let finite = || series.iter().flat_map(|(_, values)| values).copied().filter(|v| v.is_finite());
    let low = finite().fold(0.0, f64::min);
    let high = finite().fold(0.0, f64::max);
    let air = if high > low { (high - low) * 0.05 } else { 1.0 };
    (if low < 0.0 { low - air } else { low }, high + air)
}
