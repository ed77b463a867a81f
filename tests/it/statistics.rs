//! The report's statistics against scipy: `tests/golden/report_statistics.py` made the numbers.

use cgan_sweep::report::stats;
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
        let effect = stats::paired_effect(&d).unwrap();
        near("d_z", Some(effect.value), 1e-9);
        if case.get("d_z_interval").is_some() {
            let want = list("d_z_interval");
            for (got, want) in [effect.interval.low, effect.interval.high].iter().zip(want) {
                assert!((got - want).abs() < 1e-4, "n {n}, d_z: {got} against {want}");
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
