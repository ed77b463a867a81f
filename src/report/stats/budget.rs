//! What the best of several runs is expected to be.

/// Expected best of b values drawn without replacement, for b = 1 … N:
/// E\[min\] = Σᵢ x₍ᵢ₎ C(N−i, b−1) / C(N, b) with x ascending (Dodge et al. 2019, without
/// replacement). The first is the mean, the last the best seen; there is nothing past N.
pub fn expected_best(x: &[f64], higher_is_better: bool) -> Vec<f64> {
    let mut x = super::describe::sorted(x);
    if higher_is_better {
        x.reverse();
    }
    let n = x.len();
    (1..=n)
        .map(|b| {
            // C(N−i, b−1) / C(N, b), from i = 1 where it is b/N, by the ratio of neighbours.
            let mut weight = b as f64 / n as f64;
            let mut sum = 0.0;
            for i in 1..=n + 1 - b {
                sum += weight * x[i - 1];
                if i < n {
                    weight *= (n + 1 - i - b) as f64 / (n - i) as f64;
                }
            }
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Pairs of 1, 2, 6: minima 1, 1, 2; maxima 2, 6, 6.
        let close = |got: Vec<f64>, want: [f64; 3]| {
            assert!(got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-12), "{got:?}");
        };
        close(expected_best(&[6.0, 1.0, 2.0], false), [3.0, 4.0 / 3.0, 1.0]);
        close(expected_best(&[6.0, 1.0, 2.0], true), [3.0, 14.0 / 3.0, 6.0]);
        assert!(expected_best(&[], false).is_empty());
    }
}
