//! What the scorer says about labels, and how diverse samples are within a class.

use multiversion::multiversion;

use super::Features;
use crate::run::NotComputable;

/// The scorer's opinion of labelled samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// Share of samples whose most probable class is their label.
    pub accuracy: f64,
    /// The same per class; NaN-free: `None` for a class without samples.
    pub per_class: Vec<Option<f64>>,
    /// `confusion[asked][predicted]`: counts.
    pub confusion: Vec<Vec<u64>>,
    /// Mean of log p(label | image), nats.
    pub mean_log_p: f64,
    /// Entropy of the predicted labels' distribution, nats; ln(classes) at most.
    pub predicted_entropy: f64,
    /// Total variation between predicted and asked labels' distributions, 0 to 1.
    pub total_variation: f64,
}

/// Compares labels with logits (`len × classes`, row-major).
///
/// # Errors
/// If there are no samples or a logit is not finite.
///
/// # Panics
/// If there is not one row of logits a label, or a label is not below `classes`.
pub fn conditional(
    logits: &[f32],
    labels: &[u8],
    classes: usize,
) -> Result<Conditional, NotComputable> {
    assert_eq!(logits.len(), labels.len() * classes, "one row of logits a label");
    if labels.is_empty() {
        return Err(NotComputable::new("there are no samples"));
    }
    if let Some(bad) = logits.iter().position(|x| !x.is_finite()) {
        return Err(NotComputable(format!(
            "the logits of sample {} are not finite",
            bad / classes
        )));
    }
    let mut confusion = vec![vec![0_u64; classes]; classes];
    let mut log_p = 0.0;
    for (row, &label) in logits.chunks_exact(classes).zip(labels) {
        let label = usize::from(label);
        let mut best = 0;
        for (class, logit) in row.iter().enumerate() {
            if *logit > row[best] {
                best = class;
            }
        }
        let top = f64::from(row[best]);
        let sum: f64 = row.iter().map(|&x| libm::exp(f64::from(x) - top)).sum();
        log_p += f64::from(row[label]) - top - libm::log(sum);
        confusion[label][best] += 1;
    }
    let n = labels.len() as f64;
    let asked: Vec<u64> = confusion.iter().map(|row| row.iter().sum()).collect();
    let predicted: Vec<u64> =
        (0..classes).map(|c| confusion.iter().map(|row| row[c]).sum()).collect();
    let hits: u64 = (0..classes).map(|c| confusion[c][c]).sum();
    Ok(Conditional {
        accuracy: hits as f64 / n,
        per_class: (0..classes)
            .map(|c| (asked[c] > 0).then(|| confusion[c][c] as f64 / asked[c] as f64))
            .collect(),
        mean_log_p: log_p / n,
        predicted_entropy: predicted
            .iter()
            .filter(|&&count| count > 0)
            .map(|&count| (count as f64 / n) * libm::log(n / count as f64))
            .sum(),
        total_variation: asked
            .iter()
            .zip(&predicted)
            .map(|(&a, &p)| (a as f64 - p as f64).abs() / n)
            .sum::<f64>()
            / 2.0,
        confusion,
    })
}

/// Mean distance between two different samples of a class, for each class; `None` for a class with
/// fewer than two.
pub fn intra_class_distances(
    features: &Features,
    labels: &[u8],
    classes: usize,
) -> Vec<Option<f64>> {
    (0..classes)
        .map(|class| {
            let of_class: Vec<usize> =
                (0..labels.len()).filter(|&i| usize::from(labels[i]) == class).collect();
            mean_distance(&features.select(&of_class))
        })
        .collect()
}

/// Over the pairs i < j. Differences are taken before squares, so equal samples are exactly 0
/// apart: that is what a collapse looks like.
fn mean_distance(features: &Features) -> Option<f64> {
    let n = features.len();
    if n < 2 {
        return None;
    }
    let total = (1..n).fold(0.0, |total, i| {
        add_distances(total, features.row(i), (0..i).map(|j| features.row(j)))
    });
    Some(total / (n * (n - 1) / 2) as f64)
}

/// The total and, one after the other, the Euclidean distances between `x` and each of the others.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add_distances<'a>(total: f64, x: &[f64], others: impl Iterator<Item = &'a [f64]>) -> f64 {
    others.fold(total, |total, y| total + distance(x, y))
}

/// Euclidean distance, summed in eight lanes so that the compiler can use vectors.
#[inline(always)]
fn distance(x: &[f64], y: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (xs, ys) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in xs.zip(ys) {
        for lane in 0..8 {
            lanes[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    (lanes.iter().sum::<f64>() + rest).sqrt()
}

/// Diversity within the classes, fake over real: 1 is as diverse as real images.
#[derive(Clone, Debug, PartialEq)]
pub struct IntraClass {
    /// The ratio of each class.
    pub per_class: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their least.
    pub min: f64,
}

/// Ratios of mean distances within classes, from [`intra_class_distances`] of both sets.
///
/// # Errors
/// If a class has fewer than two samples on a side, or real ones that are all equal.
pub fn intra_class_ratio(
    real: &[Option<f64>],
    fake: &[Option<f64>],
) -> Result<IntraClass, NotComputable> {
    let mut per_class = Vec::with_capacity(real.len());
    for (class, pair) in real.iter().zip(fake).enumerate() {
        per_class.push(match pair {
            (Some(real), Some(fake)) if *real > 0.0 => fake / real,
            (Some(_), Some(_)) => {
                return Err(NotComputable(format!("all real samples of class {class} are equal")));
            }
            (None, _) => {
                return Err(NotComputable(format!("class {class} has fewer than 2 real samples")));
            }
            (_, None) => {
                return Err(NotComputable(format!("class {class} has fewer than 2 samples")));
            }
        });
    }
    let mean = per_class.iter().sum::<f64>() / per_class.len() as f64;
    let min = per_class.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(IntraClass { per_class, mean, min })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditional_by_hand() {
        // Three samples of two classes: right, wrong, right.
        let got = conditional(&[2.0, 0.0, 1.0, 0.0, 0.0, 3.0], &[0, 1, 1], 2).unwrap();
        assert_eq!(got.confusion, [[1, 0], [1, 1]]);
        assert!((got.accuracy - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(got.per_class, [Some(1.0), Some(0.5)]);
        let log_p = [2.0, 0.0, 3.0]
            .iter()
            .zip([(2.0, 0.0), (1.0, 0.0), (0.0, 3.0)])
            .map(|(own, (a, b)): (&f64, (f64, f64))| own - (a.exp() + b.exp()).ln())
            .sum::<f64>()
            / 3.0;
        assert!((got.mean_log_p - log_p).abs() < 1e-12);
        assert!((got.total_variation - 1.0 / 3.0).abs() < 1e-15);
        let entropy = -(2.0_f64 / 3.0).ln() * 2.0 / 3.0 - (1.0_f64 / 3.0).ln() / 3.0;
        assert!((got.predicted_entropy - entropy).abs() < 1e-12);
    }

    #[test]
    fn a_class_without_samples_has_no_accuracy() {
        let got = conditional(&[2.0, 0.0, 0.0], &[0], 3).unwrap();
        assert_eq!(got.per_class, [Some(1.0), None, None]);
    }

    #[test]
    fn equal_fakes_have_ratio_zero() {
        let labels = [0, 0, 0, 1, 1, 1];
        let real = Features::new(1, vec![0.0, 1.0, 2.0, 5.0, 7.0, 9.0]).unwrap();
        let fake = Features::new(1, vec![4.1, 4.1, 4.1, 5.0, 6.0, 7.0]).unwrap();
        let distances = |f| intra_class_distances(f, &labels, 2);
        let got = intra_class_ratio(&distances(&real), &distances(&fake)).unwrap();
        assert_eq!(got, IntraClass { per_class: vec![0.0, 0.5], mean: 0.25, min: 0.0 });
    }

    #[test]
    fn a_class_of_one_has_no_ratio() {
        let lonely = Features::new(1, vec![0.0, 1.0, 2.0]).unwrap();
        let distances = intra_class_distances(&lonely, &[0, 0, 1], 2);
        assert_eq!(
            intra_class_ratio(&[Some(1.0), Some(1.0)], &distances).unwrap_err().to_string(),
            "class 1 has fewer than 2 samples"
        );
    }
}
