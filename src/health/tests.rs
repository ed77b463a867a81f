//! Each sickness drawn by hand, and the article's own curves as the healthy case.

use std::collections::BTreeMap;

use super::*;
use crate::run::{NotComputable, ScoreValue, ScorerRecord, Scores, SetRecord};
use crate::run::{Outcome, OutcomeKind};

/// What a healthy epoch looks like in every column.
const HEALTHY: [(&str, f64); 17] = [
    ("real_p", 0.93),
    ("fake_p", 0.07),
    ("gen_loss", 4.0),
    ("dis_loss", 0.21),
    ("real_accuracy", 0.96),
    ("fake_accuracy", 0.97),
    ("real_logit_std", 3.0),
    ("fake_logit_std", 3.0),
    ("gen_grad_norm", 0.4),
    ("dis_grad_norm", 0.6),
    ("train_sign", 0.92),
    ("held_out_sign", 0.90),
    ("conditional_accuracy", 0.94),
    ("predicted_entropy", 2.29),
    ("label_total_variation", 0.02),
    ("intra_class_ratio_min", 0.8),
    ("kid", 5.0),
];

/// A run of 60 epochs, healthy but for what `change` makes of a column in an epoch.
fn run(change: impl Fn(&str, usize) -> Option<f64>) -> Vec<Light> {
    run_scored(change, None)
}

fn run_scored(change: impl Fn(&str, usize) -> Option<f64>, scores: Option<&Scores>) -> Vec<Light> {
    let mut history = History::new();
    for epoch in 0..60 {
        history
            .push_named(HEALTHY.map(|(name, value)| (name, change(name, epoch).or(Some(value)))));
    }
    lights(&history, None, scores, 10, &Thresholds::default())
}

/// The lights that are neither ok nor unknown.
fn fired(lights: &[Light]) -> Vec<(&str, State, usize)> {
    lights
        .iter()
        .filter(|light| light.state >= State::Warn)
        .map(|light| (light.name.as_str(), light.state, light.since.unwrap()))
        .collect()
}

fn scores(values: &[(&str, f64)]) -> Scores {
    let set = || SetRecord { name: "test".into(), n: 10_000 };
    Scores {
        scorer: Some(ScorerRecord {
            hash: String::new(),
            accuracy: 0.99,
            measured_on: "test".into(),
            trained_on: "train[0:50000]".into(),
        }),
        reference: set(),
        selection: set(),
        label_policy: String::new(),
        weights: None,
        eval_seed: 0,
        samples: 10_000,
        metrics: values.iter().map(|(name, x)| ScoreValue::new(name, 10_000, Ok(*x))).collect(),
        real_vs_real: vec![ScoreValue::new("fid", 0, Err(NotComputable::new("none")))],
        classes: Vec::new(),
        confusion: Vec::new(),
    }
}

#[test]
fn a_healthy_run_is_silent() {
    let lights = run(|_, _| None);
    assert_eq!(fired(&lights), []);
    let unknown: Vec<_> =
        lights.iter().filter(|l| l.state == State::Unknown).map(|l| l.name.as_str()).collect();
    assert_eq!(unknown, ["maxout-idle"]);
}

#[test]
fn the_article_s_own_runs_are_silent() {
    // Epochs 0-7 of four runs of the original program: Real_P - Fake_P is .91-.94 in epochs 1-3.
    let table = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/article_curves.csv"));
    let mut runs = BTreeMap::<&str, History>::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |i: usize| Some(fields[i].parse::<f64>().unwrap());
        runs.entry(fields[0]).or_default().push_named([
            ("real_p", number(2)),
            ("fake_p", number(3)),
            ("gen_loss", number(4)),
            ("dis_loss", number(5)),
            // Labels do nothing yet: a phase.
            ("conditional_accuracy", Some(0.1)),
            ("predicted_entropy", Some(1.5)),
        ]);
    }
    assert_eq!(runs.len(), 4);
    for history in runs.values() {
        assert_eq!(history.epochs(), 8);
        let lights = lights(history, None, None, 10, &Thresholds::default());
        assert_eq!(fired(&lights), []);
        let wins = &lights[1];
        assert!(wins.curve.iter().flatten().all(|&gap| gap < 0.89), "{wins:?}");
        assert_eq!(
            lights[5].reason,
            "share of fakes that the scorer calls their label: not judged before epoch 30"
        );
    }
}

#[test]
fn our_own_good_runs_are_silent() {
    // Preset `article` and its variant with the paper's maxout, three seeds each, 50 epochs: the
    // runs of `experiments/maxout_mode.toml`.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/healthy_curves.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let mut runs = BTreeMap::<&str, History>::new();
    for fields in lines {
        let number = |i: usize| Some(fields[i].parse::<f64>().unwrap());
        let row = (2..names.len()).map(|i| (names[i], number(i)));
        runs.entry(fields[0]).or_default().push_named(row);
    }
    assert_eq!(runs.len(), 6);
    for (run, history) in &runs {
        assert_eq!(history.epochs(), 50);
        // At any moment, not at the end alone.
        for epochs in 1..=50 {
            let lights = lights(&history.first(epochs), None, None, 10, &Thresholds::default());
            assert_eq!(fired(&lights), [], "{run}, {epochs} epochs");
        }
        let lights = lights(history, None, None, 10, &Thresholds::default());
        assert!(lights.iter().all(|light| light.state == State::Ok), "{run}: {lights:#?}");
    }
}

#[test]
fn not_finite() {
    let mut history = History::new();
    for loss in [0.5, f64::NAN] {
        history.push_named([("gen_loss", Some(loss)), ("dis_loss", Some(0.1))]);
    }
    let found = lights(&history, None, None, 10, &Thresholds::default());
    assert_eq!(fired(&found), [("not-finite", State::Fail, 1)]);
    assert_eq!(found[0].reason, "gen_loss is not finite");

    let outcome = Outcome {
        kind: OutcomeKind::Diverged,
        steps: 700,
        epochs: 2,
        reason: "step 700: the generator's loss is NaN".into(),
    };
    let history = History::new();
    let found = lights(&history, Some(&outcome), None, 10, &Thresholds::default());
    assert_eq!(fired(&found), [("not-finite", State::Fail, 2)]);
    assert_eq!(found[0].reason, outcome.reason);
}

#[test]
fn discriminator_wins() {
    // By the gap, from epoch 0 on, as with a saturating loss and a fast D.
    let gap = run(|name, _| match name {
        "real_p" => Some(0.99),
        "fake_p" => Some(0.005),
        _ => None,
    });
    assert_eq!(fired(&gap), [("discriminator-wins", State::Fail, 0)]);
    assert_eq!(gap[1].threshold, Some(0.9));
    assert!((gap[1].value.unwrap() - 0.985).abs() < 1e-12);

    // By accuracy and loss, and it passes.
    let passed = run(|name, epoch| match name {
        "real_accuracy" | "fake_accuracy" if (5..9).contains(&epoch) => Some(0.999),
        "dis_loss" if (5..9).contains(&epoch) => Some(0.01),
        _ => None,
    });
    assert_eq!(fired(&passed), [("discriminator-wins", State::Warn, 5)]);

    // One epoch is a phase.
    let phase = run(|name, epoch| match name {
        "real_accuracy" | "fake_accuracy" if epoch == 5 => Some(0.999),
        "dis_loss" if epoch == 5 => Some(0.01),
        _ => None,
    });
    assert_eq!(fired(&phase), []);
}

#[test]
fn discriminator_overfits() {
    let lights = run(|name, epoch| match name {
        "held_out_sign" if epoch >= 40 => Some(0.6),
        _ => None,
    });
    assert_eq!(fired(&lights), [("discriminator-overfits", State::Fail, 40)]);
}

#[test]
fn discriminator_dead() {
    let lost = run(|name, epoch| match name {
        "dis_loss" if epoch >= 10 => Some(1.4),
        "real_p" if epoch >= 10 => Some(0.49),
        "fake_p" if epoch >= 10 => Some(0.5),
        _ => None,
    });
    assert_eq!(fired(&lost), [("discriminator-dead", State::Fail, 10)]);
    let flat = run(|name, epoch| match name {
        "real_logit_std" | "fake_logit_std" if epoch >= 3 => Some(1e-5),
        _ => None,
    });
    assert_eq!(fired(&flat), [("discriminator-dead", State::Fail, 3)]);
}

#[test]
fn gradient_vanishes() {
    let lights = run(|name, epoch| match name {
        "gen_grad_norm" if epoch >= 7 => Some(0.4e-4),
        _ => None,
    });
    assert_eq!(fired(&lights), [("generator-gradient-vanishes", State::Fail, 7)]);
}

#[test]
fn label_ignored() {
    let shuffled = |name: &str, _| (name == "conditional_accuracy").then_some(0.1);
    let good_images = scores(&[("conditional_accuracy", 0.1), ("coverage", 0.8)]);
    let found = run_scored(shuffled, Some(&good_images));
    assert_eq!(fired(&found), [("label-ignored", State::Fail, 30)]);

    let bad_images = scores(&[("conditional_accuracy", 0.1), ("coverage", 0.1)]);
    let found = run_scored(shuffled, Some(&bad_images));
    assert_eq!(fired(&found), [("label-ignored", State::Warn, 30)]);

    assert_eq!(fired(&run(shuffled)), [("label-ignored", State::Warn, 30)]);

    let joint = scores(&[("conditional_accuracy", 0.9), ("fid", 5.0), ("fjd", 50.0)]);
    let found = run_scored(|_, _| None, Some(&joint));
    assert_eq!(fired(&found), [("label-ignored", State::Warn, 59)]);
}

#[test]
fn labels_obeyed_late_are_no_sickness() {
    let late = |name: &str, epoch| (name == "conditional_accuracy" && epoch < 30).then_some(0.2);
    let good = scores(&[("conditional_accuracy", 0.94), ("coverage", 0.8)]);
    assert_eq!(fired(&run_scored(late, Some(&good))), []);
}

#[test]
fn a_run_that_still_learns_is_no_sickness() {
    // .2 in epoch 30 and .49 at the end; and in all three signals that healthy runs begin with.
    let slow = run(|name, epoch| {
        let done = epoch as f64 / 60.0;
        match name {
            "conditional_accuracy" => Some(0.5 * done),
            "predicted_entropy" => Some(1.0 + done),
            "label_total_variation" => Some(0.5 - 0.3 * done),
            "intra_class_ratio_min" => Some(0.5 * done),
            _ => None,
        }
    });
    assert_eq!(fired(&slow), []);
    // The same, but it stops half way.
    let stuck = run(|name, epoch| match name {
        "conditional_accuracy" => Some(0.5 * epoch.min(40) as f64 / 60.0),
        _ => None,
    });
    assert_eq!(fired(&stuck), [("label-ignored", State::Warn, 49)]);
}

#[test]
fn collapse_between_classes() {
    let entropy =
        |to: f64| run(move |name, epoch| (name == "predicted_entropy" && epoch > 34).then_some(to));
    assert_eq!(fired(&entropy(1.5)), [("collapse-between-classes", State::Fail, 35)]);
    assert_eq!(fired(&entropy(2.0)), [("collapse-between-classes", State::Warn, 35)]);
    let swapped = |by: f64| run(move |name, _| (name == "label_total_variation").then_some(by));
    assert_eq!(fired(&swapped(0.6)), [("collapse-between-classes", State::Fail, 30)]);
    assert_eq!(fired(&swapped(0.2)), [("collapse-between-classes", State::Warn, 30)]);
    // A phase at the start is no sickness, even one that lasts beyond epoch 30; later it is.
    let phase = |from, to| {
        let low =
            move |name: &str, epoch| name == "predicted_entropy" && (from..to).contains(&epoch);
        run(move |name, epoch| low(name, epoch).then_some(1.5))
    };
    assert_eq!(fired(&phase(0, 40)), []);
    assert_eq!(fired(&phase(35, 40)), [("collapse-between-classes", State::Warn, 35)]);
}

#[test]
fn collapse_within_class() {
    let ratio = |low: f64| {
        run(move |name, epoch| (name == "intra_class_ratio_min" && epoch >= 40).then_some(low))
    };
    assert_eq!(fired(&ratio(0.4)), [("collapse-within-class", State::Warn, 40)]);
    assert_eq!(fired(&ratio(0.0)), [("collapse-within-class", State::Fail, 40)]);
}

#[test]
fn late_collapse() {
    let up = run(|name, epoch| (name == "kid" && epoch > 50).then_some(12.0));
    assert_eq!(fired(&up), [("late-collapse", State::Fail, 52)]);
    // Samples that are all equal have no KID, which must not hide them.
    let mut history = History::new();
    for epoch in 0..60 {
        let gone = |name| name == "kid" && epoch > 50;
        history.push_named(HEALTHY.map(|(name, value)| (name, (!gone(name)).then_some(value))));
    }
    let shown = lights(&history, None, None, 10, &Thresholds::default());
    assert_eq!(fired(&shown), [("late-collapse", State::Fail, 51)]);
    let bump = run(|name, epoch| (name == "kid" && (20..30).contains(&epoch)).then_some(12.0));
    assert_eq!(fired(&bump), []);
    // A steady fall back, one percent of the way an epoch.
    let slow =
        run(|name, epoch| (name == "kid" && epoch > 30).then(|| 5.0 + 0.25 * (epoch - 30) as f64));
    assert_eq!(fired(&slow), [("late-collapse", State::Fail, 42)]);
}

#[test]
fn late_collapse_is_more_than_noise() {
    // A good generator's KID between 0 and .6, around 0 even: its best is far below its last.
    for level in [0.0, 0.3] {
        let noisy = |scale: f64| {
            run(move |name, epoch| {
                let wave = (epoch as f64 * 2.4).sin() + (epoch as f64 * 0.7).cos();
                (name == "kid").then_some(scale * (level + 0.15 * wave))
            })
        };
        assert_eq!(fired(&noisy(1.0)), [], "{level}");
        // The same noise under a real collapse.
        let falls = run(move |name, epoch| {
            let wave = (epoch as f64 * 2.4).sin() + (epoch as f64 * 0.7).cos();
            let fallen = if epoch < 50 { level } else { 3.0 };
            (name == "kid").then_some(fallen + 0.15 * wave)
        });
        assert_eq!(fired(&falls), [("late-collapse", State::Fail, 50)], "{level}");
    }
}

#[test]
fn idle_maxout() {
    let mut history = History::new();
    for _ in 0..3 {
        history.push_named([("idle_pieces", Some(0.6)), ("zero_units", Some(0.0))]);
    }
    let found = lights(&history, None, None, 10, &Thresholds::default());
    assert_eq!(fired(&found), [("maxout-idle", State::Warn, 0)]);
}

#[test]
fn nothing_recorded_is_unknown_and_never_panics() {
    for epochs in 0..3 {
        let mut history = History::new();
        for _ in 0..epochs {
            history.push_named([("kid", None)]);
        }
        let lights = lights(&history, None, None, 10, &Thresholds::default());
        assert!(lights[1..].iter().all(|l| l.state == State::Unknown), "{lights:?}");
        serde_json::to_string(&lights).unwrap();
    }
}

#[test]
fn thresholds_follow_the_loss() {
    use crate::gan::{LossKind, LossSettings, LossSum};
    let with = |kind, discriminator, wrong_labels| {
        crate::gan::thresholds(&LossSettings {
            kind,
            discriminator,
            real_target: 1.0,
            wrong_labels,
        })
    };
    let of = |kind, discriminator| {
        let t = with(kind, discriminator, 0.0);
        assert_eq!(t.settled_epochs, Thresholds::default().settled_epochs);
        (t.dis_loss_chance, t.dis_loss_won)
    };
    let article = of(LossKind::NonSaturating, LossSum::Sum);
    let default = Thresholds::default();
    assert_eq!(article, (default.dis_loss_chance, default.dis_loss_won));
    assert_eq!(of(LossKind::LeastSquares, LossSum::Sum).0, 0.5);
    assert_eq!(of(LossKind::Hinge, LossSum::Mean).0, 1.0);
    // With wrong labels of weight .5 there are 1.5 fakes to each real image: p = .4.
    let t = with(LossKind::NonSaturating, LossSum::Sum, 0.5);
    let by_hand = -(0.4f64.ln()) - 1.5 * 0.6f64.ln();
    assert!((t.dis_loss_chance - by_hand).abs() < 1e-12);
    assert_eq!(t.settled_epochs, 10);
    let t = with(LossKind::LeastSquares, LossSum::Sum, 0.5);
    assert!((t.dis_loss_chance - (0.36 + 1.5 * 0.16)).abs() < 1e-12);
}

#[test]
fn a_rule_may_name_whatever_can_be_red_before_the_end_and_nothing_else() {
    // Each drawn where it is red, without a run's last scores.
    let red = |name: &str, epoch: usize| match name {
        "real_p" => Some(0.99),
        "fake_p" => Some(0.005),
        "held_out_sign" => Some(0.1),
        "gen_grad_norm" if epoch > 0 => Some(1e-9),
        "conditional_accuracy" => Some(0.1),
        "predicted_entropy" => Some(0.1),
        "intra_class_ratio_min" => Some(0.0),
        "kid" if epoch > 40 => Some(99.0),
        "dis_loss" => Some(1.4),
        _ => None,
    };
    let mut history = History::new();
    for epoch in 0..60 {
        let numbers = HEALTHY.map(|(name, value)| (name, red(name, epoch).or(Some(value))));
        let idle = [("idle_pieces", Some(1.0)), ("zero_units", Some(1.0))];
        let flat = [("real_logit_std", Some(0.0)), ("fake_logit_std", Some(0.0))];
        let kept = numbers.into_iter().filter(|(name, _)| !name.ends_with("logit_std"));
        history.push_named(kept.chain(idle).chain(flat));
    }
    let lights = lights(&history, None, None, 10, &Thresholds::default());
    let failed = lights.iter().filter(|light| light.state == State::Fail);
    let failed: Vec<&str> = failed.map(|light| light.name.as_str()).collect();
    assert_eq!(failed, crate::spec::STOP_ON);
    assert_eq!(
        first_red(&lights, &["late-collapse", "discriminator-dead"]).unwrap(),
        "discriminator-dead is red since epoch 1: D's loss at chance with Fake_P at least Real_P, \
         or logits all alike"
    );
    assert_eq!(first_red(&lights, &[]), None);
}
