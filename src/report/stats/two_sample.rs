//! The two-sample permutation test: do two groups of independent runs have the same mean?

use super::arrangements::{Arrangements, Permute, Sampling};
use super::counting::Symmetry;
use super::permutation::PermutationTest;

/// Two-sided permutation test of the difference of means of `x` and `y` (Pitman 1937): p is the
/// share of the C(n + m, n) ways to deal the runs out to the two groups in which |x̄ − ȳ| is at
/// least as large as seen. Exact where runs are independent and, if nothing differs, alike; with
/// unequal spread it is near its level only for n = m. The smallest p is 2/C(2n, n) for n = m and
/// 1/C(n + m, n) otherwise. `None` where a side is empty.
pub fn two_sample(x: &[f64], y: &[f64], sampling: Sampling<'_>) -> Option<PermutationTest> {
    let all = Arrangements::new(&[x.to_vec(), y.to_vec()], Permute::AllRuns)?;
    // The sum of centred values of one group fixes that of the other, and so the difference.
    Some(all.test(sampling, Symmetry::Reversed, |sums| sums[0].abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn test(x: &[f64], y: &[f64]) -> PermutationTest {
        two_sample(x, y, Sampling::verdict("t")).unwrap()
    }

    #[test]
    fn by_hand() {
        // Pairs out of 1, 2, 4, 8 by their sum, 3 5 9 6 10 12: from the middle 7.5 as far as 3 are
        // 3 and 12, as far as 5 are 3, 5, 10, 12.
        assert_eq!(test(&[1.0, 2.0], &[4.0, 8.0]).p, 2.0 / 6.0);
        assert_eq!(test(&[1.0, 4.0], &[2.0, 8.0]).p, 4.0 / 6.0);
        assert_eq!(test(&[8.0, 1.0], &[2.0, 4.0]).p, 1.0);
        assert_eq!(two_sample(&[], &[1.0], Sampling::verdict("t")), None);
    }

    #[test]
    fn smallest_attainable() {
        for (n, m, want) in [(4, 4, 2.0 / 70.0), (5, 5, 2.0 / 252.0), (3, 5, 1.0 / 56.0)] {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let y: Vec<f64> = (0..m).map(|i| f64::from(i) + 100.0).collect();
            assert_eq!(test(&x, &y).smallest, want);
            // Of unequal groups the largest |difference| is that of the smaller one at an end.
            assert_eq!(test(&x, &y).p, want);
        }
    }

    #[test]
    fn ties_count_despite_rounding() {
        // .1 + .2 is not .3: both groups sum to .5 in exact arithmetic, and every other way to
        // deal out differs from that by as much or more.
        assert_eq!(test(&[0.1, 0.4], &[0.2, 0.3]).p, 1.0);
        assert_eq!(test(&[0.7; 3], &[0.1 * 7.0; 3]).p, 1.0);
        // Far from zero rounding is larger than the last bits of the spread.
        assert_eq!(test(&[1e6 + 0.1, 1e6 + 0.4], &[1e6 + 0.2, 1e6 + 0.3]).p, 1.0);
    }

    proptest! {
        #[test]
        fn units_and_sides_do_not_matter(
            x in prop::collection::vec(-10.0..10.0, 2..5),
            y in prop::collection::vec(-10.0..10.0, 2..5),
            scale in 0.1..10.0,
            offset in -10.0..10.0,
        ) {
            let moved = |v: &[f64]| v.iter().map(|v| offset - scale * v).collect::<Vec<f64>>();
            let p = test(&x, &y).p;
            prop_assert_eq!(p, test(&y, &x).p);
            prop_assert_eq!(p, test(&moved(&x), &moved(&y)).p);
            prop_assert!(p >= test(&x, &y).smallest);
        }
    }
}
