//! Normal, Student's and noncentral t distributions.

/// Φ(x).
pub(super) fn normal_cdf(x: f64) -> f64 {
    libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
}

/// Φ⁻¹(p) by bisection on [`normal_cdf`]: slow, plain and right to the last bits.
pub(super) fn normal_quantile(p: f64) -> f64 {
    bisect(-40.0, 40.0, |x| normal_cdf(x) < p)
}

/// P(T > t) for Student's t with `freedom` degrees, whole or not: half the regularised incomplete
/// beta function I_x(ν/2, 1/2) at x = ν/(ν + t²) (Abramowitz & Stegun 26.7.1), or what it leaves.
pub(super) fn student_above(t: f64, freedom: f64) -> f64 {
    let tail = incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t)) / 2.0;
    if t > 0.0 { tail } else { 1.0 - tail }
}

/// The t with P(T ≤ t) = p by bisection on [`student_above`].
pub(super) fn student_quantile(p: f64, freedom: f64) -> f64 {
    if p < 0.5 {
        return -student_quantile(1.0 - p, freedom);
    }
    bisect(0.0, 1e10, |t| student_above(t, freedom) > 1.0 - p)
}

/// I_x(a, b) by its continued fraction (DLMF 8.17.22), evaluated as Lentz does; below the mean of
/// the beta distribution it converges fast, above it 1 − I₁₋ₓ(b, a) does.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let front = libm::exp(front + a * libm::log(x) + b * libm::log1p(-x)) / a;
    let away = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut c, mut d, mut fraction) = (1.0, 0.0, 1.0);
    for i in 0..1_000 {
        let m = f64::from(i / 2);
        let term = match i {
            0 => 1.0,
            _ if i % 2 == 0 => m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            _ => -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        };
        d = 1.0 / away(1.0 + term * d);
        c = away(1.0 + term / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    // The fraction is 1 / (1 + d₁/(1 + d₂/(1 + …))); the loop has made 1 + 1/(1 + d₁/(…)).
    front * (fraction - 1.0)
}

/// The noncentrality δ at which a noncentral t with `freedom` degrees has P(T ≤ t) = p.
pub(super) fn noncentral_t_location(t: f64, freedom: f64, p: f64) -> f64 {
    // P(T ≤ t) falls as δ grows. A δ this far out leaves no weight on the wrong side.
    let reach = 10.0 + 3.0 * t.abs();
    bisect(-reach, reach, |delta| noncentral_t_cdf(t, freedom, delta) > p)
}

/// P(T ≤ t), T = (Z + δ) / √(V/ν) with V ~ χ²(ν): ∫ Φ(t·s − δ) f(s) ds over s = √(V/ν),
/// f(s) = 2 (ν/2)^(ν/2) / Γ(ν/2) · s^(ν−1) exp(−ν s²/2), by Simpson's rule.
pub(super) fn noncentral_t_cdf(t: f64, freedom: f64, delta: f64) -> f64 {
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
