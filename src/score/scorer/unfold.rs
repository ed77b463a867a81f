//! Convolution as a matrix product: every window of an image becomes a row.

use std::ops::Range;

/// Windows are `SIZE × SIZE`, `STEP` apart, over an image with `PAD` zeros around: the output has
/// half the input's height and width, rounded up.
pub(super) const SIZE: usize = 5;
const STEP: usize = 2;
const PAD: usize = 2;

/// A picture of several channels: `height × width × channels`, channels innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Picture {
    /// Numbers in one picture.
    pub(super) fn len(self) -> usize {
        self.height * self.width * self.channels
    }

    /// What a convolution with this many output channels makes of it.
    pub(super) fn convolved(self, channels: usize) -> Self {
        Self { height: self.height.div_ceil(STEP), width: self.width.div_ceil(STEP), channels }
    }

    /// Windows in one picture.
    pub(super) fn windows(self) -> usize {
        self.height.div_ceil(STEP) * self.width.div_ceil(STEP)
    }

    /// Numbers in one window.
    pub(super) fn window_len(self) -> usize {
        SIZE * SIZE * self.channels
    }
}

/// Writes every window of every picture as a row of `rows`: (y, x, channel), with zeros where the
/// window leaves the picture.
pub(super) fn unfold(pictures: &[f32], of: Picture, rows: &mut [f32]) {
    rows.fill(0.0);
    for (picture, rows) in
        pictures.chunks_exact(of.len()).zip(rows.chunks_exact_mut(of.windows() * of.window_len()))
    {
        for_each_overlap(of, |pixels, numbers| {
            rows[numbers].copy_from_slice(&picture[pixels]);
        });
    }
}

/// The gradient of [`unfold`]: adds every number of `rows` to the pixel it was copied from.
pub(super) fn fold_add(rows: &[f32], of: Picture, pictures: &mut [f32]) {
    for (picture, rows) in
        pictures.chunks_exact_mut(of.len()).zip(rows.chunks_exact(of.windows() * of.window_len()))
    {
        for_each_overlap(of, |pixels, numbers| {
            for (pixel, number) in picture[pixels].iter_mut().zip(&rows[numbers]) {
                *pixel += number;
            }
        });
    }
}

/// Calls `visit(pixels, numbers)` for every line of every window that lies in the picture.
fn for_each_overlap(of: Picture, mut visit: impl FnMut(Range<usize>, Range<usize>)) {
    let Picture { height, width, channels } = of;
    let mut row = 0;
    for top in (0..height).step_by(STEP) {
        for left in (0..width).step_by(STEP) {
            // The window's columns inside the picture, counted from PAD left of `left`.
            let columns = PAD.saturating_sub(left)..SIZE.min(width + PAD - left);
            for line in PAD.saturating_sub(top)..SIZE.min(height + PAD - top) {
                let pixel = (top + line - PAD) * width + left + columns.start - PAD;
                let number = row + line * SIZE + columns.start;
                let count = columns.len() * channels;
                let (pixel, number) = (pixel * channels, number * channels);
                visit(pixel..pixel + count, number..number + count);
            }
            row += SIZE * SIZE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: Picture = Picture { height: 5, width: 4, channels: 3 };

    fn wave(n: usize) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.71).sin()).collect()
    }

    #[test]
    fn windows_hold_their_pixels() {
        let pictures = wave(2 * ODD.len());
        let mut rows = vec![f32::NAN; 2 * ODD.windows() * ODD.window_len()];
        unfold(&pictures, ODD, &mut rows);
        let mut numbers = rows.iter();
        for picture in pictures.chunks(ODD.len()) {
            for top in [-2, 0, 2] {
                for left in [-2, 0] {
                    for (y, x) in (0..5).flat_map(|y| (0..5).map(move |x| (top + y, left + x))) {
                        for channel in 0..3 {
                            let inside = (0..5).contains(&y) && (0..4).contains(&x);
                            let at = (y * 4 + x) * 3 + channel;
                            let want = if inside { picture[at as usize] } else { 0.0 };
                            assert_eq!(*numbers.next().unwrap(), want);
                        }
                    }
                }
            }
        }
        assert!(numbers.next().is_none());
    }

    #[test]
    fn fold_is_the_transpose_of_unfold() {
        // <unfold(x), y> = <x, fold(y)> for a linear map and its transpose.
        let x = wave(ODD.len());
        let y: Vec<f32> =
            (0..ODD.windows() * ODD.window_len()).map(|i| (i as f32 * 0.3).cos()).collect();
        let mut unfolded = vec![0.0; y.len()];
        unfold(&x, ODD, &mut unfolded);
        let mut folded = vec![0.0; x.len()];
        fold_add(&y, ODD, &mut folded);
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        assert!((dot(&unfolded, &y) - dot(&x, &folded)).abs() < 1e-3);
    }
}
