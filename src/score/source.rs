//! A trained generator as a source of samples.

use super::{PixelRange, SampleSource};
use crate::plan::{Purpose, Stream};
use crate::score::TrainedGenerator;
use crate::spec::Output;

impl SampleSource for TrainedGenerator {
    fn sample(&mut self, labels: &[u8], stream: Stream) -> anyhow::Result<(Vec<f32>, PixelRange)> {
        let z = self.noise(stream, Purpose::Score("noise"), labels.len());
        let range = match self.output() {
            Output::Tanh => PixelRange::Signed,
            Output::Sigmoid => PixelRange::Unit,
        };
        Ok((self.generate(&z, labels), range))
    }
}
