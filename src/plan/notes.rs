//! What is odd about a plan, though nothing of it is wrong.

use std::collections::BTreeMap;

use super::{DataFacts, Variant};
use crate::spec::Experiment;
use crate::text::list;

/// Most variants that one note names.
const NAMED: usize = 4;

/// One sentence an oddity.
pub(super) fn notes(experiment: &Experiment, variants: &[Variant]) -> Vec<String> {
    let mut notes = Vec::new();
    let data: BTreeMap<&str, &DataFacts> =
        variants.iter().map(|v| (&*v.data.hash, &v.data)).collect();
    for data in data.into_values() {
        notes.extend(data.remarks.iter().cloned());
        notes.extend(empty_classes(data));
    }
    let mut equal: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for point in &experiment.variants {
        equal.entry(point.in_single_precision()).or_default().push(&point.name);
    }
    for names in equal.into_values().filter(|names| names.len() > 1) {
        let shown: Vec<String> = names.iter().take(NAMED).map(|n| format!("`{n}`")).collect();
        let more = if names.len() > NAMED { ", and more," } else { "" };
        notes.push(format!(
            "the variants {}{more} differ by less than the single precision that networks train \
             in: each seed gives them equal weights",
            list(&shown)
        ));
    }
    notes
}

/// Which classes have no training image.
fn empty_classes(data: &DataFacts) -> Option<String> {
    let empty: Vec<String> = data.empty_classes.iter().map(ToString::to_string).collect();
    let (first, most) = (data.empty_classes.first()?, data.classes - 1);
    let from_one = if *first == 0 {
        "; labels count from 0: if these were meant to begin at 1, take 1 from each"
    } else {
        ""
    };
    Some(format!(
        "no training image of {} has the label {}, of 0 to {most}{from_one}",
        data.name,
        list(&empty)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_without_images_are_named_and_labels_from_1_suspected() {
        let said = |empty: &[usize]| {
            empty_classes(&DataFacts {
                name: "mine".into(),
                hash: String::new(),
                images: 5,
                height: 2,
                width: 2,
                classes: 4,
                empty_classes: empty.to_vec(),
                scored: 0,
                remarks: Vec::new(),
            })
        };
        assert_eq!(said(&[]), None);
        assert_eq!(
            said(&[1, 2]).unwrap(),
            "no training image of mine has the label 1 and 2, of 0 to 3"
        );
        assert_eq!(
            said(&[0]).unwrap(),
            "no training image of mine has the label 0, of 0 to 3; labels count from 0: if these \
             were meant to begin at 1, take 1 from each"
        );
    }
}
