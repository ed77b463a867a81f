//! Where the lights change: every number in one place.

use serde::{Deserialize, Serialize};

/// Thresholds of all health checks. The defaults are silent on the article's own runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Epochs in a row that a signal must last: one epoch is a phase.
    pub patience: usize,
    /// Epochs before labels and diversity are judged. The article's runs obey no label before
    /// epoch 20 and nearly all of them at 50.
    pub settled_epochs: usize,
    /// D wins: weight of the newest epoch in the moving average of Real_P - Fake_P.
    pub gap_weight: f64,
    /// D wins: the average above which D has won. Single epochs of healthy runs reach .95.
    pub gap: f64,
    /// D wins: accuracy of D above which, with a small loss, it has won.
    pub dis_accuracy: f64,
    /// D wins: the small loss.
    pub dis_loss_won: f64,
    /// D dead: D's loss when it cannot tell real from fake.
    pub dis_loss_chance: f64,
    /// D dead: std of the logits that is as good as none.
    pub logit_std: f64,
    /// D overfits: mean sign of D's logit on train images, eval mode (Karras et al. 2020, r_t).
    pub train_sign: f64,
    /// D overfits: how much lower the same is on images D was not trained on. Healthy runs reach
    /// .08 where the sign on train images is above .9.
    pub held_out_gap: f64,
    /// G's gradient vanishes: its norm as a share of the first epoch's.
    pub gen_grad_share: f64,
    /// Label ignored: conditional accuracy below which labels do nothing.
    pub conditional_accuracy: f64,
    /// Label ignored: coverage above which the images themselves are good.
    pub coverage: f64,
    /// Label ignored: FJD over FID above which the error lies in the labels. Real images have
    /// about 1.7.
    pub fjd_over_fid: f64,
    /// Collapse between classes: entropy of the predicted labels, as a share of ln(classes), below
    /// which it warns. Two classes of ten missing have .90.
    pub label_entropy_share: f64,
    /// Collapse between classes: the same that fails. Half of ten classes missing have .70.
    pub label_entropy_share_fail: f64,
    /// Collapse between classes: total variation from asked to predicted labels that warns.
    pub label_total_variation: f64,
    /// Collapse between classes: the same that fails. Half of the classes missing have .5.
    pub label_total_variation_fail: f64,
    /// Collapse within a class: diversity of the least diverse class that warns.
    pub intra_class_warn: f64,
    /// Collapse within a class: the same that fails.
    pub intra_class_fail: f64,
    /// Late collapse: final over best FID.
    pub late_fid_ratio: f64,
    /// Late collapse: least rise over the best, in median changes from epoch to epoch.
    pub late_noise: f64,
    /// Maxout: share of pieces that never win in an epoch. Healthy `article` runs have .14 at 50
    /// epochs; above a half, a layer of two pieces is a linear one.
    pub idle_pieces: f64,
    /// Maxout: share of units at 0, dropped ones included. Healthy `article` runs have .34 at the
    /// start and .66 at 50 epochs.
    pub zero_units: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            patience: 2,
            settled_epochs: 30,
            gap_weight: 0.3,
            gap: 0.9,
            dis_accuracy: 0.99,
            dis_loss_won: 0.05,
            dis_loss_chance: 2.0 * std::f64::consts::LN_2,
            logit_std: 1e-3,
            train_sign: 0.9,
            held_out_gap: 0.2,
            gen_grad_share: 1e-3,
            conditional_accuracy: 0.5,
            coverage: 0.5,
            fjd_over_fid: 3.0,
            label_entropy_share: 0.9,
            label_entropy_share_fail: 0.7,
            label_total_variation: 0.1,
            label_total_variation_fail: 0.5,
            intra_class_warn: 0.5,
            intra_class_fail: 0.2,
            late_fid_ratio: 1.5,
            late_noise: 4.0,
            idle_pieces: 0.5,
            zero_units: 0.9,
        }
    }
}
