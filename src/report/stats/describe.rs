//! Location, spread and correlation of a sample.

/// Arithmetic mean; `None` of nothing.
pub fn mean(x: &[f64]) -> Option<f64> {
    (!x.is_empty()).then(|| x.iter().sum::<f64>() / x.len() as f64)
}

/// Standard deviation with divisor n − 1; `None` below two values.
pub fn std_dev(x: &[f64]) -> Option<f64> {
    let m = mean(x)?;
    let squares: f64 = x.iter().map(|v| (v - m) * (v - m)).sum();
    (x.len() > 1).then(|| (squares / (x.len() - 1) as f64).sqrt())
}

/// Median: the middle value, or the mean of the two middle ones.
pub fn median(x: &[f64]) -> Option<f64> {
    let x = sorted(x);
    let n = x.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(x[n / 2]),
        _ => Some((x[n / 2 - 1] + x[n / 2]) / 2.0),
    }
}

/// Interquartile mean and how many values it left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iqm {
    /// Mean of what is left.
    pub value: f64,
    /// Values cut, both sides together.
    pub cut: usize,
}

/// Interquartile mean: the 25 % trimmed mean with ⌊n/4⌋ values cut on each side, as
/// `scipy.stats.trim_mean(x, .25)` and Agarwal et al. (2021). Below n = 4 nothing is cut.
pub fn iqm(x: &[f64]) -> Option<Iqm> {
    let x = sorted(x);
    let side = x.len() / 4;
    mean(&x[side..x.len() - side]).map(|value| Iqm { value, cut: 2 * side })
}

/// Pearson's correlation; `None` below three pairs or where one side is constant.
///
/// # Panics
/// If the lengths differ.
pub fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "pairs");
    if x.len() < 3 {
        return None;
    }
    let (mx, my) = (mean(x)?, mean(y)?);
    let dot = |a: &[f64], ma: f64, b: &[f64], mb: f64| -> f64 {
        a.iter().zip(b).map(|(p, q)| (p - ma) * (q - mb)).sum()
    };
    let scale = (dot(x, mx, x, mx) * dot(y, my, y, my)).sqrt();
    (scale > 0.0).then(|| (dot(x, mx, y, my) / scale).clamp(-1.0, 1.0))
}

pub(super) fn sorted(x: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    x.sort_by(f64::total_cmp);
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 1, 2, 4, 9: mean 16/4; squares 9+4+0+25 = 38, 38/3; median 3; IQM (2+4)/2.
        let x = [4.0, 1.0, 9.0, 2.0];
        assert_eq!(mean(&x), Some(4.0));
        assert_eq!(std_dev(&x), Some((38.0f64 / 3.0).sqrt()));
        assert_eq!(median(&x), Some(3.0));
        assert_eq!(iqm(&x), Some(Iqm { value: 3.0, cut: 2 }));
        assert_eq!(iqm(&[1.0, 2.0, 6.0]), Some(Iqm { value: 3.0, cut: 0 }));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    }

    #[test]
    fn too_few_values_give_nothing() {
        assert_eq!(mean(&[]), None);
        assert_eq!(median(&[]), None);
        assert_eq!(iqm(&[]), None);
        assert_eq!(std_dev(&[1.0]), None);
        assert_eq!(correlation(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
    }

    #[test]
    fn correlation_by_hand() {
        // Deviations (-1, 0, 1) and (-1, 1, 0): 1 / sqrt(2·2).
        let r = correlation(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]);
        assert!((r.unwrap() - 0.5).abs() < 1e-15);
    }
}
