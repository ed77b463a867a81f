//! Normal and noncentral t distributions.

/// Φ(x).
pub(super) fn normal_cdf(x: f64) -> f64 {
    libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
}

/// Φ⁻¹(p) by bisection on [`normal_cdf`]: slow, plain and right to the last bits.
pub(super) fn normal_quantile(p: f64) -> f64 {
    bisect(-40.0, 40.0, |x| normal_cdf(x) < p)
}

/// The noncentrality δ at which a noncentral t with `freedom` degrees has P(T ≤ t) = p.
pub(super) fn noncentral_t_location(t: f64, freedom: f64, p: f64) -> f64 {
    // P(T ≤ t) falls as δ grows. A δ this far out leaves no weight on the wrong side.
    let reach = 10.0 + 3.0 * t.abs();
    bisect(-reach, reach, |delta| noncentral_t_cdf(t, freedom, delta) > p)
}

/// P(T ≤ t), T = (Z + δ) / √(V/ν) with V ~ χ²(ν): ∫ Φ(t·s − δ) f(s) ds over s = √(V/ν),
/// f(s) = 2 (ν/2)^(ν/2) / Γ(ν/2) · s^(ν−1) exp(−ν s²/2), by Simpson's rule.
fn noncentral_t_cdf(t: f64, freedom: f64, delta: f64) -> f64 {
    const PANELS: usize = 400;
    let half = freedom / 2.0;
    let constant = std::f64::consts::LN_2 + half * libm::log(half) - libm::lgamma(half);
    // s has mean near 1 and std near 1/√(2ν); nothing is left ten of them away.
    let spread = 1.0 / (2.0 * freedom).sqrt();
    let (from, to) = ((1.0 - 10.0 * spread).max(0.0), 1.0 + 10.0 * spread);
    let width = (to - from) / PANELS as f64;
    let density = |s: f64| {
        if s == 0.0 {
            return if freedom > 1.0 { 0.0 } else { libm::exp(constant) };
        }
        libm::exp(constant + (freedom - 1.0) * libm::log(s) - half * s * s)
    };
    let at = |i: usize| {
        let s = from + i as f64 * width;
        density(s) * normal_cdf(t * s - delta)
    };
    let inner: f64 = (1..PANELS).map(|i| if i % 2 == 1 { 4.0 * at(i) } else { 2.0 * at(i) }).sum();
    (at(0) + inner + at(PANELS)) * width / 3.0
}

/// Where `below` turns from true to false.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_against_tables() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!(normal_quantile(0.5).abs() < 1e-12);
        assert!((normal_cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-14);
    }

    #[test]
    fn central_t_against_tables() {
        // Student's two-sided 5 % points.
        for (freedom, t) in [(2.0, 4.302_652_73), (4.0, 2.776_445_11), (9.0, 2.262_157_16)] {
            let p = noncentral_t_cdf(t, freedom, 0.0);
            assert!((p - 0.975).abs() < 1e-6, "{freedom}: {p}");
        }
    }
}
