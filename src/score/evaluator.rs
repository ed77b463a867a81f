//! Scores a run while it trains and at its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::scores::no_scores;
use super::{
    EVAL_SEED, FullOptions, Reference, ReferenceCache, Samples, Split, fast, fast_labels, full,
};
use crate::data::DataSet;
use crate::error::{Error, Result};
use crate::model::{Network, Sampler, sample_in_chunks};
use crate::model::{Purpose, Stream};
use crate::plan::Run;
use crate::run::EPOCH_SCORES;
use crate::run::{NotComputable, Numbers, Scores};
use crate::spec::Settings;
use crate::train::{Evaluator, StopFlag};

/// Scores one run by the fast set after each epoch and by the full set at its end.
#[derive(Debug)]
pub struct RunEvaluator<'a> {
    settings: &'a Settings,
    data: Arc<DataSet>,
    references: &'a ReferenceCache,
}

impl<'a> RunEvaluator<'a> {
    /// An evaluator of this run, which trains on `data`.
    pub fn new(run: &'a Run, data: Arc<DataSet>, references: &'a ReferenceCache) -> Self {
        Self { settings: &run.settings, data, references }
    }

    fn reference(&self) -> Result<Arc<Reference>, NotComputable> {
        self.references.get(&self.settings.data, &self.data)
    }

    /// One fake a label. The noise is the same for every run and every epoch.
    fn samples(&self, sampler: &dyn Sampler, labels: Vec<u8>) -> Result<Samples, NotComputable> {
        let mut rng = Stream::new(EVAL_SEED).rng(Purpose::Score("noise"), 0, 0);
        let noise = sampler.noise(&mut rng, labels.len());
        let pixels = sample_in_chunks(sampler, &noise, &labels);
        let each = self.data.train.pixels_each();
        Samples::new(pixels, sampler.output().into(), labels, each, self.data.classes)
            .map_err(|problem| NotComputable::new(problem.to_string()))
    }
}

impl Evaluator for RunEvaluator<'_> {
    fn epoch(&mut self, network: &dyn Network, numbers: &mut Numbers) {
        if !self.settings.score.fast {
            return;
        }
        let scores = self
            .reference()
            .and_then(|reference| {
                let samples = self.samples(network, fast_labels(self.data.classes))?;
                Ok(fast(&reference, &samples))
            })
            .unwrap_or_default();
        for metric in EPOCH_SCORES {
            let score = scores.iter().find(|score| score.name == metric.name);
            if let Some(number) = score.and_then(|score| score.value.number()) {
                numbers.push(metric.name, number);
            }
        }
        for (name, number) in network.probe(&self.data).iter() {
            numbers.push(name.to_owned(), number);
        }
    }

    fn end(&mut self, network: &mut dyn Network, stop: &StopFlag) -> Result<Option<Scores>> {
        if !self.settings.score.full {
            return Ok(None);
        }
        let options = FullOptions { weights: network.drawn_with(), ..FullOptions::default() };
        let labels = Split::of(&self.data).reference_images(&self.data).labels.to_vec();
        // Scores need memory of their own.
        network.end_training();
        let ready =
            self.reference().and_then(|reference| Ok((reference, self.samples(network, labels)?)));
        network.end_training();
        match ready {
            Ok((reference, samples)) => until(stop, move || full(&reference, samples, &options)),
            Err(reason) => Ok(Some(no_scores(&self.data, &options, &reason))),
        }
    }
}

/// Scores take a while. Whoever wants the run to stop does not wait for them: the work is left to
/// its thread, and to the end of the process. It has as many threads as the run has.
fn until(
    stop: &StopFlag,
    work: impl FnOnce() -> Result<Scores> + Send + 'static,
) -> Result<Option<Scores>> {
    let (done, waiting) = channel();
    // Its panics are those of this thread.
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let threads = rayon::current_num_threads();
    let thread = std::thread::Builder::new().name(name.clone()).spawn(move || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.thread_name(move |_| name.clone()).build().map_err(Error::other);
        let scores = pool.and_then(|pool| pool.install(work));
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
        let failed = until(&stop, || Err(Error::invalid("no")));
        assert_eq!(failed.unwrap_err().to_string(), "no");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let threads = || Err(Error::invalid(rayon::current_num_threads().to_string()));
        let failed = pool.install(|| until(&stop, threads));
        assert_eq!(failed.unwrap_err().to_string(), "3");
        let panic = std::panic::catch_unwind(|| until(&stop, || panic!("oh")));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"oh"));
        let (end, ended) = channel::<()>();
        stop.store(true, Ordering::Relaxed);
        let left =
            until(&stop, move || ended.recv().map(|()| unreachable!()).map_err(Error::other));
        assert_eq!(left.unwrap(), None);
        drop(end);
    }
}
