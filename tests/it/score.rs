//! Scores against golden numbers computed independently; see `tests/golden/scores.py`.

use std::collections::BTreeMap;
use std::sync::Arc;

use cgan_sweep::data::DataSet;
use cgan_sweep::model::Stream;
use cgan_sweep::score::{
    Features, Gaussian, NamedImages, PixelRange, Pixels, Radii, Reference, Samples, Scorer,
    conditional, fast, intra_class_distances, intra_class_ratio, join_labels, kid, label_scale,
    neighbourhood, parzen,
};
use cgan_sweep::spec::DataSettings;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    input: BTreeMap<String, Tensor>,
    output: BTreeMap<String, Tensor>,
}

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f64>,
}

impl Case {
    fn features(&self, name: &str) -> Features {
        let tensor = &self.input[name];
        Features::new(tensor.shape[1], tensor.data.clone()).unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        self.input[name].data.iter().map(|&x| x as u8).collect()
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        self.input[name].data.iter().map(|&x| x as f32).collect()
    }

    /// Compares all numbers of one output, relative to the larger of it and 1.
    fn assert(&self, name: &str, got: &[f64]) {
        let want = &self.output[name].data;
        assert_eq!(want.len(), got.len(), "{}: {name}", self.name);
        for (got, want) in got.iter().zip(want) {
            let error = (got - want).abs() / want.abs().max(1.0);
            assert!(error < 1e-9, "{}: {name}: {got} is not {want}", self.name);
        }
    }
}

fn cases(with_input: &str) -> Vec<Case> {
    let all: Vec<Case> = serde_json::from_str(include_str!("../golden/scores.json")).unwrap();
    let cases: Vec<Case> = all.into_iter().filter(|c| c.input.contains_key(with_input)).collect();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn feature_scores_equal_their_papers() {
    for case in cases("real") {
        let (real, fake) = (case.features("real"), case.features("fake"));
        let (real_labels, fake_labels) = (case.bytes("real_labels"), case.bytes("fake_labels"));
        let fid = |a: &Features, b: &Features| {
            Gaussian::fit(a).unwrap().frechet_distance(&Gaussian::fit(b).unwrap())
        };
        case.assert("fid", &[fid(&real, &fake)]);
        case.assert("kid", &[kid(&real, &fake, Stream::new(0)).unwrap()]);

        let scale = label_scale(&real);
        let joined = [(&real, &real_labels), (&fake, &fake_labels)]
            .map(|(features, labels)| join_labels(features, labels, 3, scale));
        case.assert("fjd", &[fid(&joined[0], &joined[1])]);

        let (a, b) = (Radii::new(&real).unwrap(), Radii::new(&fake).unwrap());
        let near = neighbourhood(&real, &a, &fake, &b);
        case.assert("precision", &[near.precision]);
        case.assert("recall", &[near.recall]);
        case.assert("density", &[near.density]);
        case.assert("coverage", &[near.coverage]);

        let ratios = intra_class_ratio(
            &intra_class_distances(&real, &real_labels, 3),
            &intra_class_distances(&fake, &fake_labels, 3),
        )
        .unwrap();
        case.assert("intra_class", &ratios.per_class);
    }
}

#[test]
fn parzen_equals_its_paper() {
    for case in cases("validation") {
        let (fake, validation, test) =
            (case.floats("fake"), case.bytes("validation"), case.bytes("test"));
        let got = parzen(
            &fake,
            Pixels::Bytes(&validation),
            Pixels::Bytes(&test),
            case.input["fake"].shape[1],
        )
        .unwrap();
        for (name, got) in ["coarse", "refined"].iter().zip(got) {
            case.assert(name, &[got.sigma, got.mean, got.standard_error]);
        }
    }
}

#[test]
fn conditional_scores_equal_their_definition() {
    for case in cases("logits") {
        let classes = case.input["logits"].shape[1];
        let got = conditional(&case.floats("logits"), &case.bytes("labels"), classes).unwrap();
        case.assert("accuracy", &[got.accuracy]);
        let per_class: Vec<f64> = got.per_class.iter().map(|x| x.unwrap()).collect();
        case.assert("per_class", &per_class);
        let confusion: Vec<f64> = got.confusion.iter().flatten().map(|&x| x as f64).collect();
        case.assert("confusion", &confusion);
        case.assert("mean_log_p", &[got.mean_log_p]);
        case.assert("predicted_entropy", &[got.predicted_entropy]);
        case.assert("total_variation", &[got.total_variation]);
    }
}

/// The embedded scorer on MNIST itself: what each sickness looks like in the fast scores.
#[test]
fn fast_scores_tell_sick_samples_from_healthy_ones() {
    let data = DataSet::load(&DataSettings::default()).unwrap();
    let nowhere = std::path::Path::new("no such folder");
    let scorer = Scorer::load(&data, nowhere).unwrap();
    assert!(!nowhere.exists());
    let reference = Reference::new(Arc::new(scorer), data.clone()).unwrap();

    let real = NamedImages::train(&data, &(0..1_000));
    let score = |pixels: Vec<f32>, labels: Vec<u8>| -> BTreeMap<String, f64> {
        let samples = Samples::new(pixels, PixelRange::Unit, labels, 784, 10).unwrap();
        fast(&reference, &samples)
            .into_iter()
            .map(|score| (score.name, score.value.number().unwrap()))
            .collect()
    };
    let healthy = score(real.unit(), real.labels.to_vec());
    assert!(healthy["conditional_accuracy"] > 0.98, "{healthy:?}");
    assert!((healthy["intra_class_ratio"] - 1.0).abs() < 0.1, "{healthy:?}");

    // Labels ignored: each image under its neighbour's label.
    let mut turned = real.labels.to_vec();
    turned.rotate_left(1);
    let ignored = score(real.unit(), turned);
    assert!(ignored["conditional_accuracy"] < 0.2, "{ignored:?}");
    assert_eq!(ignored["kid"], healthy["kid"]);

    // Collapse within the classes: one image a class. The labels are obeyed.
    let first = |class: u8| real.labels.iter().position(|&l| l == class).unwrap();
    let labels: Vec<u8> = (0..1_000).map(|i| (i % 10) as u8).collect();
    let unit = real.unit();
    let one_each: Vec<f32> =
        labels.iter().flat_map(|&l| unit[first(l) * 784..][..784].to_vec()).collect();
    let collapsed = score(one_each, labels);
    assert_eq!(collapsed["intra_class_ratio"], 0.0, "{collapsed:?}");
    assert!(collapsed["conditional_accuracy"] > 0.89, "{collapsed:?}");
    assert!(collapsed["kid"] > 5.0 * healthy["kid"].max(1.0), "{collapsed:?}");

    // Collapse between the classes: all zeros and ones, whatever was asked.
    let two: Vec<usize> = (0..1_000).filter(|&i| real.labels[i] < 2).cycle().take(1_000).collect();
    let pixels = two.iter().flat_map(|&i| unit[i * 784..][..784].to_vec()).collect();
    let collapsed = score(pixels, (0..1_000).map(|i| (i % 10) as u8).collect());
    assert!(collapsed["predicted_entropy"] < 0.9 * 10_f64.ln(), "{collapsed:?}");
    assert!(collapsed["label_total_variation"] > 0.7, "{collapsed:?}");
}
