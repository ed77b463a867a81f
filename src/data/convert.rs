//! A set as IDX files, in an order of its own or with its classes mixed.

use super::dataset::{DataSet, Images};
use super::idx::header;
use super::idx_folder::CLASS_NAMES;
use super::load::NAMES;
use super::spread::spread;

impl DataSet {
    /// The files that hold this set, by name: what [`DataSet::load`] reads back from their folder.
    pub fn idx_files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let parts = [Some(&self.train), self.test.as_ref()];
        let files = parts.into_iter().flatten().flat_map(|part| [images(part), labels(part)]);
        let mut files: Vec<_> = NAMES.into_iter().zip(files).collect();
        if !self.info.class_names.is_empty() {
            let lines = self.info.class_names.iter().map(|name| format!("{name}\n"));
            files.push((CLASS_NAMES, lines.collect::<String>().into_bytes()));
        }
        files
    }

    /// The same images in an order in which every stretch has the classes in the shares of the whole.
    pub fn spread(mut self) -> Self {
        for part in [Some(&mut self.train), self.test.as_mut()].into_iter().flatten() {
            let order = spread(&part.labels);
            let each = part.pixels_each();
            let image = |i: &usize| &part.pixels[i * each..(i + 1) * each];
            part.pixels = order.iter().flat_map(image).copied().collect();
            part.labels = order.iter().map(|&i| part.labels[i]).collect();
        }
        self
    }
}

fn images(part: &Images) -> Vec<u8> {
    let mut file = header(&[part.len(), part.height, part.width]);
    file.extend(&part.pixels);
    file
}

fn labels(part: &Images) -> Vec<u8> {
    let mut file = header(&[part.len()]);
    file.extend(&part.labels);
    file
}
