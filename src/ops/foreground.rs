//! Images most of whose pixels are background: products of what stands out from it.
//!
//! With x = c + s, where c is the background's value, x·Wᵀ = s·Wᵀ + c·(1·Wᵀ), and s is 0 wherever
//! there is background: four fifths of MNIST.

use std::ops::Range;

use rayon::prelude::*;

use super::panel::{LANES, MOST_VECTORS, Panel, Scratch, TILE_ROWS, Vector};
use super::part_of;
use super::window::{Cut, Window, each_window};

/// Images as their background and what stands out from it.
#[derive(Debug)]
pub struct Foreground {
    images: Vec<f32>,
    background: f32,
    count: usize,
    parts: Vec<Part>,
}

/// What stands out in some of the images: those that one thread has listed.
#[derive(Debug)]
struct Part {
    /// Which images.
    images: Range<usize>,
    /// Where each image starts in `entries`, tile by tile of pixels; one more than there are.
    starts: Vec<u32>,
    /// Pixel, and its value less the background's.
    entries: Vec<(u32, f32)>,
}

/// Above this share of pixels that stand out, a dense product is about as fast.
const MOST_FOREGROUND: f64 = 0.4;

impl Foreground {
    /// Of row-major `images` with this number of pixels each; `None` if too much stands out from the
    /// smallest value among them.
    pub fn of(images: &[f32], pixels: usize) -> Option<Self> {
        let count = images.len() / pixels;
        let each = part_of(count);
        let parts = images.par_chunks(each * pixels);
        let least = |part: &[f32]| part.iter().copied().fold(f32::INFINITY, f32::min);
        let background = parts.clone().map(least).reduce(|| f32::INFINITY, f32::min);
        let most = (images.len() as f64 * MOST_FOREGROUND) as usize;
        let standing_out: usize = parts.clone().map(|part| differing(part, background)).sum();
        if images.is_empty() || standing_out > most {
            return None;
        }
        let parts = parts.enumerate().map(|(index, images)| {
            let first = index * each;
            let range = first..first + images.len() / pixels;
            Part::of(images, range, pixels, background)
        });
        Some(Self { parts: parts.collect(), images: images.to_vec(), background, count })
    }

    /// How many images.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The images themselves, row-major.
    pub fn images(&self) -> &[f32] {
        &self.images
    }

    /// `out = x·Wᵀ` for these images x: `w` is `[outputs, pixels]`, `out` `[len, outputs]`.
    ///
    /// Each element is summed in the order of the pixels, whatever the number of threads.
    pub(super) fn times_transposed(&self, w: &[f32], pixels: usize, out: &mut [f32]) {
        let outputs = w.len() / pixels;
        assert_eq!(out.len(), self.len() * outputs, "length of a product");
        let cut = Cut { stride: outputs, columns: 0..outputs, most: MOST_VECTORS, together: 16 };
        each_window(out, &cut, |mut window| {
            Scratch::with(|Scratch { panel, sums }| {
                panel.fill_transposed(w, pixels, pixels, window.columns(0));
                self.times_panel(panel, sums, &mut window);
            });
        });
    }

    /// Writes the product with a panel of Wᵀ into the window; its matrix begins with these images.
    pub(super) fn times_panel(
        &self,
        panel: &Panel,
        sums: &mut Vec<Vector>,
        window: &mut Window<'_>,
    ) {
        let images = window.rows().start..window.rows().end.min(self.count);
        if images.is_empty() {
            return;
        }
        let mut background = [Vector::ZERO; MOST_VECTORS];
        for row in panel.vectors.chunks_exact(panel.width()) {
            for (sum, w) in background.iter_mut().zip(row) {
                for (sum, w) in sum.0.iter_mut().zip(&w.0) {
                    *sum += w;
                }
            }
        }
        for v in background.iter_mut().flat_map(|v| &mut v.0) {
            *v *= self.background;
        }
        sums.clear();
        for _ in images.clone() {
            sums.extend_from_slice(&background[..panel.width()]);
        }
        for part in &self.parts {
            part.add_to(images.clone(), panel, sums);
        }
        for (image, sums) in images.zip(sums.chunks_exact(panel.width())) {
            for (out, sums) in window.row(image).chunks_mut(LANES).zip(sums) {
                out.copy_from_slice(&sums.0[..out.len()]);
            }
        }
    }
}

impl Part {
    fn of(pixels_of: &[f32], images: Range<usize>, pixels: usize, background: f32) -> Self {
        let mut starts = vec![0];
        let mut entries = vec![(0, 0.0); differing(pixels_of, background) + 1];
        let mut length = 0;
        for tile in (0..pixels).step_by(TILE_ROWS) {
            let tile = tile..(tile + TILE_ROWS).min(pixels);
            for image in pixels_of.chunks_exact(pixels) {
                for (pixel, value) in tile.clone().zip(&image[tile.clone()]) {
                    // Written in any case and kept by counting on: no branch to mispredict.
                    entries[length] = (pixel as u32, value - background);
                    length += usize::from(*value != background);
                }
                starts.push(length as u32);
            }
        }
        Self { images, starts, entries }
    }

    /// Adds its share to the sums of `wanted` images, those that are its own.
    fn add_to(&self, wanted: Range<usize>, panel: &Panel, sums: &mut [Vector]) {
        let own = wanted.start.max(self.images.start)..wanted.end.min(self.images.end);
        if own.is_empty() {
            return;
        }
        let rows =
            (own.start - wanted.start) * panel.width()..(own.end - wanted.start) * panel.width();
        let first = own.start - self.images.start;
        for tile in (first..self.starts.len() - 1).step_by(self.images.len()) {
            let starts = &self.starts[tile..=tile + own.len()];
            panel.add_rows(starts, &self.entries, &mut sums[rows.clone()]);
        }
    }
}

/// How many values are not this one.
fn differing(values: &[f32], from: f32) -> usize {
    values.iter().filter(|v| **v != from).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_dense_product() {
        let (images, pixels, outputs) = (5, 49, 130);
        let value = |i: usize| if i.is_multiple_of(4) { (i as f32).sin() + 1.5 } else { -1.0 };
        let x: Vec<f32> = (0..images * pixels).map(value).collect();
        let w: Vec<f32> = (0..outputs * pixels).map(|i| (i as f32 * 0.7).cos()).collect();
        let foreground = Foreground::of(&x, pixels).expect("a quarter stands out");
        let mut out = vec![f32::NAN; images * outputs];
        foreground.times_transposed(&w, pixels, &mut out);
        for (i, x) in x.chunks(pixels).enumerate() {
            for (j, w) in w.chunks(pixels).enumerate() {
                let dot = |(x, w): (&f32, &f32)| f64::from(*x) * f64::from(*w);
                let want: f64 = x.iter().zip(w).map(dot).sum();
                let got = f64::from(out[i * outputs + j]);
                assert!((got - want).abs() < 1e-4, "[{i}, {j}]: {got} against {want}");
            }
        }
    }

    #[test]
    fn is_none_where_much_stands_out() {
        let x: Vec<f32> = (0..100).map(|i| if i < 41 { i as f32 } else { -1.0 }).collect();
        assert!(Foreground::of(&x, 10).is_none());
        assert_eq!(Foreground::of(&x[10..], 10).map(|f| f.len()), Some(9));
        assert!(Foreground::of(&[], 10).is_none());
    }
}
