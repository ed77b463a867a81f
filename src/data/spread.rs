//! An order in which every stretch of a set has the classes in the shares of the whole.

/// Where each image goes: the classes take turns, each as often as it has images, and the images of
/// a class stay in their order. So the first so many images, and the last ones, which are held out
/// for scores, are of all classes; and no image is held out from among its neighbours.
pub(super) fn spread(labels: &[u8]) -> Vec<usize> {
    let mut counts = [0u64; 256];
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    let mut seen = [0u64; 256];
    // The middle of the image's part of its class, as a share of 2³² of it.
    let mut place = |label: u8| {
        let (seen, count) = (&mut seen[usize::from(label)], counts[usize::from(label)]);
        *seen += 1;
        (((2 * *seen - 1) << 31) / count, label)
    };
    let mut order: Vec<_> = labels.iter().map(|&l| place(l)).enumerate().collect();
    order.sort_by_key(|&(_, place)| place);
    order.into_iter().map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_take_turns_by_their_shares() {
        let labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];
        let order = spread(&labels);
        assert_eq!(order, [0, 1, 6, 2, 8, 3, 4, 7, 5]);
        assert_eq!(spread(&[]), [0; 0]);
    }

    proptest::proptest! {
        #[test]
        fn every_stretch_has_the_shares_of_the_whole(labels in proptest::collection::vec(0u8..4, 1..200)) {
            let order = spread(&labels);
            let mut all = order.clone();
            all.sort_unstable();
            proptest::prop_assert!(all.into_iter().eq(0..labels.len()));
            let count = |label: u8, of: &[usize]| of.iter().filter(|&&i| labels[i] == label).count() as f64;
            for end in 0..=order.len() {
                for label in 0..4 {
                    let share = count(label, &order) / labels.len() as f64;
                    let off = count(label, &order[..end]) - share * end as f64;
                    proptest::prop_assert!(off.abs() <= 4.0, "{label} in the first {end}: {off}");
                }
            }
        }
    }
}
