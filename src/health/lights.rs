//! Each sickness with its signal.

use super::history::History;
use super::late::late_collapse;
use super::light::{Light, State};
use super::signal::{Curve, Signal, but_for_a_phase, low_for_good};
use super::thresholds::Thresholds;
use crate::run::Scores;
use crate::run::{Outcome, OutcomeKind};

/// All lights of a run. `outcome` and `scores` where there are any; `classes` of the data set.
pub fn lights(
    history: &History,
    outcome: Option<&Outcome>,
    scores: Option<&Scores>,
    classes: usize,
    thresholds: &Thresholds,
) -> Vec<Light> {
    vec![
        not_finite(history, outcome),
        discriminator_wins(history, thresholds),
        discriminator_overfits(history, thresholds),
        discriminator_dead(history, thresholds),
        gradient_vanishes(history, thresholds),
        label_ignored(history, scores, thresholds),
        collapse_between_classes(history, classes, thresholds),
        collapse_within_class(history, thresholds),
        late_collapse(history, thresholds),
        idle_maxout(history, thresholds),
    ]
}

fn not_finite(history: &History, outcome: Option<&Outcome>) -> Light {
    let bad =
        |name: &str, epoch: usize| history.column(name)[epoch].is_some_and(|x| !x.is_finite());
    let curve: Curve = (0..history.epochs())
        .map(|epoch| Some(history.names().filter(|name| bad(name, epoch)).count() as f64))
        .collect();
    let since = curve.iter().position(|count| *count > Some(0.0));
    let named = since.and_then(|epoch| history.names().find(|name| bad(name, epoch)));
    let diverged = outcome.filter(|o| o.kind == OutcomeKind::Diverged);
    let (state, since, reason) = match (diverged, since) {
        // A run stops in the epoch in which it diverges, so that one is in no table.
        (Some(outcome), epoch) => {
            (State::Fail, Some(epoch.unwrap_or(outcome.epochs as usize)), outcome.reason.clone())
        }
        (None, Some(_)) => {
            (State::Fail, since, format!("{} is not finite", named.unwrap_or("a metric")))
        }
        (None, None) => (State::Ok, None, "numbers that are not finite".to_owned()),
    };
    let value = since.and_then(|epoch| curve.get(epoch).copied().flatten());
    Light { name: "not-finite".into(), state, since, value, threshold: Some(0.0), reason, curve }
}

/// Two signs: the averaged gap of D's outputs, or an accuracy and loss that only a winner has.
fn discriminator_wins(history: &History, t: &Thresholds) -> Light {
    let mut average = None;
    let gap = history.both("real_p", "fake_p", |real, fake| real - fake);
    let curve: Curve = gap
        .into_iter()
        .map(|gap| {
            let gap = gap?;
            let old = average.unwrap_or(gap);
            average = Some(old + t.gap_weight * (gap - old));
            average
        })
        .collect();
    let accuracy = history.both("real_accuracy", "fake_accuracy", |real, fake| (real + fake) / 2.0);
    let losses = history.column("dis_loss");
    let fires: Vec<Option<bool>> = curve
        .iter()
        .zip(accuracy.iter().zip(&losses))
        .map(|(gap, (accuracy, loss))| {
            let by_gap = gap.map(|gap| gap > t.gap);
            let by_loss = accuracy
                .zip(*loss)
                .map(|(accuracy, loss)| accuracy > t.dis_accuracy && loss < t.dis_loss_won);
            match (by_gap, by_loss) {
                (Some(a), Some(b)) => Some(a || b),
                (a, b) => a.or(b),
            }
        })
        .collect();
    Signal {
        name: "discriminator-wins",
        reason: "moving average of Real_P - Fake_P, or accuracy with a small loss",
        threshold: t.gap,
        curve,
        from: 0,
        patience: t.patience,
    }
    .light_where(&fires)
}

/// D's answers in eval mode on images it was trained on and on others.
fn discriminator_overfits(history: &History, t: &Thresholds) -> Light {
    let train = history.column("train_sign");
    let curve = history.both("train_sign", "held_out_sign", |train, held_out| train - held_out);
    let fires: Vec<Option<bool>> = curve
        .iter()
        .zip(train)
        .map(|(gap, train)| Some((*gap)? > t.held_out_gap && train? > t.train_sign))
        .collect();
    Signal {
        name: "discriminator-overfits",
        reason: "mean sign of D's logit, train less held-out images",
        threshold: t.held_out_gap,
        curve,
        from: 0,
        patience: t.patience,
    }
    .light_where(&fires)
}

/// D no better than chance, or D that answers all images alike.
fn discriminator_dead(history: &History, t: &Thresholds) -> Light {
    let curve = history.column("dis_loss");
    let gap = history.both("real_p", "fake_p", |real, fake| real - fake);
    let spread = history.both("real_logit_std", "fake_logit_std", f64::max);
    let fires: Vec<Option<bool>> = curve
        .iter()
        .zip(gap.iter().zip(&spread))
        .map(|(loss, (gap, spread))| {
            let lost = loss.zip(*gap).map(|(loss, gap)| loss >= t.dis_loss_chance && gap <= 0.0);
            let flat = spread.map(|std| std < t.logit_std);
            match (lost, flat) {
                (Some(a), Some(b)) => Some(a || b),
                (a, b) => a.or(b),
            }
        })
        .collect();
    Signal {
        name: "discriminator-dead",
        reason: "D's loss at chance with Fake_P at least Real_P, or logits all alike",
        threshold: t.dis_loss_chance,
        curve,
        from: 0,
        patience: t.patience,
    }
    .light_where(&fires)
}

fn gradient_vanishes(history: &History, t: &Thresholds) -> Light {
    let norms = history.column("gen_grad_norm");
    let first = norms.iter().flatten().next().copied();
    let curve = norms.iter().map(|norm| Some((*norm)? / first.filter(|f| *f > 0.0)?)).collect();
    Signal {
        name: "generator-gradient-vanishes",
        reason: "norm of G's gradient over that of the first epoch",
        threshold: t.gen_grad_share,
        curve,
        from: 0,
        patience: t.patience,
    }
    .light(|share| share < t.gen_grad_share)
}

/// Labels that do nothing. Low accuracy alone may also be bad images: only with good coverage, or
/// an FJD far above the FID, is the label at fault.
fn label_ignored(history: &History, scores: Option<&Scores>, t: &Thresholds) -> Light {
    let curve = history.column("conditional_accuracy");
    let fires = low_for_good(&curve, t.conditional_accuracy);
    let well: Vec<bool> =
        curve.iter().map(|a| a.is_some_and(|a| a >= t.conditional_accuracy)).collect();
    let light = Signal {
        name: "label-ignored",
        reason: "share of fakes that the scorer calls their label",
        threshold: t.conditional_accuracy,
        curve,
        from: t.settled_epochs,
        patience: t.patience,
    }
    .light_where(&fires);
    let mut light = but_for_a_phase(light, &well);
    let Some(scores) = scores else {
        if light.state == State::Fail {
            light.state = State::Warn;
            light.reason += "; without final scores the images may be at fault";
        }
        return light;
    };
    if history.epochs() <= t.settled_epochs {
        return light;
    }
    let Some(accuracy) = scores.get("conditional_accuracy") else { return light };
    let covered = scores.get("coverage").is_some_and(|coverage| coverage > t.coverage);
    let joint = scores.get("fjd").zip(scores.get("fid")).map(|(fjd, fid)| fjd / fid);
    let low = accuracy < t.conditional_accuracy;
    if low && light.state == State::Ok {
        // It still comes up.
        return light;
    }
    light.value = light.since.and(light.value).or(Some(accuracy));
    if low && covered {
        light.state = State::Fail;
        light.reason += "; the images cover the real ones";
    } else if joint.is_some_and(|ratio| ratio > t.fjd_over_fid) {
        light.state = if low { State::Fail } else { State::Warn };
        light.reason += "; FJD is far above FID";
    } else if low {
        light.state = State::Warn;
        light.reason += "; the images themselves are not good either";
    } else if light.state != State::Warn {
        light.state = State::Ok;
    }
    if light.state >= State::Warn && light.since.is_none() {
        light.since = history.epochs().checked_sub(1);
    }
    light
}

/// Fakes that the scorer sees as few classes, whatever was asked.
fn collapse_between_classes(history: &History, classes: usize, t: &Thresholds) -> Light {
    let most = (classes as f64).ln();
    let entropy = history.column("predicted_entropy").into_iter();
    let curve: Curve = entropy.map(|entropy| Some(entropy? / most)).collect();
    let variation = history.column("label_total_variation").into_iter();
    let closeness: Curve = variation.map(|v| Some(-v?)).collect();
    graded(|severe| {
        let (share, apart) = if severe {
            (t.label_entropy_share_fail, t.label_total_variation_fail)
        } else {
            (t.label_entropy_share, t.label_total_variation)
        };
        let fires: Vec<Option<bool>> = low_for_good(&curve, share)
            .into_iter()
            .zip(low_for_good(&closeness, -apart))
            .map(|(few, apart)| Some(few? || apart == Some(true)))
            .collect();
        let well: Vec<bool> = curve
            .iter()
            .zip(&closeness)
            .map(|(e, c)| e.is_some_and(|e| e >= share) && c.is_none_or(|c| c >= -apart))
            .collect();
        let signal = Signal {
            name: "collapse-between-classes",
            reason: "entropy of predicted labels over its most, or total variation to asked labels",
            threshold: share,
            curve: curve.clone(),
            from: t.settled_epochs,
            patience: t.patience,
        };
        but_for_a_phase(signal.light_where(&fires), &well)
    })
}

fn collapse_within_class(history: &History, t: &Thresholds) -> Light {
    let curve = history.column("intra_class_ratio_min");
    graded(|severe| {
        let threshold = if severe { t.intra_class_fail } else { t.intra_class_warn };
        let fires = low_for_good(&curve, threshold);
        let well: Vec<bool> = curve.iter().map(|r| r.is_some_and(|r| r >= threshold)).collect();
        let signal = Signal {
            name: "collapse-within-class",
            reason: "diversity of the least diverse class, fake over real",
            threshold,
            curve: curve.clone(),
            from: t.settled_epochs,
            patience: t.patience,
        };
        but_for_a_phase(signal.light_where(&fires), &well)
    })
}

/// Fails by the severe thresholds; by the others warns at most.
fn graded(light: impl Fn(bool) -> Light) -> Light {
    let severe = light(true);
    if severe.state == State::Fail {
        return severe;
    }
    let mut slight = light(false);
    slight.state = slight.state.min(State::Warn);
    slight
}

fn idle_maxout(history: &History, t: &Thresholds) -> Light {
    let zero = history.column("zero_units");
    let curve = history.column("idle_pieces");
    let fires: Vec<Option<bool>> = curve
        .iter()
        .zip(zero)
        .map(|(idle, zero)| match (idle, zero) {
            (None, None) => None,
            (idle, zero) => Some(
                idle.is_some_and(|x| x > t.idle_pieces) || zero.is_some_and(|x| x > t.zero_units),
            ),
        })
        .collect();
    let mut light = Signal {
        name: "maxout-idle",
        reason: "share of maxout pieces that never win, or of units at 0",
        threshold: t.idle_pieces,
        curve,
        from: 0,
        patience: t.patience,
    }
    .light_where(&fires);
    light.state = light.state.min(State::Warn);
    light
}
