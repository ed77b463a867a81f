//! The training loop of one run, in plain sight.

use std::sync::atomic::Ordering;

use anyhow::Result;
use dfdx::tensor::{Cache, Cpu};

use super::checkpoint::{checkpoint, restore};
use super::judge::{Judge, StopFlag};
use super::samples::SampleGrid;
use super::totals::EpochTotals;
use crate::data::{Batches, DataSet, gather};
use crate::gan::{Batch, Gan, StepResult};
use crate::optim::{Progress, learning_rate};
use crate::plan::{Length, Purpose, Run, Stream};
use crate::run::{Checkpoint, Event, NamedTensor, Outcome, OutcomeKind, Recorder, StepMetrics};

/// Trains one run, from `from` or from its first step, and tells `recorder` what happens; `judge`
/// scores it.
///
/// Uses the threads of the surrounding rayon pool, with the same bits for any number of them.
/// The outcome is completed, diverged or interrupted; it is also the last event.
///
/// # Errors
/// What a recorder could not write down, or a checkpoint of another network.
pub fn train<'a>(
    run: &'a Run,
    data: &'a DataSet,
    from: Option<Checkpoint<'_>>,
    judge: Option<&'a mut (dyn Judge + 'a)>,
    recorder: &mut dyn Recorder,
    stop: &StopFlag,
) -> Result<Outcome> {
    let device = CachedDevice::new();
    let mut state = State::new(run, data, &device.0, judge);
    if let Some(checkpoint) = from {
        state.totals = restore(&checkpoint, &mut state.gan)?;
        state.step = checkpoint.step;
    }
    let length = state.length;
    recorder.record(&Event::Started {
        epochs_done: state.step / length.steps_per_epoch,
        epochs: length.epochs,
        steps: length.steps,
    })?;
    let mut outcome = state.run(recorder, stop)?;
    if outcome.kind == OutcomeKind::Completed
        && let Some(judge) = &mut state.judge
    {
        match judge.end(&state.gan, stop)? {
            Some(scores) => recorder.record(&Event::Scores(&scores))?,
            // The last step's checkpoint is there: it goes on with the scores.
            None if run.settings.score.full => {
                outcome = state.outcome(OutcomeKind::Interrupted, "stopped".into());
            }
            None => {}
        }
    }
    recorder.record(&Event::Finished(&outcome))?;
    Ok(outcome)
}

/// A device that reuses the memory of tensors, and frees it when the run ends.
struct CachedDevice(Cpu);

impl CachedDevice {
    fn new() -> Self {
        let device = Cpu::default();
        device.enable_cache();
        Self(device)
    }
}

impl Drop for CachedDevice {
    fn drop(&mut self) {
        // dfdx's cache does not free what it holds by itself.
        self.0.disable_cache();
    }
}

/// A run between two steps.
struct State<'a> {
    run: &'a Run,
    data: &'a DataSet,
    length: Length,
    stream: Stream,
    gan: Gan,
    samples: SampleGrid,
    judge: Option<&'a mut (dyn Judge + 'a)>,
    /// Generator updates done.
    step: u64,
    totals: EpochTotals,
}

impl<'a> State<'a> {
    fn new(
        run: &'a Run,
        data: &'a DataSet,
        device: &Cpu,
        judge: Option<&'a mut (dyn Judge + 'a)>,
    ) -> Self {
        let stream = Stream::new(run.seed);
        let pixels = data.train.pixels_each();
        Self {
            run,
            data,
            length: Length::of(&run.settings, data.train.len()),
            stream,
            gan: Gan::new(device, stream, &run.settings, data.classes, pixels),
            samples: SampleGrid::new(&run.settings, stream, data),
            judge,
            step: 0,
            totals: EpochTotals::default(),
        }
    }

    fn run(&mut self, recorder: &mut dyn Recorder, stop: &StopFlag) -> Result<Outcome> {
        while self.step < self.length.steps {
            let epoch = self.step / self.length.steps_per_epoch;
            if let Some(outcome) = self.epoch(epoch, recorder, stop)? {
                return Ok(outcome);
            }
        }
        Ok(self.outcome(OutcomeKind::Completed, String::new()))
    }

    /// The rest of an epoch; an outcome if the run ends in it.
    fn epoch(
        &mut self,
        epoch: u64,
        recorder: &mut dyn Recorder,
        stop: &StopFlag,
    ) -> Result<Option<Outcome>> {
        let settings = &self.run.settings;
        let images = &self.data.train;
        let mut order = self.stream.rng(Purpose::Shuffle, epoch, 0);
        let batches = Batches::new(images, settings.train.batch, &mut order);
        let batches: Vec<&[u32]> = batches.iter().collect();
        let mut buffers = Buffers::default();
        let done = (self.step % self.length.steps_per_epoch) as usize;
        for group in batches.chunks(settings.update.discriminator_steps).skip(done) {
            if stop.load(Ordering::Relaxed) {
                self.checkpoint(recorder)?;
                return Ok(Some(self.outcome(OutcomeKind::Interrupted, "stopped".into())));
            }
            let at = self.progress();
            let result = match buffers.step(&mut self.gan, group, self.data, self.run, at) {
                Ok(result) => result,
                Err(tensor) => {
                    let reason = format!("step {}: {tensor} is not finite", self.step + 1);
                    return Ok(Some(self.outcome(OutcomeKind::Diverged, reason)));
                }
            };
            self.step += 1;
            self.totals.add(&result);
            let metrics = StepMetrics::from(&result);
            recorder.record(&Event::Step { epoch, step: self.step, metrics })?;
            if self.step == self.length.steps {
                break;
            }
            // The last step of an epoch belongs together with the epoch's own records.
            let inside = !self.step.is_multiple_of(self.length.steps_per_epoch);
            if inside && recorder.wants_checkpoint() {
                self.checkpoint(recorder)?;
            }
        }
        self.end_epoch(epoch, recorder)
    }

    fn end_epoch(&mut self, epoch: u64, recorder: &mut dyn Recorder) -> Result<Option<Outcome>> {
        let Progress { step, .. } = self.progress();
        let optimizer = &self.run.settings.optimizer;
        let at = Progress { step: step - 1, ..self.progress() };
        let mut metrics = std::mem::take(&mut self.totals).metrics(
            epoch,
            self.step,
            learning_rate(&optimizer.generator, at),
            learning_rate(&optimizer.discriminator, at),
        );
        if let Some(judge) = &mut self.judge {
            metrics.scores = judge.epoch(&self.gan);
        }
        recorder.record(&Event::Epoch(&metrics))?;
        let last = self.step == self.length.steps;
        let record = &self.run.settings.record;
        let due = |every: usize| last || (every > 0 && (epoch + 1).is_multiple_of(every as u64));
        if due(record.samples_every) {
            match self.samples.draw(&self.gan) {
                Ok(grid) => {
                    recorder.record(&Event::Samples { epoch, step: self.step, grid: &grid })?;
                }
                Err(reason) => return Ok(Some(self.outcome(OutcomeKind::Diverged, reason))),
            }
        }
        if due(record.checkpoint_every) {
            let tensors = parameters(&self.gan);
            recorder.record(&Event::Weights { epoch, last, tensors: &tensors })?;
            // At the end too: from there a longer run can go on.
            self.checkpoint(recorder)?;
        }
        Ok(None)
    }

    fn checkpoint(&self, recorder: &mut dyn Recorder) -> Result<()> {
        let checkpoint = checkpoint(&self.gan, self.step, &self.totals)?;
        recorder.record(&Event::Checkpoint(&checkpoint))
    }

    fn progress(&self) -> Progress {
        let Length { steps_per_epoch, steps, .. } = self.length;
        Progress { step: self.step, steps, steps_per_epoch }
    }

    fn outcome(&self, kind: OutcomeKind, reason: String) -> Outcome {
        let epochs = self.step / self.length.steps_per_epoch;
        let epochs = if self.step == self.length.steps { self.length.epochs } else { epochs };
        Outcome { kind, steps: self.step, epochs, reason }
    }
}

/// Memory of a step's batches, reused.
#[derive(Default)]
struct Buffers {
    pixels: Vec<Vec<f32>>,
    labels: Vec<Vec<u8>>,
}

impl Buffers {
    fn step(
        &mut self,
        gan: &mut Gan,
        group: &[&[u32]],
        data: &DataSet,
        run: &Run,
        at: Progress,
    ) -> Result<StepResult, String> {
        let images = &data.train;
        self.pixels.resize_with(group.len(), Vec::new);
        self.labels.resize_with(group.len(), Vec::new);
        for (i, indices) in group.iter().enumerate() {
            self.pixels[i].resize(indices.len() * images.pixels_each(), 0.0);
            gather(images, indices, run.settings.generator.output, &mut self.pixels[i]);
            self.labels[i].clear();
            self.labels[i].extend(indices.iter().map(|index| images.labels[*index as usize]));
        }
        let batches: Vec<Batch<'_>> = self
            .pixels
            .iter()
            .zip(&self.labels)
            .map(|(pixels, labels)| Batch { pixels, labels })
            .collect();
        gan.step(&batches, at)
    }
}

/// Both networks' parameters, G's first.
pub fn parameters(gan: &Gan) -> Vec<NamedTensor<'_>> {
    let params = gan.generator.params().into_iter().chain(gan.discriminator.params());
    params
        .map(|param| NamedTensor {
            name: param.name().into(),
            shape: if param.name().ends_with(".bias") {
                vec![param.shape()[1]]
            } else {
                param.shape().into()
            },
            values: param.values().into(),
        })
        .collect()
}
