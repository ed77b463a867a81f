//! Which images train the scorer, which choose, and which are reported on.

use std::ops::Range;

use crate::data::{DataSet, Images};

/// How the train images are divided. On MNIST the scorer is trained on `train[0:50000]`, epochs and
/// variants are chosen on `train[50000:60000]`, and what is reported is measured on the test
/// images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Train images of the scorer.
    pub scorer: Range<usize>,
    /// Train images that choose an epoch or a variant; the scorer never saw them.
    pub selection: Range<usize>,
    /// Train images to report on where the set has no test images.
    pub reference: Option<Range<usize>>,
}

impl Split {
    /// The division of this set.
    pub fn of(data: &DataSet) -> Self {
        let n = data.train.len();
        let held_out = data.held_out();
        let reference = data.test.is_none().then(|| n - held_out..n);
        let end = reference.as_ref().map_or(n, |range| range.start);
        Self { scorer: 0..end - held_out, selection: end - held_out..end, reference }
    }

    /// The images that choose, and what to call them.
    pub fn selection_images<'a>(&self, data: &'a DataSet) -> NamedImages<'a> {
        NamedImages::train(data, &self.selection)
    }

    /// The images to report on, and what to call them.
    pub fn reference_images<'a>(&self, data: &'a DataSet) -> NamedImages<'a> {
        match (&self.reference, &data.test) {
            (Some(range), _) => NamedImages::train(data, range),
            (None, Some(test)) => NamedImages::new("test".into(), test, 0..test.len()),
            (None, None) => unreachable!("a set without test images has a reference range"),
        }
    }
}

/// Some images of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedImages<'a> {
    /// Such as `test` or `train[50000:60000]`.
    pub name: String,
    /// Row-major pixels, one byte each.
    pub pixels: &'a [u8],
    /// One label an image.
    pub labels: &'a [u8],
}

impl<'a> NamedImages<'a> {
    fn new(name: String, images: &'a Images, range: Range<usize>) -> Self {
        let each = images.pixels_each();
        Self {
            name,
            pixels: &images.pixels[range.start * each..range.end * each],
            labels: &images.labels[range],
        }
    }

    /// These train images.
    pub fn train(data: &'a DataSet, range: &Range<usize>) -> Self {
        let name = format!("train[{}:{}]", range.start, range.end);
        Self::new(name, &data.train, range.clone())
    }

    /// Pixels in [0, 1].
    pub fn unit(&self) -> Vec<f32> {
        self.pixels.iter().map(|&p| f32::from(p) / 255.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataInfo;

    fn data(train: usize, test: Option<usize>) -> DataSet {
        let images = |n| Images { pixels: vec![0; n * 4], labels: vec![0; n], height: 2, width: 2 };
        DataSet {
            train: images(train),
            test: test.map(images),
            classes: 2,
            name: String::new(),
            hash: String::new(),
            info: DataInfo::default(),
        }
    }

    #[test]
    fn mnist_is_divided_as_in_the_paper() {
        let data = data(60_000, Some(10_000));
        let split = Split::of(&data);
        assert_eq!(split.scorer, 0..50_000);
        assert_eq!(split.selection_images(&data).name, "train[50000:60000]");
        assert_eq!(split.reference_images(&data).name, "test");
    }

    #[test]
    fn without_test_images_the_last_train_images_report() {
        let data = data(120, None);
        let split = Split::of(&data);
        assert_eq!(split.scorer, 0..80);
        assert_eq!(split.selection, 80..100);
        let reference = split.reference_images(&data);
        assert_eq!((reference.name.as_str(), reference.labels.len()), ("train[100:120]", 20));
    }
}
