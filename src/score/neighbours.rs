//! Precision, recall, density and coverage: nearest neighbours in feature space.

use multiversion::multiversion;

use super::Features;
use super::features::for_each_squared_distance;
use crate::run::NotComputable;

/// k of precision and recall (Kynkäänniemi et al. 2019).
pub(super) const PRECISION_K: usize = 3;
/// k of density and coverage (Naeem et al. 2020).
pub(super) const DENSITY_K: usize = 5;

/// Squared distances from each sample of a set to its k-th nearest other sample of the set.
#[derive(Clone, Debug, PartialEq)]
pub struct Radii {
    /// k = [`PRECISION_K`].
    precision: Vec<f64>,
    /// k = [`DENSITY_K`].
    density: Vec<f64>,
}

impl Radii {
    /// Radii within this set; a sample is not its own neighbour.
    ///
    /// # Errors
    /// If there are not more samples than k, or all are equal.
    pub fn new(features: &Features) -> Result<Self, NotComputable> {
        let n = features.len();
        if n <= DENSITY_K {
            return Err(NotComputable(format!(
                "{n} samples have no {DENSITY_K}-th nearest neighbour"
            )));
        }
        if features.all_equal() {
            return Err(NotComputable::new("all samples have the same features"));
        }
        // The smallest distances of each row so far, ascending.
        let mut nearest = vec![[f64::INFINITY; DENSITY_K]; n];
        for_each_squared_distance(features, features, |i, j0, row| {
            let nearest = &mut nearest[i];
            for (piece, distances) in row.chunks(PIECE).enumerate() {
                if least(distances) >= nearest[DENSITY_K - 1] {
                    continue;
                }
                for (j, &distance) in distances.iter().enumerate() {
                    if distance < nearest[DENSITY_K - 1] && j0 + piece * PIECE + j != i {
                        let place = nearest.partition_point(|&d| d <= distance);
                        nearest.copy_within(place..DENSITY_K - 1, place + 1);
                        nearest[place] = distance;
                    }
                }
            }
        });
        Ok(Self {
            precision: nearest.iter().map(|d| d[PRECISION_K - 1]).collect(),
            density: nearest.iter().map(|d| d[DENSITY_K - 1]).collect(),
        })
    }
}

/// Distances that are passed over at once if none of them is near.
const PIECE: usize = 64;

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn least(distances: &[f64]) -> f64 {
    let mut least = [f64::INFINITY; 16];
    for distances in distances.chunks(least.len()) {
        for (least, &distance) in least.iter_mut().zip(distances) {
            *least = if distance < *least { distance } else { *least };
        }
    }
    least.into_iter().fold(f64::INFINITY, f64::min)
}

/// How far fakes and real images lie in each other's neighbourhoods. For two independent samples
/// of one distribution precision and recall are near 1, density is 1 and coverage 1 - 2^-k = .969.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbourhood {
    /// Share of fakes in a ball (radius included) around some real sample.
    pub precision: f64,
    /// Share of real samples in a ball (radius included) around some fake.
    pub recall: f64,
    /// Mean number of real balls (open) around a fake, over k.
    pub density: f64,
    /// Share of real balls (open) that hold a fake.
    pub coverage: f64,
}

/// Precision, recall, density and coverage of `fake` to `real`.
///
/// # Panics
/// If the radii are not of these sets.
pub fn neighbourhood(
    real: &Features,
    real_radii: &Radii,
    fake: &Features,
    fake_radii: &Radii,
) -> Neighbourhood {
    assert_eq!((real.len(), fake.len()), (real_radii.density.len(), fake_radii.density.len()));
    let mut fake_is_precise = vec![0_u64; fake.len()];
    let mut real_is_recalled = vec![0_u64; real.len()];
    let mut real_is_covered = vec![0_u64; real.len()];
    let mut in_balls = 0;
    for_each_squared_distance(real, fake, |i, j0, row| {
        let columns = j0..j0 + row.len();
        let radii = [real_radii.precision[i], real_radii.density[i]];
        let fake_radii = &fake_radii.precision[columns.clone()];
        let (near, in_ball) = hold(row, radii, fake_radii, &mut fake_is_precise[columns]);
        real_is_recalled[i] += near;
        real_is_covered[i] += in_ball;
        in_balls += in_ball;
    });
    Neighbourhood {
        precision: share(&fake_is_precise),
        recall: share(&real_is_recalled),
        density: in_balls as f64 / (DENSITY_K * fake.len()) as f64,
        coverage: share(&real_is_covered),
    }
}

/// One real sample held against some fakes: in how many of their balls it lies, how many lie in its
/// open one; counts for each fake whether it lies in the closed one. `radii` are the real sample's
/// of precision and density.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn hold(
    distances: &[f64],
    radii: [f64; 2],
    fake_radii: &[f64],
    fake_is_precise: &mut [u64],
) -> (u64, u64) {
    let (mut recalled, mut in_ball) = (0, 0);
    let fakes = fake_is_precise.iter_mut().zip(fake_radii);
    for (&distance, (precise, &fake_radius)) in distances.iter().zip(fakes) {
        *precise += u64::from(distance <= radii[0]);
        recalled += u64::from(distance <= fake_radius);
        in_ball += u64::from(distance < radii[1]);
    }
    (recalled, in_ball)
}

fn share(hits: &[u64]) -> f64 {
    hits.iter().filter(|&&hits| hits > 0).count() as f64 / hits.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_against_itself() {
        // Irregular points, so that no distances tie.
        let values = (0..400).map(|i| (f64::from(i) * 12.9898).sin() * 43758.5453 % 1.0).collect();
        let set = Features::new(2, values).unwrap();
        let radii = Radii::new(&set).unwrap();
        let got = neighbourhood(&set, &radii, &set, &radii);
        // Open balls hold the sample itself and k - 1 others: density is exactly 1.
        assert_eq!(got, Neighbourhood { precision: 1.0, recall: 1.0, density: 1.0, coverage: 1.0 });
    }

    #[test]
    fn far_sets_share_nothing() {
        let near = Features::new(1, (0..10).map(f64::from).collect()).unwrap();
        let far = Features::new(1, (1000..1010).map(f64::from).collect()).unwrap();
        let (a, b) = (Radii::new(&near).unwrap(), Radii::new(&far).unwrap());
        let got = neighbourhood(&near, &a, &far, &b);
        assert_eq!(got, Neighbourhood { precision: 0.0, recall: 0.0, density: 0.0, coverage: 0.0 });
    }

    #[test]
    fn too_few_samples() {
        let few = Features::new(1, vec![0.0, 1.0, 2.0]).unwrap();
        assert_eq!(
            Radii::new(&few).unwrap_err().to_string(),
            "3 samples have no 5-th nearest neighbour"
        );
    }
}
