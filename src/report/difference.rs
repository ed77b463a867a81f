//! A variant against the baseline in one metric.

use super::finding::{Family, Subject};
use super::metrics::MetricInfo;
use super::stats;
use super::variant::{Difference, Summary, Test, VariantSummary};
use crate::run::Direction;
use crate::spec::Ask;

pub(super) fn difference(variant: &Summary, baseline: &Summary, paired: bool) -> Difference {
    let (mut ours, mut theirs, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for (seed, a) in &variant.values {
        if let Some((_, b)) = baseline.values.iter().find(|(s, _)| s == seed) {
            ours.push(*a);
            theirs.push(*b);
            pairs.push((*seed, a - b));
        }
    }
    let correlation = stats::correlation(&ours, &theirs);
    let all = |s: &Summary| s.values.iter().map(|v| v.1).collect::<Vec<f64>>();
    let (mean, interval, n) = if paired {
        let d: Vec<f64> = pairs.iter().map(|p| p.1).collect();
        (stats::mean(&d), stats::student_interval(&d, 0.95), (d.len(), d.len()))
    } else {
        let (x, y) = (all(variant), all(baseline));
        let mean = stats::mean(&x).zip(stats::mean(&y)).map(|(a, b)| a - b);
        (mean, stats::welch_interval(&x, &y, 0.95), (x.len(), y.len()))
    };
    Difference { mean, interval, n, correlation, pairs }
}

/// Gives each variant its test of the primary metric, if variants are compared in it.
pub(super) fn test(
    variants: &mut [VariantSummary],
    reference: &[Summary],
    families: &[Family],
    metric: usize,
    info: &MetricInfo,
) {
    let asked = |f: &&Family| f.question.test == Ask::Compare && f.metric == Some(metric);
    let Some(family) = families.iter().find(asked) else { return };
    let higher = info.direction == Direction::Higher;
    for finding in &family.findings {
        let Subject::Variant(i) = finding.subject else { continue };
        let d: Vec<f64> = variants[i].differences[metric].pairs.iter().map(|p| p.1).collect();
        let x: Vec<f64> = variants[i].finals[metric].values.iter().map(|v| v.1).collect();
        let y: Vec<f64> = reference[metric].values.iter().map(|v| v.1).collect();
        variants[i].test = Some(Test {
            p: finding.test.p,
            p_holm: finding.p_adjusted,
            smallest: finding.test.smallest,
            smallest_holm: finding.smallest_adjusted,
            exact: finding.test.exact,
            p_equal: finding.p_equal,
            effect: if family.question.paired {
                stats::paired_effect(&d)
            } else {
                stats::independent_effect(&x, &y)
            },
            cliffs_delta: stats::cliffs_delta(&x, &y),
            improvement: (info.direction != Direction::Neutral)
                .then(|| stats::probability_of_improvement(&x, &y, higher))
                .flatten(),
            verdict: finding.verdict,
            seeds_to_tell: finding.seeds_to_tell,
        });
    }
}
