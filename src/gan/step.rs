//! One training step: one generator update with the discriminator updates that go with it.

use std::rc::Rc;

use dfdx::tensor::{Cpu, NoneTape, OwnedTape, PutTape, SplitTape};

use super::discriminator::Again;
use super::fakes::Fakes;
use super::loss::{Losses, losses};
use super::pass::{Masks, Mode};
use super::settings::{FakeBatch, UpdateOrder};
use super::state::Gan;
use crate::model::{Batch, Purpose, StepInfo};
use crate::ops::foreground::Foreground;
use crate::ops::label::Labels;
use crate::ops::maxout::Input;
use crate::ops::{Mat, ParamGrad, PieceUsage, RowWeights, awake, backward, mix, values};

/// What a step tells: sums over its discriminator passes, so that an epoch can add them up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepResult {
    /// Logits of all real images shown, train mode.
    pub real: Vec<f32>,
    /// Logits of all fakes shown to D in its own updates, train mode.
    pub fake: Vec<f32>,
    /// G's loss.
    pub gen_loss: f64,
    /// D's loss, mean over its updates.
    pub dis_loss: f64,
    /// L2 norm of G's gradient.
    pub gen_grad_norm: f64,
    /// L2 norm of D's gradient, mean over its updates.
    pub dis_grad_norm: f64,
    /// Which pieces of D's maxout layers won in its last update.
    pub wins: PieceUsage,
}

/// A tape while training.
type Traced = OwnedTape<f32, Cpu>;

impl Gan {
    /// One step: a discriminator update on each batch and one generator update.
    ///
    /// # Errors
    /// What first stopped being finite; nothing was updated after it.
    pub fn step(&mut self, batches: &[Batch<'_>], at: StepInfo) -> Result<StepResult, String> {
        awake(|| self.step_awake(batches, at))
    }

    fn step_awake(&mut self, batches: &[Batch<'_>], at: StepInfo) -> Result<StepResult, String> {
        let mut result = StepResult::default();
        let (last, before) = batches.split_last().expect("a step has a batch");
        for (pass, batch) in before.iter().enumerate() {
            let fakes = self.draw(batch, Purpose::Noise, at.step, pass as u64);
            let images = self.generate::<NoneTape>(&fakes, at.step);
            self.train_discriminator(batch, images, &fakes, at, &mut result)?;
        }
        let fakes = self.draw(last, Purpose::Noise, at.step, before.len() as u64);
        match (self.update.order, self.update.fake_batch) {
            (UpdateOrder::Simultaneous, FakeBatch::Shared) => {
                self.train_both(last, &fakes, at, &mut result)?;
            }
            (UpdateOrder::Simultaneous, FakeBatch::Fresh) => {
                let images = self.generate::<NoneTape>(&fakes, at.step);
                self.discriminator_gradients(last, images, &fakes, at.step, &mut result)?;
                let fresh = self.draw(last, Purpose::FreshNoise, at.step, fakes.pass);
                let images = self.generate::<Traced>(&fresh, at.step);
                self.generator_gradients(images, &fresh, at.step, &mut result)?;
                self.update_discriminator(at, &mut result)?;
                self.update_generator(at, &mut result)?;
            }
            (UpdateOrder::Alternating, fake_batch) => {
                // G has not changed since these fakes were drawn: its tape serves its own update.
                let (images, tape) = self.generate::<Traced>(&fakes, at.step).split_tape();
                self.train_discriminator(last, images.clone(), &fakes, at, &mut result)?;
                match fake_batch {
                    FakeBatch::Shared => {
                        let images = images.put_tape(tape);
                        self.generator_gradients(images, &fakes, at.step, &mut result)?;
                    }
                    FakeBatch::Fresh => {
                        let fresh = self.draw(last, Purpose::FreshNoise, at.step, fakes.pass);
                        let images = self.generate::<Traced>(&fresh, at.step);
                        self.generator_gradients(images, &fresh, at.step, &mut result)?;
                    }
                }
                self.update_generator(at, &mut result)?;
            }
        }
        let updates = batches.len() as f64;
        result.dis_loss /= updates;
        result.dis_grad_norm /= updates;
        Ok(result)
    }

    /// The article's step: one pass of D over real images and fakes, one backward pass through D
    /// for both losses, both networks updated at the parameters before the step.
    fn train_both(
        &mut self,
        batch: &Batch<'_>,
        fakes: &Fakes,
        at: StepInfo,
        result: &mut StepResult,
    ) -> Result<(), String> {
        let images = self.generate::<Traced>(fakes, at.step);
        let weights = Weighings::unset();
        let logits = self.discriminate(batch, images, fakes, &weights, true, at.step);
        let losses = self.losses(&logits, batch.labels.len(), result)?;
        weights.set(&losses, batch.labels.len());
        result.dis_loss += losses.dis_loss;
        result.gen_loss = losses.gen_loss;
        backward(logits);
        self.update_discriminator(at, result)?;
        self.update_generator(at, result)
    }

    fn train_discriminator(
        &mut self,
        batch: &Batch<'_>,
        images: Mat,
        fakes: &Fakes,
        at: StepInfo,
        result: &mut StepResult,
    ) -> Result<(), String> {
        self.discriminator_gradients(batch, images, fakes, at.step, result)?;
        self.update_discriminator(at, result)
    }

    fn discriminator_gradients(
        &self,
        batch: &Batch<'_>,
        images: Mat,
        fakes: &Fakes,
        step: u64,
        result: &mut StepResult,
    ) -> Result<(), String> {
        let images = images.put_tape(Traced::default());
        let weights = Weighings::unset();
        let logits = self.discriminate(batch, images, fakes, &weights, false, step);
        let losses = self.losses(&logits, batch.labels.len(), result)?;
        weights.set(&losses, batch.labels.len());
        result.dis_loss += losses.dis_loss;
        backward(logits);
        Ok(())
    }

    /// G's gradient through a D whose parameters are left alone.
    fn generator_gradients(
        &self,
        images: Mat<Traced>,
        fakes: &Fakes,
        step: u64,
        result: &mut StepResult,
    ) -> Result<(), String> {
        let n = fakes.labels.len();
        let weights = RowWeights::unset();
        let x = Input::of(mix::weighted(images, &weights), 0..n);
        // D's own passes of this step have numbers below.
        let masks = Masks { stream: self.stream, step, pass: fakes.pass + 1 };
        let mode = Mode::Train(masks);
        let logits = self.discriminator.forward(x, &fakes.labels, &ParamGrad::Frozen, mode);
        let losses = losses(&self.loss, &[], values(&logits), &[]);
        check(losses.gen_loss, "G's loss")?;
        weights.set(&losses.g_weights);
        result.gen_loss = losses.gen_loss;
        backward(logits);
        Ok(())
    }

    /// Logits of real images, then of fakes, then of real images with wrong labels. Gradients leave
    /// through the fakes if `through`.
    fn discriminate(
        &self,
        batch: &Batch<'_>,
        images: Mat<Traced>,
        fakes: &Fakes,
        weights: &Weighings,
        through: bool,
        step: u64,
    ) -> Mat<Traced> {
        let (n, m) = (batch.labels.len(), fakes.labels.len());
        let labels: Labels = batch.labels.iter().chain(fakes.labels.iter()).copied().collect();
        let fakes_x = if through { mix::weighted(images, &weights.through) } else { images };
        let above = if self.discriminator.takes_foreground() {
            Foreground::of(batch.pixels, batch.pixels.len() / n).map(Rc::new)
        } else {
            None
        };
        let (x, first) = match above {
            Some(_) => (fakes_x, 0),
            None => (mix::real_above_fake(batch.pixels, fakes_x), n),
        };
        let wanted = if through { first..first + m } else { 0..0 };
        let x = Input { above, ..Input::of(x, wanted) };
        let mode = Mode::Train(Masks { stream: self.stream, step, pass: fakes.pass });
        let again = self
            .wrong_labels(batch, step, fakes.pass)
            .map(|labels| Again { labels, weights: weights.logits.clone() });
        let grad = ParamGrad::Weighted(weights.images.clone());
        self.discriminator.forward_again(x, &labels, again.as_ref(), &grad, mode)
    }

    /// Losses of logits of `n` real images followed by as many fakes, and by as many wrong labels or
    /// none; keeps the logits in `result`.
    fn losses(
        &self,
        logits: &Mat<Traced>,
        n: usize,
        result: &mut StepResult,
    ) -> Result<Losses, String> {
        let (real, fake) = values(logits).split_at(n);
        let (fake, wrong) = fake.split_at(n);
        result.real.extend_from_slice(real);
        result.fake.extend_from_slice(fake);
        let losses = losses(&self.loss, real, fake, wrong);
        check(losses.dis_loss, "D's loss")?;
        check(losses.gen_loss, "G's loss")?;
        Ok(losses)
    }

    fn update_discriminator(
        &mut self,
        at: StepInfo,
        result: &mut StepResult,
    ) -> Result<(), String> {
        let norm = self.discriminator_optimizer.update(&mut self.discriminator.params_mut(), at)?;
        result.dis_grad_norm += norm;
        result.wins = self.discriminator.wins();
        Ok(())
    }

    fn update_generator(&mut self, at: StepInfo, result: &mut StepResult) -> Result<(), String> {
        result.gen_grad_norm =
            self.generator_optimizer.update(&mut self.generator.params_mut(), at)?;
        if let Some(average) = &mut self.average {
            average.update(&self.generator, self.generator_optimizer.updates());
        }
        Ok(())
    }
}

/// By what the gradients of logits are multiplied where a loss needs its own, once it is known.
struct Weighings {
    /// D's loss of every logit.
    logits: RowWeights,
    /// The rows of layers that know no label: of images that D is shown twice the gradient is D's
    /// loss' already.
    images: RowWeights,
    /// G's loss of every fake's logit, where the gradient leaves D.
    through: RowWeights,
}

impl Weighings {
    fn unset() -> Self {
        let unset = RowWeights::unset;
        Self { logits: unset(), images: unset(), through: unset() }
    }

    /// Those of the losses of a batch of `n` real images.
    fn set(&self, losses: &Losses, n: usize) {
        let images = 2 * n;
        self.logits.set(&losses.d_weights);
        self.through.set(&losses.g_weights);
        if losses.d_weights.len() == images {
            self.images.set(&losses.d_weights);
        } else {
            let fakes = &losses.d_weights[n..images];
            self.images.set(&[&vec![1.0; n], fakes].concat());
        }
    }
}

fn check(loss: f64, name: &str) -> Result<(), String> {
    if loss.is_finite() { Ok(()) } else { Err(name.into()) }
}
