//! The report's statistics against scipy: `tests/golden/report_statistics.py` made the numbers.

use cgan_sweep::report::stats::{Factor, Permute, Sampling, TrendStatistic};
use cgan_sweep::report::{self, stats};
use serde_json::Value;

#[test]
fn equal_to_scipy() {
    let golden: Value =
        serde_json::from_str(include_str!("../golden/report_statistics.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let list = |key: &str| -> Vec<f64> {
            case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let (x, y) = (list("variant"), list("baseline"));
        let d: Vec<f64> = x.iter().zip(&y).map(|(a, b)| a - b).collect();
        let n = x.len();
        let near = |key: &str, got: Option<f64>, slack: f64| {
            let want = case[key].as_f64().unwrap();
            let got = got.unwrap();
            assert!((got - want).abs() <= slack, "n {n}, {key}: {got} against {want}");
        };
        near("mean", stats::mean(&x), 1e-12);
        near("std", stats::std_dev(&x), 1e-12);
        near("median", stats::median(&x), 1e-12);
        near("iqm", stats::iqm(&x).map(|i| i.value), 1e-12);
        near("cliffs_delta", stats::cliffs_delta(&x, &y), 1e-12);
        near("p", stats::sign_flip(&d, "").map(|t| t.p), 1e-12);
        if n >= 3 {
            near("correlation", stats::correlation(&x, &y), 1e-12);
        }
        let few = &y[..(n - 1).max(2)];
        for (name, effect) in
            [("d_z", stats::paired_effect(&d)), ("d", stats::independent_effect(&x, few))]
        {
            let effect = effect.unwrap();
            near(name, Some(effect.value), 1e-9);
            if n >= 3 {
                let want = list(&format!("{name}_interval"));
                for (got, want) in [effect.interval.low, effect.interval.high].iter().zip(want) {
                    assert!((got - want).abs() < 1e-4, "n {n}, {name}: {got} against {want}");
                }
            }
        }
        if case.get("bca").is_some() {
            let want = list("bca");
            let ci = stats::mean_interval(&d, "").unwrap();
            for (got, want) in [ci.low, ci.high].iter().zip(want) {
                assert!((got - want).abs() < 1e-9, "n {n}, BCa: {got} against {want}");
            }
        }
    }
}

/// A number of a golden case, or a list of them, or a list of lists.
fn golden<T: serde::de::DeserializeOwned>(case: &Value, key: &str) -> T {
    serde_json::from_value(case[key].clone()).unwrap()
}

fn near(got: f64, want: f64, what: &str) {
    assert!((got - want).abs() <= 1e-9, "{what}: {got} against {want}");
}

#[test]
fn declared_tests_are_equal_to_scipy() {
    let file: Value = serde_json::from_str(include_str!("../golden/declared_tests.json")).unwrap();
    let cases = |key: &str| file[key].as_array().unwrap().clone();
    let (two_sample, blocks, runs) = (cases("two_sample"), cases("blocks"), cases("runs"));
    assert_eq!((two_sample.len(), blocks.len(), runs.len()), (7, 4, 3));
    let sampling = Sampling::verdict("");
    for case in &two_sample {
        let (x, y): (Vec<f64>, Vec<f64>) = (golden(case, "x"), golden(case, "y"));
        near(stats::two_sample(&x, &y, sampling).unwrap().p, golden(case, "p"), "two-sample");
        for (key, got) in [
            ("student", stats::student_interval(&x, 0.95)),
            ("welch", stats::welch_interval(&x, &y, 0.95)),
        ] {
            let (got, want): (_, [f64; 2]) = (got.unwrap(), golden(case, key));
            near(got.low, want[0], key);
            near(got.high, want[1], key);
        }
        let margin = golden(case, "margin");
        let equal = stats::equal_means(&x, &y, margin, sampling).unwrap();
        near(equal.p, golden(case, "equal"), "equal");
        near(equal.permutation.p, golden(case, "equal_by_permutation"), "equal, permuted");
        if x.len() == y.len() {
            let equal = stats::equal_pairs(&x, &y, margin, sampling).unwrap();
            near(equal.p, golden(case, "equal_pairs"), "equal pairs");
            let want = golden(case, "equal_pairs_by_permutation");
            near(equal.permutation.p, want, "equal pairs, permuted");
        }
    }
    let p = |levels: &[Vec<f64>], permute, statistic| {
        stats::trend(levels, permute, statistic, sampling).unwrap().p
    };
    for (cases, permute) in [(&blocks, Permute::WithinBlocks), (&runs, Permute::AllRuns)] {
        for case in cases {
            let levels: Vec<Vec<f64>> = golden(case, "levels");
            for (key, statistic) in
                [("contrast", TrendStatistic::Contrast), ("isotonic", TrendStatistic::Isotonic)]
            {
                near(p(&levels, permute, statistic), golden(case, key), key);
            }
        }
    }
    for case in &blocks {
        let levels: Vec<Vec<f64>> = golden(case, "levels");
        let unordered = stats::factor(&levels, Factor::Unordered, sampling).unwrap();
        near(unordered.p, golden(case, "unordered"), "unordered");
        // Page's exact one-sided p, of ranks; two-sided is twice that, the null being symmetric.
        let ranks: Vec<Vec<f64>> = golden(case, "ranks");
        let page: f64 = golden(case, "page_one_sided");
        near(p(&ranks, Permute::WithinBlocks, TrendStatistic::Contrast), 2.0 * page, "Page");
        let line = stats::line(&levels, Permute::WithinBlocks, 0.95).unwrap();
        let want: [f64; 3] = golden(case, "line");
        for (got, want) in [line.change, line.interval.low, line.interval.high].iter().zip(want) {
            near(*got, want, "line");
        }
    }
}

#[test]
fn a_family_in_which_nothing_differs_is_seldom_told_apart() {
    use rand::{Rng, SeedableRng};
    // Three variants against one baseline on the same seeds, as a sweep has them: the differences
    // share the baseline's values, so they are not independent.
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(20);
    let (sweeps, seeds, variants) = (4_000, 10, 3);
    let mut found = 0;
    for _ in 0..sweeps {
        let mut draw = || -> f64 { rng.sample(rand_distr::StandardNormal) };
        let base: Vec<f64> = (0..seeds).map(|_| draw()).collect();
        let p: Vec<f64> = (0..variants)
            .map(|_| {
                let d: Vec<f64> = base.iter().map(|b| draw() - b).collect();
                stats::sign_flip(&d, "").unwrap().p
            })
            .collect();
        found += u32::from(stats::holm(&p).iter().any(|p| *p <= report::ALPHA));
    }
    let rate = f64::from(found) / f64::from(sweeps);
    // At most 5 %, which sharing and the steps of p keep it below; but not far below.
    let slack = 4.0 * (0.05 * 0.95 / f64::from(sweeps)).sqrt();
    assert!(rate < 0.05 + slack && rate > 0.02, "{rate}");
}
