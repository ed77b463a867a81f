//! Parzen-window log-likelihood of images (Breuleux et al. 2009; the procedure of Goodfellow et
//! al. 2014): a legacy score, kept only to stand beside the conditional GAN paper's table 1.
//!
//! Theis et al. (2016) show that it does not rank generators by quality.

use rayon::prelude::*;

use super::centres::Centres;
use super::pixels::Pixels;
use crate::run::NotComputable;

/// Validation images that choose σ.
pub(super) const VALIDATION: usize = 1_000;
/// Candidates of the coarse grid, logspace(-1, 0, 10), and between two of them of the refined one.
const GRID: usize = 10;
/// Images at a time: what is computed of their pairs with 10,000 centres takes 2.5 MB.
const CHUNK: usize = 64;
/// e^-45 of 10,000 terms is below the last bit of a sum of at least 1.
const NEGLIGIBLE: f64 = 45.0;

/// Mean log-likelihood of test images under a Parzen window on generated ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likelihood {
    /// Kernel width, in pixels from 0 to 1.
    pub sigma: f64,
    /// Mean over test images, nats.
    pub mean: f64,
    /// Standard error of it over test images.
    pub standard_error: f64,
}

/// The legacy score with the paper's coarse grid and with a refined σ: the refined one divides the
/// two steps around the coarse optimum into ten each. σ is chosen on `validation`, the result is
/// of `test`; images have `dim` pixels.
///
/// # Errors
/// If a set is empty or holds a value that is not finite.
pub fn parzen(
    fake: &[f32],
    validation: Pixels<'_>,
    test: Pixels<'_>,
    dim: usize,
) -> Result<[Likelihood; 2], NotComputable> {
    for (name, set) in
        [("generated", Pixels::Unit(fake)), ("validation", validation), ("test", test)]
    {
        if set.len() == 0 {
            return Err(NotComputable(format!("there are no {name} images")));
        }
    }
    let centres = Centres::new(fake, dim)?;
    let nearest = nearest(&centres, validation)?;
    let mean_nearest = nearest.iter().sum::<f64>() / nearest.len() as f64;
    let choose = |sigmas: &[f64]| best_sigma(&centres, validation, mean_nearest, sigmas);
    // logspace(-1, 0, GRID), then logspace between the neighbours of its best.
    let at = |step: f64| libm::pow(10.0, -1.0 + step / (GRID - 1) as f64);
    let coarse: Vec<f64> = (0..GRID).map(|i| at(i as f64)).collect();
    let best = choose(&coarse)?;
    let fine: Vec<f64> =
        (1..2 * GRID).map(|i| at(best as f64 - 1.0 + i as f64 / GRID as f64)).collect();
    let sigmas = [coarse[best], fine[choose(&fine)?]];
    let of_test = log_likelihoods(&centres, test, &sigmas)?;
    Ok([0, 1].map(|i| summary(sigmas[i], &of_test[i])))
}

/// Index of the σ with the highest mean; the first of equals.
///
/// Of n terms the nearest is the largest, so their sum lies between it and n times it. Only a σ
/// that could be the best by these bounds is summed.
fn best_sigma(
    centres: &Centres<'_>,
    images: Pixels<'_>,
    mean_nearest: f64,
    sigmas: &[f64],
) -> Result<usize, NotComputable> {
    let most = |sigma: f64| exponent_scale(sigma) * mean_nearest - log_norm(sigma, centres.dim());
    let top = sigmas.iter().map(|&sigma| most(sigma)).fold(f64::NEG_INFINITY, f64::max);
    // A little more, for rounding.
    let apart = libm::log(centres.len() as f64) + 1e-9 * (1.0 + top.abs());
    let open: Vec<usize> = (0..sigmas.len()).filter(|&i| most(sigmas[i]) >= top - apart).collect();
    if let [only] = open[..] {
        return Ok(only);
    }
    let candidates: Vec<f64> = open.iter().map(|&i| sigmas[i]).collect();
    let sums: Vec<f64> =
        log_likelihoods(centres, images, &candidates)?.iter().map(|ll| ll.iter().sum()).collect();
    Ok(open[(0..sums.len()).fold(0, |best, i| if sums[i] > sums[best] { i } else { best })])
}

fn summary(sigma: f64, ll: &[f64]) -> Likelihood {
    let n = ll.len() as f64;
    let mean = ll.iter().sum::<f64>() / n;
    let variance = ll.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    Likelihood { sigma, mean, standard_error: (variance / n).sqrt() }
}

/// Factor of a squared distance in the exponent.
fn exponent_scale(sigma: f64) -> f64 {
    -0.5 / (sigma * sigma)
}

/// log of what a Gaussian of `dim` dimensions is divided by.
fn log_norm(sigma: f64, dim: usize) -> f64 {
    dim as f64 * libm::log(sigma * (2.0 * std::f64::consts::PI).sqrt())
}

/// Squared distance of each image to its nearest centre.
fn nearest(centres: &Centres<'_>, images: Pixels<'_>) -> Result<Vec<f64>, NotComputable> {
    each_image(centres, images, 0.0, |near| near[0])
}

/// log p(x) = log meanᵢ exp(-‖x-μᵢ‖²/2σ²) - dim·log(σ√2π) for each σ and each image x, over the
/// centres μ. Centres whose terms are too small to be seen in a sum are left out.
fn log_likelihoods(
    centres: &Centres<'_>,
    images: Pixels<'_>,
    sigmas: &[f64],
) -> Result<Vec<Vec<f64>>, NotComputable> {
    let widest = sigmas.iter().copied().fold(0.0, f64::max);
    let log_n = libm::log(centres.len() as f64);
    let of_image = |near: &[f64]| -> Vec<f64> {
        let nearest = near.iter().copied().fold(f64::INFINITY, f64::min);
        let of_sigma = |&sigma: &f64| {
            let scale = exponent_scale(sigma);
            let exponents = near.iter().map(|distance| scale * (distance - nearest));
            let sum: f64 = exponents.filter(|&x| x > -NEGLIGIBLE).map(libm::exp).sum();
            scale * nearest + libm::log(sum) - log_n - log_norm(sigma, centres.dim())
        };
        sigmas.iter().map(of_sigma).collect()
    };
    let reach = NEGLIGIBLE / -exponent_scale(widest);
    let found = each_image(centres, images, reach, of_image)?;
    Ok((0..sigmas.len()).map(|s| found.iter().map(|of_image| of_image[s]).collect()).collect())
}

/// What `of` makes of the distances of each image to the centres near it, on the threads of the
/// surrounding pool; see [`Centres::for_each_near`].
fn each_image<T: Send>(
    centres: &Centres<'_>,
    images: Pixels<'_>,
    reach: f64,
    of: impl Fn(&[f64]) -> T + Sync,
) -> Result<Vec<T>, NotComputable> {
    let parts: Result<Vec<Vec<T>>, NotComputable> = images
        .chunks(CHUNK, centres.dim())
        .into_par_iter()
        .map(|images| {
            let mut found = Vec::with_capacity(images.len() / centres.dim());
            centres.for_each_near(images, reach, |near| found.push(of(near)))?;
            Ok(found)
        })
        .collect();
    Ok(parts?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_centre_is_a_gaussian() {
        let centre = Centres::new(&[0.25, 0.5], 2).unwrap();
        let ll = log_likelihoods(&centre, Pixels::Bytes(&[255, 0]), &[0.5, 1.0]).unwrap();
        let square = 0.75_f64.powi(2) + 0.5_f64.powi(2);
        for (sigma, got) in [0.5_f64, 1.0].iter().zip(&ll) {
            let want = -square / (2.0 * sigma * sigma)
                - 2.0 * (sigma * (2.0 * std::f64::consts::PI).sqrt()).ln();
            assert!((got[0] - want).abs() < 1e-12);
        }
    }

    #[test]
    fn far_centres_and_hopeless_sigmas_do_not_show() {
        // All terms of all σ, as the formula has them.
        let fake: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.37).sin() * 0.5 + 0.5).collect();
        let images: Vec<u8> = (0..200).map(|i| (i * 53 % 256) as u8).collect();
        let dim = 10;
        let plain = |x: &[u8], sigma: f64| {
            let term = |m: &[f32]| {
                let pairs = m.iter().zip(x);
                let square = pairs.map(|(m, x)| (f64::from(*m) - f64::from(*x) / 255.0).powi(2));
                (-square.sum::<f64>() / (2.0 * sigma * sigma)).exp()
            };
            let sum: f64 = fake.chunks(dim).map(term).sum();
            (sum / 500.0).ln() - dim as f64 * (sigma * (2.0 * std::f64::consts::PI).sqrt()).ln()
        };
        let centres = Centres::new(&fake, dim).unwrap();
        let sigmas = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0];
        let got = log_likelihoods(&centres, Pixels::Bytes(&images), &sigmas).unwrap();
        let mut means = Vec::new();
        for (sigma, got) in sigmas.iter().zip(&got) {
            let want: Vec<f64> = images.chunks(dim).map(|x| plain(x, *sigma)).collect();
            assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-10), "{sigma}");
            means.push(want.iter().sum::<f64>());
        }
        let best = (0..sigmas.len()).max_by(|&a, &b| means[a].total_cmp(&means[b])).unwrap();
        let near = nearest(&centres, Pixels::Bytes(&images)).unwrap();
        let mean = near.iter().sum::<f64>() / near.len() as f64;
        assert_eq!(best_sigma(&centres, Pixels::Bytes(&images), mean, &sigmas).unwrap(), best);
    }
}
