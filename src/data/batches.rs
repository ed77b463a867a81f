//! The shuffled batches of an epoch, and their pixels in the networks' scale.

use rand::Rng;
use rand::seq::SliceRandom;

use super::Images;
use crate::spec::Output;

/// The batches of one epoch: every image once, in random order; the last batch may be smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
    order: Vec<u32>,
    batch: usize,
}

impl Batches {
    /// Shuffles `images` into batches of `batch`. The order depends on `rng` alone.
    ///
    /// # Panics
    /// If `batch` is 0.
    pub fn new(images: &Images, batch: usize, rng: &mut impl Rng) -> Self {
        assert!(batch > 0, "a batch has at least one image");
        // A data file's header counts in 32 bits, so an index fits.
        let mut order: Vec<u32> = (0..images.len() as u32).collect();
        order.shuffle(rng);
        Self { order, batch }
    }

    /// The image indices of each batch, in order.
    pub fn iter(&self) -> std::slice::Chunks<'_, u32> {
        self.order.chunks(self.batch)
    }
}

impl<'a> IntoIterator for &'a Batches {
    type Item = &'a [u32];
    type IntoIter = std::slice::Chunks<'a, u32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What each pixel byte becomes: (p - 127.5) / 127.5 in [-1, 1] for tanh, p / 255 in [0, 1] for
/// sigmoid.
const fn scaled(output: Output) -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut p = 0;
    while p < 256 {
        table[p] = match output {
            Output::Tanh => (p as f32 - 127.5) / 127.5,
            Output::Sigmoid => p as f32 / 255.0,
        };
        p += 1;
    }
    table
}

static TANH: [f32; 256] = scaled(Output::Tanh);
static SIGMOID: [f32; 256] = scaled(Output::Sigmoid);

/// Writes the images at `indices` into `out`, `indices.len() × pixels_each` row-major, in the scale
/// of the generator's output function.
///
/// # Panics
/// If `out` has another length or an index is out of range.
pub fn gather(images: &Images, indices: &[u32], output: Output, out: &mut [f32]) {
    let each = images.pixels_each();
    assert_eq!(out.len(), indices.len() * each, "one place a pixel");
    let table = match output {
        Output::Tanh => &TANH,
        Output::Sigmoid => &SIGMOID,
    };
    for (row, &index) in out.chunks_exact_mut(each).zip(indices) {
        let pixels = &images.pixels[index as usize * each..][..each];
        for (to, &from) in row.iter_mut().zip(pixels) {
            *to = table[usize::from(from)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Purpose, Stream};

    fn images(count: usize) -> Images {
        Images {
            pixels: (0..count * 2).map(|i| i as u8).collect(),
            labels: (0..count).map(|i| (i % 3) as u8).collect(),
            height: 1,
            width: 2,
        }
    }

    #[test]
    fn an_epoch_has_every_image_once_and_a_smaller_last_batch() {
        let images = images(10);
        let epoch =
            |epoch| Batches::new(&images, 4, &mut Stream::new(7).rng(Purpose::Shuffle, epoch, 0));
        let sizes: Vec<usize> = epoch(0).iter().map(<[u32]>::len).collect();
        assert_eq!(sizes, [4, 4, 2]);
        let mut seen: Vec<u32> = epoch(0).iter().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<u32>>());
        assert_eq!(epoch(0), epoch(0));
        assert_ne!(epoch(0), epoch(1));
    }

    #[test]
    fn the_order_of_seed_0_is_frozen() {
        // A change here changes every result: raise TRAINER_VERSION with it.
        let order = Batches::new(&images(10), 10, &mut Stream::new(0).rng(Purpose::Shuffle, 0, 0));
        assert_eq!(order.order, [3, 7, 8, 6, 9, 2, 5, 0, 4, 1]);
    }

    #[test]
    fn pixels_are_scaled_to_the_output_function() {
        let images =
            Images { pixels: vec![0, 51, 102, 255], labels: vec![4, 9], height: 1, width: 2 };
        let mut out = [0.0; 4];
        gather(&images, &[1, 0], Output::Tanh, &mut out);
        assert_eq!(out, [-0.2, 1.0, -1.0, -0.6]);
        gather(&images, &[1, 0], Output::Sigmoid, &mut out);
        assert_eq!(out, [0.4, 1.0, 0.0, 0.2]);
    }
}
