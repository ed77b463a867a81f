//! What was found of a set, before its parts are held against each other.

use image::GrayImage;
use image::imageops::{self, FilterType};

use super::dataset::DataInfo;
use super::idx::Idx;

/// Images or labels with the name that errors call them by.
pub(super) struct Loaded {
    /// A file, a folder, or an array in a file.
    pub(super) file: String,
    /// As an IDX file would hold them.
    pub(super) idx: Idx,
}

/// Images with their labels, of the train set and perhaps of a test set.
pub(super) struct Found {
    /// Images and labels.
    pub(super) train: [Loaded; 2],
    /// Images and labels; not every set has them.
    pub(super) test: Option<[Loaded; 2]>,
    /// What a person calls the set.
    pub(super) name: String,
    /// What else is known of it.
    pub(super) info: DataInfo,
}

impl Found {
    /// Brings all images to this height and width; those that have it stay as they are.
    pub(super) fn resize(&mut self, (height, width): (usize, usize)) {
        for [images, _] in [Some(&mut self.train), self.test.as_mut()].into_iter().flatten() {
            let [count, from_height, from_width] = images.idx.shape[..] else { continue };
            if (from_height, from_width) == (height, width) {
                continue;
            }
            let each = images.idx.bytes.chunks_exact(from_height * from_width);
            let resized = each.flat_map(|image| {
                resize(image.to_vec(), (from_height, from_width), (height, width))
            });
            images.idx = Idx::new(vec![count, height, width], resized.collect());
        }
    }
}

/// The grey of a colour: luma of ITU-R BT.601 in 16 bits, as Pillow's `convert("L")`.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    ((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16) as u8
}

/// One image at another size: each pixel the mean of those that lie under it, the nearer ones more
/// (a triangle as wide as the step between pixels), as Pillow's `BILINEAR`.
pub(super) fn resize(pixels: Vec<u8>, from: (usize, usize), to: (usize, usize)) -> Vec<u8> {
    let (height, width) = (from.0 as u32, from.1 as u32);
    match GrayImage::from_raw(width, height, pixels) {
        Some(image) => {
            imageops::resize(&image, to.1 as u32, to.0 as u32, FilterType::Triangle).into_raw()
        }
        None => unreachable!("an image has its height times its width in pixels"),
    }
}
