//! Sums over the steps of an epoch, from which its metrics follow.

use serde::{Deserialize, Serialize};

use super::loss::sigmoid;
use super::step::StepResult;
use crate::ops::PieceUsage;
use crate::run::Numbers;

impl StepResult {
    /// The metrics of a step.
    pub(super) fn metrics(&self) -> Numbers {
        let p = |logits: &[f32]| {
            logits.iter().map(|l| sigmoid(f64::from(*l))).sum::<f64>() / logits.len().max(1) as f64
        };
        let numbers = [
            ("real_p", p(&self.real)),
            ("fake_p", p(&self.fake)),
            ("gen_loss", self.gen_loss),
            ("dis_loss", self.dis_loss),
        ];
        numbers.into_iter().collect()
    }
}

/// Sums over the steps of an epoch so far; part of a checkpoint inside an epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochTotals {
    real: LogitSums,
    fake: LogitSums,
    steps: u64,
    gen_loss: f64,
    dis_loss: f64,
    gen_grad_norm: f64,
    dis_grad_norm: f64,
    wins: WinTotals,
}

/// Wins of the pieces of D's maxout layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct WinTotals {
    /// Whether each piece ever won, 64 a word.
    won: Vec<u64>,
    pieces: u64,
    chances: u64,
    none: u64,
}

impl WinTotals {
    fn add(&mut self, wins: &PieceUsage) {
        self.pieces = wins.won().len() as u64;
        self.won.resize(wins.won().len().div_ceil(64), 0);
        for (word, won) in self.won.iter_mut().zip(wins.won().chunks(64)) {
            *word |= won.iter().enumerate().map(|(bit, won)| u64::from(*won) << bit).sum::<u64>();
        }
        let (chances, none) = wins.zeros();
        self.chances += chances;
        self.none += none;
    }

    /// Share of pieces that never won.
    fn idle(&self) -> f64 {
        let won: u64 = self.won.iter().map(|word| u64::from(word.count_ones())).sum();
        (self.pieces - won) as f64 / self.pieces.max(1) as f64
    }

    /// Share of units, over images, at 0.
    fn zero(&self) -> f64 {
        self.none as f64 / self.chances.max(1) as f64
    }
}

/// Sums over D's logits of one kind of image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct LogitSums {
    count: u64,
    probability: f64,
    positive: u64,
    logit: f64,
    squares: f64,
}

impl LogitSums {
    fn add(&mut self, logits: &[f32]) {
        for logit in logits {
            let l = f64::from(*logit);
            self.count += 1;
            self.probability += sigmoid(l);
            self.positive += u64::from(l > 0.0);
            self.logit += l;
            self.squares += l * l;
        }
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.count.max(1) as f64
    }

    fn std(&self) -> f64 {
        let mean = self.mean(self.logit);
        (self.mean(self.squares) - mean * mean).max(0.0).sqrt()
    }
}

impl EpochTotals {
    /// Adds a step.
    pub fn add(&mut self, step: &StepResult) {
        self.real.add(&step.real);
        self.fake.add(&step.fake);
        self.steps += 1;
        self.gen_loss += step.gen_loss;
        self.dis_loss += step.dis_loss;
        self.gen_grad_norm += step.gen_grad_norm;
        self.dis_grad_norm += step.dis_grad_norm;
        self.wins.add(&step.wins);
    }

    /// The epoch's metrics, in the order of [`METRICS`](super::METRICS):
    /// probabilities over samples, losses and norms over steps. Learning rates are G's and D's at
    /// the last step.
    pub fn metrics(&self, [gen_lr, dis_lr]: [f64; 2]) -> Numbers {
        let steps = self.steps.max(1) as f64;
        let (real, fake) = (&self.real, &self.fake);
        [
            ("real_p", real.mean(real.probability)),
            ("fake_p", fake.mean(fake.probability)),
            ("gen_loss", self.gen_loss / steps),
            ("dis_loss", self.dis_loss / steps),
            ("real_accuracy", real.mean(real.positive as f64)),
            ("fake_accuracy", 1.0 - fake.mean(fake.positive as f64)),
            ("real_logit_std", real.std()),
            ("fake_logit_std", fake.std()),
            ("gen_grad_norm", self.gen_grad_norm / steps),
            ("dis_grad_norm", self.dis_grad_norm / steps),
            ("gen_lr", gen_lr),
            ("dis_lr", dis_lr),
            ("idle_pieces", self.wins.idle()),
            ("zero_units", self.wins.zero()),
        ]
        .into_iter()
        .collect()
    }
}
