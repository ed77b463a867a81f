//! The sample grid: what G makes of the same noises, epoch after epoch.

use crate::data::DataSet;
use crate::model::{Purpose, Sampler, Stream};
use crate::run::Grid;
use crate::spec::Output;

/// Columns of the grid.
const NOISES: usize = 20;

/// Fixed noises, each shown in every class: rows are classes, columns noises.
pub(super) struct SampleGrid {
    z: Vec<f32>,
    labels: Vec<u8>,
    height: usize,
    width: usize,
}

impl SampleGrid {
    /// The noises depend on the run's seed and the kind of noise alone.
    pub(super) fn new(sampler: &dyn Sampler, stream: Stream, data: &DataSet) -> Self {
        let mut rng = stream.rng(Purpose::SampleGrid, 0, 0);
        let z = sampler.noise(&mut rng, NOISES);
        Self {
            z: z.repeat(data.classes),
            labels: (0..data.classes).flat_map(|class| [class as u8; NOISES]).collect(),
            height: data.train.height,
            width: data.train.width,
        }
    }

    /// The grid, drawn in evaluation mode.
    ///
    /// # Errors
    /// If a pixel is not finite.
    pub(super) fn draw(&self, sampler: &dyn Sampler) -> Result<Grid, String> {
        let images = sampler.sample(&self.z, &self.labels);
        if images.iter().any(|v| !v.is_finite()) {
            return Err("a generated pixel is not finite".into());
        }
        let pixels: Vec<u8> = images.iter().map(|v| byte(*v, sampler.output())).collect();
        Ok(Grid::tiled(&pixels, self.height, self.width, NOISES))
    }
}

/// A pixel's byte: the inverse of the scale the networks see.
pub fn byte(value: f32, output: Output) -> u8 {
    let scaled = match output {
        Output::Tanh => value * 127.5 + 127.5,
        Output::Sigmoid => value * 255.0,
    };
    scaled.round().clamp(0.0, 255.0) as u8
}
