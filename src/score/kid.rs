//! KID: the unbiased squared maximum mean discrepancy of features (Bińkowski et al. 2018).

use rand::seq::index;

use super::features::for_each_inner_product;
use super::{Features, NotComputable};
use crate::plan::{Purpose, Stream};

/// Subsets of the full score.
pub(super) const SUBSETS: usize = 100;
/// Samples in each.
pub(super) const SUBSET_SIZE: usize = 1_000;

/// KID over 100 subsets of 1,000: the mean of their unbiased MMD². Drawn without replacement within
/// a subset. Where one side has fewer samples than a subset, the estimate over
/// all samples is taken: it is unbiased at any size.
///
/// # Errors
/// With fewer than two samples on a side, or if all features of a side are equal.
pub fn kid(real: &Features, fake: &Features, stream: Stream) -> Result<f64, NotComputable> {
    check(real, "real")?;
    check(fake, "fake")?;
    if real.len().min(fake.len()) < SUBSET_SIZE {
        return Ok(mmd2(kernel_mean_within(real), fake, real));
    }
    let mut total = 0.0;
    for subset in 0..SUBSETS {
        let mut rng = stream.rng(Purpose::Score("kid-subset"), 0, subset as u64);
        let mut draw = |set: &Features| {
            set.select(&index::sample(&mut rng, set.len(), SUBSET_SIZE).into_vec())
        };
        let (x, y) = (draw(real), draw(fake));
        total += mmd2(kernel_mean_within(&x), &y, &x);
    }
    Ok(total / SUBSETS as f64)
}

/// The unbiased MMD² of all fakes to all real samples; `real_within` is
/// [`kernel_mean_within`] of the real ones, which an epoch-by-epoch score computes once.
///
/// # Errors
/// As [`kid`].
pub fn kid_all(real_within: f64, real: &Features, fake: &Features) -> Result<f64, NotComputable> {
    check(real, "real")?;
    check(fake, "fake")?;
    Ok(mmd2(real_within, fake, real))
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
fn kernel(product: f64, dim: f64) -> f64 {
    let base = product / dim + 1.0;
    base * base * base
}

/// Mean kernel over all pairs of two different samples of one set.
pub fn kernel_mean_within(x: &Features) -> f64 {
    let dim = x.dim() as f64;
    let mut total = 0.0;
    for_each_inner_product(x, x, |i, j0, row| {
        total += row.iter().map(|&p| kernel(p, dim)).sum::<f64>();
        if let Some(&own) = i.checked_sub(j0).and_then(|j| row.get(j)) {
            total -= kernel(own, dim);
        }
    });
    total / (x.len() as f64 * (x.len() as f64 - 1.0))
}

fn kernel_mean_between(x: &Features, y: &Features) -> f64 {
    let dim = x.dim() as f64;
    let mut total = 0.0;
    for_each_inner_product(x, y, |_, _, row| {
        total += row.iter().map(|&p| kernel(p, dim)).sum::<f64>();
    });
    total / (x.len() as f64 * y.len() as f64)
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
        let whole = kid_all(kernel_mean_within(&x), &x, &y).unwrap();
        assert!((by_subsets - whole).abs() < 2e-3, "{by_subsets} {whole}");
        assert_eq!(by_subsets.to_bits(), kid(&x, &y, stream).unwrap().to_bits());
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
