//! FID and FJD: Fréchet distances between Gaussians fitted to features.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::Features;
use crate::run::NotComputable;

/// Mean and covariance (with n - 1) of feature vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// `dim` means.
    pub mean: DVector<f64>,
    /// `dim × dim` covariance.
    pub covariance: DMatrix<f64>,
}

impl Gaussian {
    /// The Gaussian with the features' mean and covariance.
    ///
    /// # Errors
    /// With no more samples than dimensions the covariance has no full rank, and the distance
    /// would say more about n than about the images. The same if all vectors are equal.
    pub fn fit(features: &Features) -> Result<Self, NotComputable> {
        let (n, dim) = (features.len(), features.dim());
        if n <= dim {
            return Err(NotComputable(format!(
                "{n} samples are too few for a covariance of {dim} dimensions: at least {} needed",
                dim + 1
            )));
        }
        if features.all_equal() {
            return Err(NotComputable::new("all samples have the same features"));
        }
        let mut mean = DVector::zeros(dim);
        for i in 0..n {
            for (sum, x) in mean.iter_mut().zip(features.row(i)) {
                *sum += x;
            }
        }
        mean /= n as f64;
        let centred = DMatrix::from_fn(dim, n, |k, i| features.row(i)[k] - mean[k]);
        let covariance = &centred * centred.transpose() / (n - 1) as f64;
        Ok(Self { mean, covariance })
    }

    /// ‖m₁ - m₂‖² + tr(S₁ + S₂ - 2(S₁S₂)^½) (Heusel et al. 2017, equation 6). The trace of the
    /// root is taken as Σ √eig(S₁^½ S₂ S₁^½): that matrix is symmetric, so all its eigenvalues
    /// are real.
    pub fn frechet_distance(&self, other: &Self) -> f64 {
        let root = square_root(&self.covariance);
        let product = &root * &other.covariance * &root;
        let symmetric = (&product + product.transpose()) * 0.5;
        let trace_of_root: f64 = roots(&symmetric.symmetric_eigenvalues()).sum();
        (&self.mean - &other.mean).norm_squared()
            + self.covariance.trace()
            + other.covariance.trace()
            - 2.0 * trace_of_root
    }
}

/// The symmetric root of a symmetric positive semi-definite matrix.
fn square_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(matrix.clone());
    &eigenvectors * DMatrix::from_diagonal(&roots(&eigenvalues)) * eigenvectors.transpose()
}

/// Roots of eigenvalues that are none of them negative but for rounding. What rounding left of a
/// zero is set to zero: its root would be a million times larger than the rounding.
fn roots(eigenvalues: &DVector<f64>) -> DVector<f64> {
    let noise = eigenvalues.max() * eigenvalues.len() as f64 * f64::EPSILON;
    eigenvalues.map(|e| if e > noise { e.sqrt() } else { 0.0 })
}

/// Features joined with `scale · onehot(label)`: what FJD is the FID of (DeVries et al. 2019).
///
/// # Panics
/// If there is not one label below `classes` for each vector.
pub fn join_labels(features: &Features, labels: &[u8], classes: usize, scale: f64) -> Features {
    assert_eq!(features.len(), labels.len(), "one label a sample");
    let mut values = Vec::with_capacity(labels.len() * (features.dim() + classes));
    for (i, &label) in labels.iter().enumerate() {
        values.extend_from_slice(features.row(i));
        let start = values.len();
        values.resize(start + classes, 0.0);
        values[start + usize::from(label)] = scale;
    }
    Features::new(features.dim() + classes, values).expect("finite, and whole rows")
}

/// The weight of the labels in FJD: mean ‖f‖ over mean ‖onehot‖ = 1, on the reference.
pub fn label_scale(reference: &Features) -> f64 {
    let norms = reference.squared_norms();
    norms.iter().map(|x| x.sqrt()).sum::<f64>() / norms.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_of_known_gaussians() {
        // Diagonal covariances: the distance is Σ (m₁-m₂)² + (s₁-s₂)².
        let gaussian = |mean: [f64; 2], std: [f64; 2]| Gaussian {
            mean: DVector::from_column_slice(&mean),
            covariance: DMatrix::from_diagonal(&DVector::from_column_slice(&std.map(|s| s * s))),
        };
        let (a, b) = (gaussian([0.0, 1.0], [1.0, 2.0]), gaussian([3.0, 1.0], [2.0, 0.0]));
        assert!((a.frechet_distance(&b) - (9.0 + 1.0 + 4.0)).abs() < 1e-12);
        assert!(a.frechet_distance(&a).abs() < 1e-12);
    }

    #[test]
    fn too_few_or_equal_samples_have_no_distance() {
        let few = Features::new(3, vec![0.5; 9]).unwrap();
        assert_eq!(
            Gaussian::fit(&few).unwrap_err().to_string(),
            "3 samples are too few for a covariance of 3 dimensions: at least 4 needed"
        );
        let equal = Features::new(3, vec![0.5; 30]).unwrap();
        assert_eq!(
            Gaussian::fit(&equal).unwrap_err().to_string(),
            "all samples have the same features"
        );
    }
}
