//! Scores a run while it trains and at its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Result;

use super::scores::no_scores;
use super::{
    EVAL_SEED, FullOptions, PixelRange, Reference, References, Samples, Split, fast, fast_labels,
    full,
};
use crate::data::{DataSet, Images, gather};
use crate::gan::{Gan, noise};
use crate::plan::{Purpose, Run, Stream};
use crate::run::EPOCH_SCORES;
use crate::run::{NotComputable, Scores};
use crate::spec::{Output, Settings};
use crate::train::{Judge, StopFlag};

/// Images made, or shown to D, at once.
const CHUNK: usize = 1_000;

/// Judges one run by the fast set after each epoch and by the full set at its end.
#[derive(Debug)]
pub struct RunJudge<'a> {
    settings: &'a Settings,
    data: Arc<DataSet>,
    references: &'a References,
}

impl<'a> RunJudge<'a> {
    /// A judge of this run, which trains on `data`.
    pub fn new(run: &'a Run, data: Arc<DataSet>, references: &'a References) -> Self {
        Self { settings: &run.settings, data, references }
    }

    fn reference(&self) -> Result<Arc<Reference>, NotComputable> {
        self.references.get(&self.settings.data, &self.data)
    }

    /// One fake a label. The z are the same for every run and every epoch.
    fn samples(&self, gan: &Gan, labels: Vec<u8>) -> Result<Samples, NotComputable> {
        let mut rng = Stream::new(EVAL_SEED).rng(Purpose::Score("noise"), 0, 0);
        let z = noise(&self.settings.noise, &mut rng, labels.len());
        let each = self.data.train.pixels_each();
        let mut pixels = Vec::with_capacity(labels.len() * each);
        for (z, labels) in z.chunks(CHUNK * self.settings.noise.dim).zip(labels.chunks(CHUNK)) {
            pixels.extend(gan.sample(z, labels));
        }
        let range = match self.settings.generator.output {
            Output::Tanh => PixelRange::Signed,
            Output::Sigmoid => PixelRange::Unit,
        };
        Samples::new(pixels, range, labels, each, self.data.classes)
            .map_err(|problem| NotComputable::new(problem.to_string()))
    }

    /// Mean sign of D's logit on the first of these images (Karras et al. 2020, r_t).
    fn sign(&self, gan: &Gan, images: &Images) -> Option<f64> {
        let n = images.len().min(CHUNK);
        let indices: Vec<u32> = (0..n as u32).collect();
        let mut pixels = vec![0.0; n * images.pixels_each()];
        gather(images, &indices, self.settings.generator.output, &mut pixels);
        let logits = gan.logits(&pixels, &images.labels[..n]);
        let sum: f64 = logits
            .iter()
            .map(|&l| f64::from(u8::from(l > 0.0)) - f64::from(u8::from(l < 0.0)))
            .sum();
        (n > 0).then(|| sum / n as f64)
    }
}

impl Judge for RunJudge<'_> {
    fn epoch(&mut self, gan: &Gan) -> Vec<Option<f64>> {
        if !self.settings.score.fast {
            return Vec::new();
        }
        let scores = self
            .reference()
            .and_then(|reference| {
                let samples = self.samples(gan, fast_labels(self.data.classes))?;
                Ok(fast(&reference, &samples))
            })
            .unwrap_or_default();
        let signs = [
            ("train_sign", self.sign(gan, &self.data.train)),
            // Without test images every real image is one that D is trained on.
            ("held_out_sign", self.data.test.as_ref().and_then(|test| self.sign(gan, test))),
        ];
        let value = |name: &str| {
            let sign = signs.iter().find(|(n, _)| *n == name).and_then(|(_, sign)| *sign);
            sign.or_else(|| scores.iter().find(|s| s.name == name)?.value.number())
        };
        EPOCH_SCORES.iter().map(|metric| value(metric.name)).collect()
    }

    fn end(&mut self, gan: &Gan, stop: &StopFlag) -> Result<Option<Scores>> {
        if !self.settings.score.full {
            return Ok(None);
        }
        let options = FullOptions::default();
        let labels = Split::of(&self.data).reference_images(&self.data).labels.to_vec();
        let ready =
            self.reference().and_then(|reference| Ok((reference, self.samples(gan, labels)?)));
        match ready {
            Ok((reference, samples)) => until(stop, move || full(&reference, &samples, &options)),
            Err(reason) => Ok(Some(no_scores(&self.data, &options, &reason))),
        }
    }
}

/// Scores take a while. Whoever wants the run to stop does not wait for them: the work is left to
/// its thread, and to the end of the process.
fn until(
    stop: &StopFlag,
    work: impl FnOnce() -> Result<Scores> + Send + 'static,
) -> Result<Option<Scores>> {
    let (done, waiting) = channel();
    // Its panics are those of this thread.
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        let scores = work();
        // Nobody waits any longer if it was too late.
        let _ = done.send(scores);
    })?;
    while !stop.load(Ordering::Relaxed) {
        match waiting.recv_timeout(Duration::from_millis(20)) {
            Ok(scores) => return scores.map(Some),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("it sends before it ends"),
            },
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_waited_for_until_the_run_shall_stop() {
        let stop = StopFlag::new(false);
        let failed = until(&stop, || anyhow::bail!("no"));
        assert_eq!(failed.unwrap_err().to_string(), "no");
        let panic = std::panic::catch_unwind(|| until(&stop, || panic!("oh")));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"oh"));
        let (end, ended) = channel::<()>();
        stop.store(true, Ordering::Relaxed);
        let left = until(&stop, move || Ok(ended.recv().map(|()| unreachable!())?));
        assert_eq!(left.unwrap(), None);
        drop(end);
    }
}
