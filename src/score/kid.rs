//! KID: the unbiased squared maximum mean discrepancy of features (Bińkowski et al. 2018).

use multiversion::multiversion;
use nalgebra::{DMatrixView, DMatrixViewMut};
use rand::seq::index;

use super::Features;
use super::features::{for_each_inner_product, for_each_inner_product_within};
use crate::model::{Purpose, Stream};
use crate::run::NotComputable;

/// Subsets of the full score.
pub(super) const SUBSETS: usize = 100;
/// Samples in each.
pub(super) const SUBSET_SIZE: usize = 1_000;
/// Samples at a time whose products are kept: 4 MB for 64 features.
const CHUNK: usize = 256;

/// KID over 100 subsets of 1,000: the mean of their unbiased MMD². Drawn without replacement within
/// a subset. Where one side has fewer samples than a subset, the estimate over
/// all samples is taken: it is unbiased at any size.
///
/// # Errors
/// With fewer than two samples on a side, or if all features of a side are equal.
pub fn kid(real: &Features, fake: &Features, stream: Stream) -> Result<f64, NotComputable> {
    kid_within(real, || subsets_within(real, stream), fake, stream)
}

/// [`kid`] with what the real images alone add to it, from [`subsets_within`] of them and `stream`.
/// It is asked for only where subsets are drawn.
pub(super) fn kid_within<W: AsRef<[f64]>>(
    real: &Features,
    real_within: impl FnOnce() -> W,
    fake: &Features,
    stream: Stream,
) -> Result<f64, NotComputable> {
    check(real, "real")?;
    check(fake, "fake")?;
    if real.len().min(fake.len()) < SUBSET_SIZE {
        return Ok(mmd2(kernel_mean_within(real), fake, real));
    }
    let mut total = 0.0;
    for (subset, &within) in real_within().as_ref().iter().enumerate() {
        let mut draw = subset_of(stream, subset);
        let (x, y) = (draw(real), draw(fake));
        total += mmd2(within, &y, &x);
    }
    Ok(total / SUBSETS as f64)
}

/// Mean kernel within each of the subsets that [`kid`] draws from the real images: the same for all
/// fakes.
///
/// # Panics
/// If there are fewer than a subset has.
pub(super) fn subsets_within(real: &Features, stream: Stream) -> Vec<f64> {
    (0..SUBSETS).map(|subset| kernel_mean_within(&subset_of(stream, subset)(real))).collect()
}

/// Draws a subset's samples, first of the real images, then of the fakes.
fn subset_of(stream: Stream, subset: usize) -> impl FnMut(&Features) -> Features {
    let mut rng = stream.rng(Purpose::Score("kid-subset"), 0, subset as u64);
    move |set| set.select(&index::sample(&mut rng, set.len(), SUBSET_SIZE).into_vec())
}

/// The unbiased MMD² of all fakes to all real samples.
pub(super) fn kid_all(real: &MeanEmbedding, fake: &MeanEmbedding) -> f64 {
    real.kernel_mean_within() + fake.kernel_mean_within() - 2.0 * real.kernel_mean(fake)
}

/// The mean over a set of φ(x), where φ(x)·φ(y) = (x·y / dim + 1)³: the products of up to three
/// features, weighted. The mean kernel over all pairs of two sets is then one inner product, and
/// for 1,000 fakes against 10,000 real images an eighth of the work of going through the pairs.
#[derive(Clone, Debug)]
pub(super) struct MeanEmbedding {
    n: usize,
    values: Vec<f64>,
    /// Sum over the set of k(x, x).
    own: f64,
}

impl MeanEmbedding {
    /// The mean embedding of a set; `side` names it in an error.
    ///
    /// # Errors
    /// As [`kid`].
    pub(super) fn new(features: &Features, side: &str) -> Result<Self, NotComputable> {
        check(features, side)?;
        let (n, dim) = (features.len(), features.dim());
        let pairs = dim * (dim + 1) / 2;
        let (mut first, mut second) = (vec![0.0; dim], vec![0.0; pairs]);
        let mut third = vec![0.0; pairs * dim];
        let rows: Vec<usize> = (0..n).collect();
        for rows in rows.chunks(CHUNK) {
            let mut products = Vec::with_capacity(rows.len() * pairs);
            for x in rows.iter().map(|&i| features.row(i)) {
                first.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
                for (i, &x_i) in x.iter().enumerate() {
                    products.push(x_i * x_i);
                    // Stands for (i, j) and (j, i).
                    let twice = std::f64::consts::SQRT_2 * x_i;
                    products.extend(x[i + 1..].iter().map(|x_j| twice * x_j));
                }
            }
            for row in products.chunks_exact(pairs) {
                second.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            DMatrixViewMut::from_slice(&mut third, pairs, dim).gemm(
                1.0,
                &DMatrixView::from_slice(&products, pairs, rows.len()),
                &features.columns(rows[0]..rows[0] + rows.len()).transpose(),
                1.0,
            );
        }
        let d = dim as f64;
        let scaled =
            |sums: Vec<f64>, weight: f64| sums.into_iter().map(move |x| x * weight / n as f64);
        let values = std::iter::once(1.0)
            .chain(scaled(first, (3.0 / d).sqrt()))
            .chain(scaled(second, 3.0_f64.sqrt() / d))
            .chain(scaled(third, d.powf(-1.5)))
            .collect();
        let own = features.squared_norms().iter().map(|&x| kernel(x, d)).sum();
        Ok(Self { n, values, own })
    }

    /// Mean kernel over the pairs of one of this set and one of the other.
    fn kernel_mean(&self, other: &Self) -> f64 {
        self.values.iter().zip(&other.values).map(|(a, b)| a * b).sum()
    }

    /// Mean kernel over the pairs of two different samples of this set.
    fn kernel_mean_within(&self) -> f64 {
        let n = self.n as f64;
        (n * n * self.kernel_mean(self) - self.own) / (n * (n - 1.0))
    }
}

fn check(features: &Features, side: &str) -> Result<(), NotComputable> {
    if features.len() < 2 {
        return Err(NotComputable(format!("{} {side} samples; at least 2 needed", features.len())));
    }
    if features.all_equal() {
        return Err(NotComputable(format!("all {side} samples have the same features")));
    }
    Ok(())
}

/// MMD² = mean over i≠j of k(xᵢ,xⱼ) + the same of y - 2·mean of k(xᵢ,yⱼ) (equation 4 there).
fn mmd2(real_within: f64, fake: &Features, real: &Features) -> f64 {
    real_within + kernel_mean_within(fake) - 2.0 * kernel_mean_between(fake, real)
}

/// The polynomial kernel of an inner product: (x·y / dim + 1)³.
#[inline(always)]
fn kernel(product: f64, dim: f64) -> f64 {
    let base = product / dim + 1.0;
    base * base * base
}

/// Mean kernel over all pairs of two different samples of one set.
fn kernel_mean_within(x: &Features) -> f64 {
    let dim = x.dim() as f64;
    let mut total = 0.0;
    for_each_inner_product_within(x, |i, j0, row| {
        // Pairs beyond the diagonal stand for themselves and their mirror image.
        let beyond = (i + 1).saturating_sub(j0).min(row.len());
        total += 2.0 * sum_of_kernels(&row[beyond..], dim);
    });
    total / (x.len() as f64 * (x.len() as f64 - 1.0))
}

fn kernel_mean_between(x: &Features, y: &Features) -> f64 {
    let dim = x.dim() as f64;
    let mut total = 0.0;
    for_each_inner_product(x, y, |_, _, row| total += sum_of_kernels(row, dim));
    total / (x.len() as f64 * y.len() as f64)
}

/// Sum of the kernels of these inner products, in lanes of one order on every machine.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn sum_of_kernels(products: &[f64], dim: f64) -> f64 {
    const LANES: usize = 32;
    let mut sums = [0.0; LANES];
    let whole = products.chunks_exact(LANES);
    for (sum, &product) in sums.iter_mut().zip(whole.remainder()) {
        *sum += kernel(product, dim);
    }
    for products in whole {
        for (sum, &product) in sums.iter_mut().zip(products) {
            *sum += kernel(product, dim);
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, phase: f64) -> Features {
        let values = (0..n * 3).map(|i| (i as f64 * 1.3 + phase).sin()).collect();
        Features::new(3, values).unwrap()
    }

    #[test]
    fn subsets_agree_with_the_whole_and_repeat() {
        let (x, y) = (wave(1500, 0.0), wave(1500, 1.0));
        let stream = Stream::new(7);
        let by_subsets = kid(&x, &y, stream).unwrap();
        let whole = mmd2(kernel_mean_within(&x), &y, &x);
        assert!((by_subsets - whole).abs() < 2e-3, "{by_subsets} {whole}");
        assert_eq!(by_subsets.to_bits(), kid(&x, &y, stream).unwrap().to_bits());
    }

    #[test]
    fn the_mean_embedding_gives_what_the_pairs_give() {
        // Less than one chunk of samples, and several.
        for (n, m) in [(2, 3), (300, 700)] {
            let (x, y) = (wave(n, 0.0), wave(m, 1.0));
            let pairs = mmd2(kernel_mean_within(&x), &y, &x);
            let embedding = |set| MeanEmbedding::new(set, "real").unwrap();
            let got = kid_all(&embedding(&x), &embedding(&y));
            assert!((got - pairs).abs() < 1e-13, "{n} {m}: {got} {pairs}");
        }
    }

    #[test]
    fn equal_features_have_no_kid() {
        let equal = Features::new(3, vec![1.0; 30]).unwrap();
        assert_eq!(
            kid(&wave(9, 0.0), &equal, Stream::new(0)).unwrap_err().to_string(),
            "all fake samples have the same features"
        );
    }
}
