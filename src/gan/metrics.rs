//! What the maxout CGAN tells of itself.

use crate::model::Plot;
use crate::run::{Direction, Metric};

const fn neutral(name: &'static str, unit: &'static str, meaning: &'static str) -> Metric {
    Metric::new(name, unit, Direction::Neutral, meaning)
}

/// The metrics of an epoch. The first four are the columns of the article's `loss.csv`.
pub const METRICS: &[Metric] = &[
    neutral("real_p", "probability", "mean D(real) over samples, train mode")
        .of_steps("Real_P", "probability/real"),
    neutral("fake_p", "probability", "mean D(fake) over samples, train mode")
        .of_steps("Fake_P", "probability/fake"),
    neutral("gen_loss", "nats", "G's loss, unweighted mean over batches")
        .of_steps("Gen_loss", "loss/generator"),
    neutral("dis_loss", "nats", "D's loss, unweighted mean over batches")
        .of_steps("Dis_loss", "loss/discriminator"),
    neutral("real_accuracy", "fraction", "real images D calls real, train mode"),
    neutral("fake_accuracy", "fraction", "fakes D calls fake, train mode"),
    neutral("real_logit_std", "logit", "std of D's logit over real images, train mode"),
    neutral("fake_logit_std", "logit", "std of D's logit over fakes, train mode"),
    neutral("gen_grad_norm", "1", "L2 norm of G's gradient, mean over steps"),
    neutral("dis_grad_norm", "1", "L2 norm of D's gradient, mean over steps"),
    neutral("gen_lr", "1", "G's learning rate at the last step"),
    neutral("dis_lr", "1", "D's learning rate at the last step"),
    neutral(
        "idle_pieces",
        "fraction",
        "pieces of D's maxout layers that won for no image, train mode",
    ),
    neutral("zero_units", "fraction", "D's maxout units at 0, over images, train mode"),
];

/// What a scored epoch knows besides its scores, in eval mode.
pub const PROBES: &[Metric] = &[
    neutral("train_sign", "1", "mean sign of D's logit on 1,000 train images, eval mode"),
    neutral("held_out_sign", "1", "the same on 1,000 images that D is not trained on"),
];

/// The pictures of a finished run's curves.
pub(super) const PLOTS: &[Plot] = &[
    Plot {
        name: "loss",
        title: "Loss",
        axis: "loss",
        range: None,
        series: &[("generator", "gen_loss"), ("discriminator", "dis_loss")],
    },
    Plot {
        name: "probability",
        title: "Probability",
        axis: "D's mean output, train mode",
        range: Some((0.0, 1.0)),
        series: &[("real images", "real_p"), ("fakes", "fake_p")],
    },
];
