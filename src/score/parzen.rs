//! Parzen-window log-likelihood of images (Breuleux et al. 2009; the procedure of Goodfellow et
//! al. 2014): a legacy score, kept only to stand beside the conditional GAN paper's table 1.
//!
//! Theis et al. (2016) show that it does not rank generators by quality.

use super::Features;
use super::features::for_each_squared_distance;
use crate::run::NotComputable;

/// Validation images that choose σ.
pub(super) const VALIDATION: usize = 1_000;
/// Candidates of the coarse grid, logspace(-1, 0, 10), and between two of them of the refined one.
const GRID: usize = 10;
/// Images at a time: two chunks in f64 and their distances stay small.
const CHUNK: usize = 1_000;

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

/// Images as rows of pixels in [0, 1].
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// As generated.
    Unit(&'a [f32]),
    /// As stored: one byte a pixel, 255 is 1.
    Bytes(&'a [u8]),
}

impl<'a> Pixels<'a> {
    fn len(&self) -> usize {
        match self {
            Self::Unit(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// The first `n` pixels.
    pub fn first(self, n: usize) -> Self {
        match self {
            Self::Unit(values) => Self::Unit(&values[..n.min(values.len())]),
            Self::Bytes(values) => Self::Bytes(&values[..n.min(values.len())]),
        }
    }

    fn chunk(&self, start: usize, end: usize, dim: usize) -> Result<Features, NotComputable> {
        let values = match self {
            Self::Unit(values) => values[start..end].iter().copied().map(f64::from).collect(),
            Self::Bytes(values) => {
                values[start..end].iter().map(|&x| f64::from(x) / 255.0).collect()
            }
        };
        Features::new(dim, values)
    }
}

/// The legacy score with the paper's coarse grid and with a refined σ: the refined one divides the
/// two steps around the coarse optimum into ten each. σ is chosen on `validation`, the result is
/// of `test`; images have `dim` pixels.
///
/// # Errors
/// If a set is empty or holds a value that is not finite.
pub fn parzen(
    fake: Pixels<'_>,
    validation: Pixels<'_>,
    test: Pixels<'_>,
    dim: usize,
) -> Result<[Likelihood; 2], NotComputable> {
    for (name, set) in [("generated", fake), ("validation", validation), ("test", test)] {
        if set.len() == 0 {
            return Err(NotComputable(format!("there are no {name} images")));
        }
    }
    // logspace(-1, 0, GRID), then logspace between the neighbours of its best.
    let at = |step: f64| libm::pow(10.0, -1.0 + step / (GRID - 1) as f64);
    let coarse: Vec<f64> = (0..GRID).map(|i| at(i as f64)).collect();
    let best = best(&log_likelihoods(fake, validation, dim, &coarse)?);
    let fine: Vec<f64> =
        (1..2 * GRID).map(|i| at(best as f64 - 1.0 + i as f64 / GRID as f64)).collect();
    let refined = self::best(&log_likelihoods(fake, validation, dim, &fine)?);
    let sigmas = [coarse[best], fine[refined]];
    let of_test = log_likelihoods(fake, test, dim, &sigmas)?;
    Ok([0, 1].map(|i| summary(sigmas[i], &of_test[i])))
}

/// Index of the σ with the highest mean; the first of equals.
fn best(per_sigma: &[Vec<f64>]) -> usize {
    let sums: Vec<f64> = per_sigma.iter().map(|ll| ll.iter().sum()).collect();
    (0..sums.len()).fold(0, |best, i| if sums[i] > sums[best] { i } else { best })
}

fn summary(sigma: f64, ll: &[f64]) -> Likelihood {
    let n = ll.len() as f64;
    let mean = ll.iter().sum::<f64>() / n;
    let variance = ll.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    Likelihood { sigma, mean, standard_error: (variance / n).sqrt() }
}

/// log p(x) = log meanᵢ exp(-‖x-μᵢ‖²/2σ²) - dim·log(σ√2π) for each σ and each image x, the centres
/// μ being `fake`. One distance serves all σ, and none is kept.
fn log_likelihoods(
    fake: Pixels<'_>,
    images: Pixels<'_>,
    dim: usize,
    sigmas: &[f64],
) -> Result<Vec<Vec<f64>>, NotComputable> {
    let n = images.len() / dim;
    let centres = fake.len() / dim;
    // Streaming log-sum-exp: the largest exponent so far, and the sum relative to it.
    let mut state = vec![(f64::NEG_INFINITY, 0.0); sigmas.len() * n];
    let scales: Vec<f64> = sigmas.iter().map(|s| -0.5 / (s * s)).collect();
    for fake_start in (0..centres).step_by(CHUNK) {
        let fake_end = (fake_start + CHUNK).min(centres);
        let mu = fake.chunk(fake_start * dim, fake_end * dim, dim)?;
        for start in (0..n).step_by(CHUNK) {
            let x = images.chunk(start * dim, (start + CHUNK).min(n) * dim, dim)?;
            for_each_squared_distance(&x, &mu, |i, _, distances| {
                let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
                for (s, &scale) in scales.iter().enumerate() {
                    let (top, sum) = &mut state[s * n + start + i];
                    let here = scale * nearest;
                    if here > *top {
                        *sum *= libm::exp(*top - here);
                        *top = here;
                    }
                    for &distance in distances.iter() {
                        let exponent = scale * distance - *top;
                        // e^-45 of 10,000 terms is below the last bit of a sum of at least 1.
                        if exponent > -45.0 {
                            *sum += libm::exp(exponent);
                        }
                    }
                }
            });
        }
    }
    let log_n = libm::log(centres as f64);
    let root = (2.0 * std::f64::consts::PI).sqrt();
    Ok(sigmas
        .iter()
        .enumerate()
        .map(|(s, sigma)| {
            state[s * n..(s + 1) * n]
                .iter()
                .map(|(top, sum)| {
                    top + libm::log(*sum) - log_n - dim as f64 * libm::log(sigma * root)
                })
                .collect()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_centre_is_a_gaussian() {
        let ll =
            log_likelihoods(Pixels::Unit(&[0.25, 0.5]), Pixels::Bytes(&[255, 0]), 2, &[0.5, 1.0])
                .unwrap();
        let square = 0.75_f64.powi(2) + 0.5_f64.powi(2);
        for (sigma, got) in [0.5_f64, 1.0].iter().zip(&ll) {
            let want = -square / (2.0 * sigma * sigma)
                - 2.0 * (sigma * (2.0 * std::f64::consts::PI).sqrt()).ln();
            assert!((got[0] - want).abs() < 1e-12);
        }
    }

    #[test]
    fn chunks_do_not_show() {
        // 2,500 centres pass through three chunks.
        let fake: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.37).sin() * 0.5 + 0.5).collect();
        let ll = log_likelihoods(Pixels::Unit(&fake), Pixels::Bytes(&[100, 50]), 2, &[0.1]);
        let x = [100.0 / 255.0, 50.0 / 255.0];
        let sum: f64 = fake
            .chunks(2)
            .map(|m| (f64::from(m[0]) - x[0]).powi(2) + (f64::from(m[1]) - x[1]).powi(2))
            .map(|d| (-d / 0.02).exp())
            .sum();
        let root = (2.0 * std::f64::consts::PI).sqrt();
        let want = (sum / 2500.0).ln() - 2.0 * (0.1 * root).ln();
        assert!((ll.unwrap()[0][0] - want).abs() < 1e-10);
    }
}
