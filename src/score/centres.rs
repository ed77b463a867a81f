//! Which centres lie near an image: a filter of short vectors, and exact distances of what passes.
//!
//! A Parzen window is a sum over all centres of which only the nearest matter. An image's sketch is
//! its projection onto the span of some of the centres: two sketches are never further apart than
//! their images, so whoever is far by sketch is far.

use multiversion::multiversion;

use super::pixels::Pixels;
use crate::ops::matmul::{Operand, matmul};
use crate::run::NotComputable;

/// Most centres whose span is projected onto. On MNIST one pair of a hundred then passes; more
/// would cost more than they keep out.
const SPAN: usize = 128;
/// Images sketched at once.
const CHUNK: usize = 64;

/// The centres of a Parzen window: `n` images of `dim` pixels.
#[derive(Debug)]
pub(super) struct Centres<'a> {
    pixels: &'a [f32],
    dim: usize,
    /// `length × dim`: orthonormal rows.
    basis: Vec<f64>,
    /// `length × n`: a column each.
    sketches: Vec<f32>,
    /// Squared lengths of the sketches.
    norms: Vec<f32>,
}

/// Of some images, one after the other.
struct Sketches {
    /// `images × length`.
    values: Vec<f32>,
    /// Squared lengths.
    norms: Vec<f32>,
}

impl<'a> Centres<'a> {
    /// These images as centres.
    ///
    /// # Errors
    /// If a pixel is not finite.
    pub(super) fn new(pixels: &'a [f32], dim: usize) -> Result<Self, NotComputable> {
        let n = pixels.len() / dim;
        let every = n.div_ceil(SPAN).max(1);
        let basis = orthonormal(pixels.chunks_exact(dim).step_by(every));
        let length = basis.len() / dim;
        let mut centres =
            Self { pixels, dim, basis, sketches: vec![0.0; length * n], norms: Vec::new() };
        for pixels in pixels.chunks(CHUNK * dim) {
            let first = centres.norms.len();
            let Sketches { values, norms } = centres.sketch(Pixels::Unit(pixels), first)?;
            for (at, value) in values.into_iter().enumerate() {
                let (i, k) = (at / length, at % length);
                centres.sketches[k * n + first + i] = value;
            }
            centres.norms.extend(norms);
        }
        Ok(centres)
    }

    /// Number of centres.
    pub(super) fn len(&self) -> usize {
        self.norms.len()
    }

    /// Pixels of an image.
    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// Numbers of a sketch.
    fn length(&self) -> usize {
        self.basis.len() / self.dim
    }

    /// `first` is the number of the first image, for the error.
    fn sketch(&self, images: Pixels<'_>, first: usize) -> Result<Sketches, NotComputable> {
        let (n, length) = (images.len() / self.dim, self.length());
        let mut pixels = vec![0.0; n * self.dim];
        images.read(0, &mut pixels);
        if let Some(bad) = pixels.iter().position(|x| !x.is_finite()) {
            let (image, value) = (first + bad / self.dim, pixels[bad]);
            return Err(NotComputable(format!("sample {image} has a value that is {value}")));
        }
        let mut values = vec![0.0; n * length];
        matmul(
            Operand::new(&pixels, n, self.dim),
            Operand::new(&self.basis, length, self.dim).t(),
            &mut values,
            false,
        );
        let norm = |i: usize| {
            let sketch = &values[i * length..(i + 1) * length];
            dot(sketch, sketch) as f32
        };
        let norms = (0..n).map(norm).collect();
        Ok(Sketches { values: values.into_iter().map(|x| x as f32).collect(), norms })
    }

    /// Calls `visit` for every image, in their order, with the squared distances to its nearest
    /// centre and to all that lie within `reach` (a difference of squared distances) of that, in
    /// their order. What is found does not depend on the filter, so it has the same bits on every
    /// machine.
    ///
    /// # Errors
    /// If a pixel is not finite.
    pub(super) fn for_each_near(
        &self,
        images: Pixels<'_>,
        reach: f64,
        mut visit: impl FnMut(&[f64]),
    ) -> Result<(), NotComputable> {
        let Sketches { values, norms } = self.sketch(images, 0)?;
        let (n, length) = (self.len(), self.length());
        let mut products = vec![0.0; norms.len() * n];
        matmul(
            Operand::new(&values, norms.len(), length),
            Operand::new(&self.sketches, length, n),
            &mut products,
            false,
        );
        let longest = self.norms.iter().copied().fold(0.0, f32::max);
        let (mut image, mut near) = (vec![0.0; self.dim], Vec::new());
        for (i, row) in products.chunks_exact_mut(n).enumerate() {
            images.read(i * self.dim, &mut image);
            let exact = |j: usize| distance(&image, &self.pixels[j * self.dim..][..self.dim]);
            let least = to_distances(row, norms[i], &self.norms);
            let bound = row.iter().position(|&d| d == least).map_or(f64::INFINITY, exact);
            // Twice what rounding can make of sums as long as these.
            let rounding = (length + 16) as f32 * f32::EPSILON * (norms[i] + longest);
            let limit = (bound + reach) as f32 + rounding;
            near.clear();
            // What is no number, having been too large for f32, passes.
            let passed = row.iter().enumerate().filter(|(_, d)| d.is_nan() || **d <= limit);
            near.extend(passed.map(|(j, _)| exact(j)));
            let nearest = near.iter().copied().fold(f64::INFINITY, f64::min);
            near.retain(|&d| d <= nearest + reach);
            visit(&near);
        }
        Ok(())
    }
}

/// Orthonormal rows that span these vectors, by Gram and Schmidt, twice for rounding's sake. A
/// vector that the rows before it span adds none, and neither does one that is not finite.
fn orthonormal<'a>(vectors: impl Iterator<Item = &'a [f32]>) -> Vec<f64> {
    let mut basis: Vec<f64> = Vec::new();
    for vector in vectors {
        let mut rest: Vec<f64> = vector.iter().copied().map(f64::from).collect();
        let all = dot(&rest, &rest);
        for _ in 0..2 {
            for row in basis.chunks_exact(vector.len()) {
                let part = dot(&rest, row);
                rest.iter_mut().zip(row).for_each(|(x, b)| *x -= part * b);
            }
        }
        let left = dot(&rest, &rest);
        if left > 1e-12 * all && left.is_finite() {
            basis.extend(rest.iter().map(|x| x / left.sqrt()));
        }
    }
    basis
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// Inner products with a vector whose squared length is `own` to squared distances from it; gives
/// the least.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn to_distances(products: &mut [f32], own: f32, norms: &[f32]) -> f32 {
    const LANES: usize = 64;
    let mut least = [f32::INFINITY; LANES];
    for (products, norms) in products.chunks_mut(LANES).zip(norms.chunks(LANES)) {
        for ((product, norm), least) in products.iter_mut().zip(norms).zip(&mut least) {
            *product = own + norm - 2.0 * *product;
            *least = if *product < *least { *product } else { *least };
        }
    }
    least.into_iter().fold(f32::INFINITY, f32::min)
}

/// Squared distance, in lanes of one order on every machine.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn distance(x: &[f64], y: &[f32]) -> f64 {
    const LANES: usize = 32;
    let mut lanes = [0.0; LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let square = |(a, b): (&f64, &f32)| (a - f64::from(*b)) * (a - f64::from(*b));
    let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(square).sum();
    for (x, y) in xs.zip(ys) {
        for (lane, pair) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += square(pair);
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distances to all centres, sorted: none of them is filtered.
    fn all(centres: &[f32], image: &[f32], dim: usize) -> Vec<f64> {
        let of = |centre: &[f32]| {
            let pairs = centre.iter().zip(image);
            pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
        };
        let mut all: Vec<f64> = centres.chunks(dim).map(of).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn what_passes_is_what_lies_near() {
        let wave = |n: usize, step: f32| -> Vec<f32> {
            (0..n).map(|i| (i as f32 * step).sin() * 0.5 + 0.5).collect()
        };
        // Lengths that are no whole number of groups or lanes, too.
        for dim in [1, 2, 5, 16, 99] {
            let (fakes, images) = (wave(dim * 300, 0.37), wave(dim * 40, 0.91));
            let centres = Centres::new(&fakes, dim).unwrap();
            for reach in [0.0, 0.01, 1.0, f64::INFINITY] {
                let mut image = images.chunks(dim);
                let visit = |near: &[f64]| {
                    let mut want = all(&fakes, image.next().unwrap(), dim);
                    let nearest = want[0];
                    want.retain(|d| d - nearest <= reach);
                    let mut near = near.to_vec();
                    near.sort_by(f64::total_cmp);
                    assert_eq!(near.len(), want.len(), "{dim} {reach}");
                    assert!(near.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12));
                };
                centres.for_each_near(Pixels::Unit(&images), reach, visit).unwrap();
                assert!(image.next().is_none());
            }
        }
    }

    #[test]
    fn centres_that_span_nothing_filter_nothing() {
        let centres = Centres::new(&[0.0; 12], 3).unwrap();
        let mut seen = Vec::new();
        let visit = |near: &[f64]| seen.extend_from_slice(near);
        centres.for_each_near(Pixels::Bytes(&[255, 0, 0]), 1.0, visit).unwrap();
        assert_eq!(seen, [1.0; 4]);
    }

    #[test]
    fn numbers_too_large_for_the_filter_pass_it() {
        let fakes = [1e30, -1e30, 0.0, 0.0];
        let centres = Centres::new(&fakes, 2).unwrap();
        let mut seen = Vec::new();
        let images = Pixels::Unit(&[1.0, 0.0]);
        centres.for_each_near(images, 1.0, |near| seen.extend_from_slice(near)).unwrap();
        assert_eq!(seen, [1.0]);
    }
}
