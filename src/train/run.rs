//! The training loop of one run, in plain sight.

use std::sync::atomic::Ordering;

use super::evaluator::{Evaluator, StopFlag};
use super::samples::SampleGrid;
use crate::data::{Batches, DataSet, gather};
use crate::error::Result;
use crate::model::{Batch, Network, Purpose, StepInfo, Stream};
use crate::plan::{Length, Run};
use crate::run::{Checkpoint, EpochMetrics, Event, Numbers, Outcome, OutcomeKind, Recorder};

/// Trains the network of one run, from `from` or from its first step, and tells `recorder` what
/// happens; `evaluator` scores it.
///
/// Uses the threads of the surrounding rayon pool, with the same bits for any number of them.
/// The outcome is completed, diverged, stopped or interrupted; it is also the last event.
///
/// # Errors
/// What a recorder could not write down, or a checkpoint of another network.
pub fn train<'a>(
    run: &'a Run,
    data: &'a DataSet,
    network: &'a mut dyn Network,
    from: Option<Checkpoint<'_>>,
    evaluator: Option<&'a mut (dyn Evaluator + 'a)>,
    recorder: &mut dyn Recorder,
    stop: &StopFlag,
) -> Result<Outcome> {
    let mut state = State::new(run, data, network, evaluator);
    if let Some(checkpoint) = from {
        state.network.restore(&checkpoint)?;
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
        && let Some(evaluator) = &mut state.evaluator
    {
        match evaluator.end(state.network, stop)? {
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

/// A run between two steps.
struct State<'a> {
    run: &'a Run,
    data: &'a DataSet,
    length: Length,
    stream: Stream,
    network: &'a mut dyn Network,
    samples: SampleGrid,
    evaluator: Option<&'a mut (dyn Evaluator + 'a)>,
    /// Generator updates done.
    step: u64,
}

impl<'a> State<'a> {
    fn new(
        run: &'a Run,
        data: &'a DataSet,
        network: &'a mut dyn Network,
        evaluator: Option<&'a mut (dyn Evaluator + 'a)>,
    ) -> Self {
        let stream = Stream::new(run.seed);
        Self {
            run,
            data,
            length: Length::of(run.model, &run.settings, data.train.len()),
            stream,
            samples: SampleGrid::new(network, stream, data),
            network,
            evaluator,
            step: 0,
        }
    }

    fn run(&mut self, recorder: &mut dyn Recorder, stop: &StopFlag) -> Result<Outcome> {
        // Another attempt, or the run that this one goes on from, may have ended just here.
        let at_an_end = self.step > 0 && self.step.is_multiple_of(self.length.steps_per_epoch);
        if at_an_end && let Some(outcome) = self.condemned(recorder)? {
            return Ok(outcome);
        }
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
        for group in batches.chunks(self.run.model.batches_per_step(settings)).skip(done) {
            if stop.load(Ordering::Relaxed) {
                self.checkpoint(recorder)?;
                return Ok(Some(self.outcome(OutcomeKind::Interrupted, "stopped".into())));
            }
            let at = self.at(self.step);
            let metrics = match buffers.step(self.network, group, self.data, at) {
                Ok(metrics) => metrics,
                Err(tensor) => {
                    let reason = format!("step {}: {tensor} is not finite", self.step + 1);
                    return Ok(Some(self.outcome(OutcomeKind::Diverged, reason)));
                }
            };
            self.step += 1;
            recorder.record(&Event::Step { epoch, step: self.step, metrics: &metrics })?;
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
        let mut numbers = self.network.end_epoch(self.at(self.step - 1));
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.epoch(self.network, &mut numbers);
        }
        let metrics = EpochMetrics { epoch, step: self.step, numbers };
        recorder.record(&Event::Epoch(&metrics))?;
        let last = self.step == self.length.steps;
        let record = &self.run.settings.record;
        let due = |every: usize| last || (every > 0 && (epoch + 1).is_multiple_of(every as u64));
        if due(record.samples_every) {
            match self.samples.draw(self.network) {
                Ok(grid) => {
                    recorder.record(&Event::Samples { epoch, step: self.step, grid: &grid })?;
                }
                Err(reason) => return Ok(Some(self.outcome(OutcomeKind::Diverged, reason))),
            }
        }
        if due(record.checkpoint_every) {
            let tensors = self.network.weights();
            recorder.record(&Event::Weights { epoch, last, tensors: &tensors })?;
            // At the end too: from there a longer run can go on.
            self.checkpoint(recorder)?;
        }
        self.condemned(recorder)
    }

    /// The outcome of a run that its own rule stops at the end of this epoch; none at its last.
    fn condemned(&self, recorder: &mut dyn Recorder) -> Result<Option<Outcome>> {
        if self.step == self.length.steps {
            return Ok(None);
        }
        let why = recorder.condemned()?;
        Ok(why.map(|why| self.outcome(OutcomeKind::Stopped, why)))
    }

    fn checkpoint(&self, recorder: &mut dyn Recorder) -> Result<()> {
        let checkpoint = self.network.checkpoint(self.step)?;
        recorder.record(&Event::Checkpoint(&checkpoint))
    }

    fn at(&self, step: u64) -> StepInfo {
        let Length { steps_per_epoch, steps, .. } = self.length;
        StepInfo { step, steps, steps_per_epoch }
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
        network: &mut dyn Network,
        group: &[&[u32]],
        data: &DataSet,
        at: StepInfo,
    ) -> Result<Numbers, String> {
        let images = &data.train;
        self.pixels.resize_with(group.len(), Vec::new);
        self.labels.resize_with(group.len(), Vec::new);
        for (i, indices) in group.iter().enumerate() {
            self.pixels[i].resize(indices.len() * images.pixels_each(), 0.0);
            gather(images, indices, network.output(), &mut self.pixels[i]);
            self.labels[i].clear();
            self.labels[i].extend(indices.iter().map(|index| images.labels[*index as usize]));
        }
        let batches: Vec<Batch<'_>> = self
            .pixels
            .iter()
            .zip(&self.labels)
            .map(|(pixels, labels)| Batch { pixels, labels })
            .collect();
        network.step(&batches, at)
    }
}
