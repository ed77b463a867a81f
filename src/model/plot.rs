//! A picture of curves over the epochs.

/// What a plot shows.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    /// Its file's stem.
    pub name: &'static str,
    /// Above it.
    pub title: &'static str,
    /// Beside the vertical axis: quantity and unit.
    pub axis: &'static str,
    /// Vertical range; none to fit the values.
    pub range: Option<(f64, f64)>,
    /// At most two: name in the legend, and metric.
    pub series: &'static [(&'static str, &'static str)],
}
