//! The sign-flip test: is the mean of paired differences zero?

use super::bootstrap::generator;
use rand_chacha::rand_core::RngCore;

/// Largest number of differences whose 2ⁿ sign patterns are all counted; above, a sample is drawn.
pub const EXACT_LIMIT: usize = 20;

/// Patterns drawn above [`EXACT_LIMIT`].
const DRAWS: u64 = 100_000;

/// Result of a permutation test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermutationTest {
    /// Share of arrangements (sign patterns, orders) at least as extreme as the one seen.
    pub p: f64,
    /// The smallest p that this number of values can give.
    pub smallest: f64,
    /// Whether every arrangement was counted.
    pub exact: bool,
}

/// Two-sided sign-flip permutation test of paired differences (Fisher 1935, section 21). If the
/// two variants do not differ, each difference is as likely to have the other sign. `None` of no
/// differences. The name keys the generator of the sampled form. The smallest p is 2/2ⁿ over the n
/// differences that are not zero (1 if all are), or 1/(draws + 1).
pub fn sign_flip(differences: &[f64], name: &str) -> Option<PermutationTest> {
    let moving: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if differences.is_empty() {
        return None;
    }
    if moving.is_empty() {
        return Some(PermutationTest { p: 1.0, smallest: 1.0, exact: true });
    }
    let size: f64 = moving.iter().map(|d| d.abs()).sum();
    // Sums equal in exact arithmetic may differ in their last bits: ties must count.
    let bar = moving.iter().sum::<f64>().abs() - 1e-12 * size;
    let n = moving.len();
    if n > EXACT_LIMIT {
        let mut rng = generator(&["sign-flip", name]);
        let extreme = (0..DRAWS).filter(|_| flipped(&moving, || rng.next_u64()).abs() >= bar);
        let p = (1 + extreme.count()) as f64 / (1 + DRAWS) as f64;
        return Some(PermutationTest { p, smallest: 1.0 / (1 + DRAWS) as f64, exact: false });
    }
    // By symmetry the last sign can stay: every pattern counts for itself and its mirror image.
    let half = 1u64 << (n - 1);
    let mut sum: f64 = moving.iter().sum();
    let mut signs = vec![1.0; n];
    let mut extreme = 1u64;
    // Gray code: from one pattern to the next a single sign changes.
    for step in 1..half {
        let i = step.trailing_zeros() as usize;
        signs[i] = -signs[i];
        sum += 2.0 * signs[i] * moving[i];
        extreme += u64::from(sum.abs() >= bar);
    }
    Some(PermutationTest {
        p: extreme as f64 / half as f64,
        smallest: 1.0 / half as f64,
        exact: true,
    })
}

/// Sum of the values with signs from random bits, 64 at a time.
fn flipped(values: &[f64], mut bits: impl FnMut() -> u64) -> f64 {
    let mut sum = 0.0;
    for chunk in values.chunks(64) {
        let word = bits();
        for (i, v) in chunk.iter().enumerate() {
            sum += if word >> i & 1 == 1 { *v } else { -*v };
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand_distr::StandardNormal;

    fn p(d: &[f64]) -> f64 {
        sign_flip(d, "t").unwrap().p
    }

    #[test]
    fn by_hand() {
        // |±1±2±3|: 6 4 2 0 and mirrored; sum 6 is met by 2 of 8, sum 4 by 4 of 8.
        assert_eq!(p(&[1.0, 2.0, 3.0]), 0.25);
        assert_eq!(p(&[-1.0, 2.0, 3.0]), 0.5);
        assert_eq!(p(&[1.0, 2.0, -3.0]), 1.0);
        assert_eq!(p(&[5.0]), 1.0);
        assert_eq!(p(&[0.0, 0.0]), 1.0);
        assert_eq!(sign_flip(&[], "t"), None);
    }

    #[test]
    fn smallest_attainable_is_two_over_two_to_the_n() {
        for (n, want) in [(5, 0.0625), (6, 0.03125), (8, 0.0078125), (10, 0.001953125)] {
            let d: Vec<f64> = (1..=n).map(f64::from).collect();
            let test = sign_flip(&d, "t").unwrap();
            assert_eq!((test.p, test.smallest, test.exact), (want, want, true));
        }
        // A zero difference cannot change sign: one pair less.
        assert_eq!(sign_flip(&[0.0, 1.0, 2.0], "t").unwrap().smallest, 0.5);
    }

    #[test]
    fn ties_count_despite_rounding() {
        // .1 + .2 - .3 is not 0 in binary; all eight patterns of equal size must be met as such.
        assert_eq!(p(&[0.1, 0.2, 0.3]), 0.25);
        assert_eq!(p(&[0.1, 0.2, -0.3]), 1.0);
    }

    #[test]
    fn above_the_limit_it_samples_and_says_so() {
        let mut d = vec![1.0; EXACT_LIMIT + 1];
        let all = sign_flip(&d, "t").unwrap();
        assert!(!all.exact && all.p <= 3.0 / 100_001.0, "{all:?}");
        for x in d.iter_mut().take(11) {
            *x = -1.0;
        }
        // |sum| = 1 is the least possible: every pattern is at least as extreme.
        assert_eq!(sign_flip(&d, "t").unwrap().p, 1.0);
        assert_eq!(sign_flip(&d, "a"), sign_flip(&d, "a"));
    }

    #[test]
    fn false_positive_rate_is_right_when_nothing_differs() {
        let mut rng = generator(&["null simulation"]);
        let trials = 4_000;
        for (n, level) in [(6, 0.05), (8, 0.05), (10, 0.01)] {
            let hits = (0..trials)
                .filter(|_| {
                    let d: Vec<f64> = (0..n).map(|_| rng.sample(StandardNormal)).collect();
                    p(&d) <= level
                })
                .count();
            // The true rate is the largest attainable p at most `level`: k·2/2ⁿ.
            let unit = 2.0 / f64::powi(2.0, n);
            let rate = (level / unit).floor() * unit;
            let sd = (rate * (1.0 - rate) / f64::from(trials)).sqrt();
            let got = hits as f64 / f64::from(trials);
            assert!((got - rate).abs() < 4.0 * sd, "n {n}: {got} against {rate} ± {sd}");
        }
    }
}
