//! Corrections for several comparisons: Holm's step-down, and Bonferroni's.

/// Adjusted p values in the order given (Holm 1979): sorted ascending, the k-th is multiplied by
/// m − k, then made monotone and cut at 1. Rejecting where the result is at most α keeps the
/// chance of any false rejection in the family at most α.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut floor = 0.0f64;
    for (rank, &index) in order.iter().enumerate() {
        floor = floor.max(((p.len() - rank) as f64 * p[index]).min(1.0));
        adjusted[index] = floor;
    }
    adjusted
}

/// Each p times their number, cut at 1 (Bonferroni). It is what holds where every comparison may be
/// told in two ways of which only one can be wrong: m comparisons have at most m claims that are
/// wrong among 2m, each at α/m. No step down: that a difference was found leaves "equal" open.
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    p.iter().map(|value| (p.len() as f64 * value).min(1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Sorted .01, .02, .03, .04 times 4, 3, 2, 1 = .04, .06, .06, .04 -> monotone.
        let adjusted = holm(&[0.04, 0.01, 0.03, 0.02]);
        for (got, want) in adjusted.iter().zip([0.06, 0.04, 0.06, 0.06]) {
            assert!((got - want).abs() < 1e-15, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(holm(&[0.03]), [0.03]);
        assert!(holm(&[]).is_empty());
        assert_eq!(bonferroni(&[0.25, 0.75]), [0.5, 1.0]);
        assert_eq!(bonferroni(&[0.03]), [0.03]);
    }
}
