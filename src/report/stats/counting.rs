//! How many arrangements of labels there are, one after the other, and how many look the same.

/// Whether mirror images or renamed levels look as extreme as an arrangement itself does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symmetry {
    /// One-sided: neither.
    None,
    /// Two-sided over ordered levels: the levels in reverse.
    Reversed,
    /// Unordered levels: any renaming.
    Renamed,
}

/// Labels of so many values of each level, ascending: the first arrangement.
pub(super) fn labels(sizes: &[usize]) -> Vec<usize> {
    sizes.iter().enumerate().flat_map(|(level, n)| std::iter::repeat_n(level, *n)).collect()
}

/// The next distinct arrangement in lexicographic order; `false` after the last.
pub(super) fn next_arrangement(labels: &mut [usize]) -> bool {
    let Some(i) = labels.windows(2).rposition(|pair| pair[0] < pair[1]) else {
        return false;
    };
    let larger = |label: &usize| *label > labels[i];
    let j = labels.iter().rposition(larger).expect("the right neighbour is larger");
    labels.swap(i, j);
    labels[i + 1..].reverse();
    true
}

/// n! / Π nₗ!: distinct arrangements of so many labels of each level.
pub(super) fn arrangements(sizes: &[usize]) -> f64 {
    let (mut total, mut placed) = (1.0, 0);
    for size in sizes {
        for i in 1..=*size {
            placed += 1;
            total *= placed as f64 / i as f64;
        }
    }
    total.round()
}

/// The smallest share of arrangements that any values could give: the most extreme one and those
/// that look the same.
pub(super) fn smallest_share(blocks: &[&[usize]], symmetry: Symmetry) -> f64 {
    let total: f64 = blocks.iter().map(|sizes| arrangements(sizes)).product();
    let alike = match symmetry {
        Symmetry::None => 1.0,
        Symmetry::Reversed => {
            let mirrored = blocks.iter().all(|s| s.iter().eq(s.iter().rev()));
            if mirrored { 2.0 } else { 1.0 }
        }
        // Levels of equal size in every block can change names.
        Symmetry::Renamed => {
            let levels = blocks.first().map_or(0, |sizes| sizes.len());
            let sizes_of = |level: usize| blocks.iter().map(move |sizes| sizes[level]);
            let earlier = |level| (0..level).filter(move |l| sizes_of(*l).eq(sizes_of(level)));
            (0..levels).map(|level| (1 + earlier(level).count()) as f64).product()
        }
    };
    alike / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_are_distinct_and_all_there() {
        for sizes in [vec![2, 2], vec![1, 1, 1, 1], vec![3, 1, 2], vec![4, 4]] {
            let mut labels = labels(&sizes);
            let mut seen = std::collections::BTreeSet::from([labels.clone()]);
            while next_arrangement(&mut labels) {
                assert!(seen.insert(labels.clone()), "{labels:?} twice");
            }
            assert_eq!(seen.len() as f64, arrangements(&sizes));
        }
    }

    #[test]
    fn smallest_shares_by_hand() {
        // Two of two and two: 2 of 6; of two and three: 1 of 10; three seeds of five levels.
        assert_eq!(smallest_share(&[&[2, 2]], Symmetry::Reversed), 2.0 / 6.0);
        assert_eq!(smallest_share(&[&[2, 3]], Symmetry::Reversed), 1.0 / 10.0);
        assert_eq!(smallest_share(&[&[1; 5][..]; 3], Symmetry::Reversed), 2.0 / 1_728_000.0);
        assert_eq!(smallest_share(&[&[1; 3][..]; 2], Symmetry::Renamed), 6.0 / 36.0);
        assert_eq!(smallest_share(&[&[2, 1, 2]], Symmetry::Renamed), 2.0 / 30.0);
        assert_eq!(smallest_share(&[&[2, 2]], Symmetry::None), 1.0 / 6.0);
    }
}
