//! Losses on logits, with their derivatives.

use super::{LossKind, LossSettings, LossSum};

/// Both losses of one batch and their derivatives with respect to each logit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Losses {
    /// G's loss, a mean over the fakes.
    pub gen_loss: f64,
    /// D's loss, means over the real images, the fakes and the wrong labels, put together.
    pub dis_loss: f64,
    /// ∂dis_loss/∂logit of each real image, then of each fake, then of each wrong label.
    pub d_weights: Vec<f32>,
    /// ∂gen_loss/∂logit of each fake.
    pub g_weights: Vec<f32>,
}

/// The losses of D and G for D's logits of real images, of fakes, and of real images with wrong
/// labels, which D takes for fakes with the weight `wrong_labels`.
///
/// | kind | D, real l | D, fake l | G, fake l |
/// |---|---|---|---|
/// | non-saturating | softplus(l) - t·l | softplus(l) | softplus(-l) |
/// | saturating | the same | the same | -softplus(l) |
/// | least squares | (l - t)² | l² | (l - 1)² |
/// | hinge | max(0, 1 - l) | max(0, 1 + l) | -l |
///
/// t is `real_target`. softplus(l) = log(1 + e^l) is -log(1 - σ(l)), stable for every l.
pub fn losses(settings: &LossSettings, real: &[f32], fake: &[f32], wrong: &[f32]) -> Losses {
    let t = settings.real_target;
    let part = match settings.discriminator {
        LossSum::Sum => 1.0,
        LossSum::Mean => 0.5,
    };
    let d_real = |l: f64| match settings.kind {
        LossKind::NonSaturating | LossKind::Saturating => (softplus(l) - t * l, sigmoid(l) - t),
        LossKind::LeastSquares => ((l - t) * (l - t), 2.0 * (l - t)),
        LossKind::Hinge => hinge(-l, -1.0),
    };
    let d_fake = |l: f64| match settings.kind {
        LossKind::NonSaturating | LossKind::Saturating => (softplus(l), sigmoid(l)),
        LossKind::LeastSquares => (l * l, 2.0 * l),
        LossKind::Hinge => hinge(l, 1.0),
    };
    let g_fake = |l: f64| match settings.kind {
        LossKind::NonSaturating => (softplus(-l), sigmoid(l) - 1.0),
        LossKind::Saturating => (-softplus(l), -sigmoid(l)),
        LossKind::LeastSquares => ((l - 1.0) * (l - 1.0), 2.0 * (l - 1.0)),
        LossKind::Hinge => (-l, -1.0),
    };
    let mut result = Losses::default();
    let mut d_weights = Vec::with_capacity(real.len() + fake.len());
    result.dis_loss =
        mean(real, part, d_real, &mut d_weights) + mean(fake, part, d_fake, &mut d_weights);
    if !wrong.is_empty() {
        result.dis_loss += mean(wrong, part * settings.wrong_labels, d_fake, &mut d_weights);
    }
    result.gen_loss = mean(fake, 1.0, g_fake, &mut result.g_weights);
    result.d_weights = d_weights;
    result
}

/// `factor` times the mean of a loss, its derivatives appended to `weights`.
fn mean(
    logits: &[f32],
    factor: f64,
    loss: impl Fn(f64) -> (f64, f64),
    weights: &mut Vec<f32>,
) -> f64 {
    let share = factor / logits.len().max(1) as f64;
    let mut sum = 0.0;
    for logit in logits {
        let (value, derivative) = loss(f64::from(*logit));
        sum += value;
        weights.push((derivative * share) as f32);
    }
    sum * share
}

/// max(0, 1 + l) and its derivative with respect to the logit, of which l is `sign` times.
fn hinge(l: f64, sign: f64) -> (f64, f64) {
    if l > -1.0 || l.is_nan() { (1.0 + l, sign) } else { (0.0, 0.0) }
}

/// σ(l) = 1 / (1 + e^-l). libm's `exp` is the same on every platform.
pub fn sigmoid(l: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-l))
}

fn softplus(l: f64) -> f64 {
    l.max(0.0) + libm::log1p(libm::exp(-l.abs())) + if l.is_nan() { l } else { 0.0 }
}
