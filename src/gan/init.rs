//! Initial weights from named streams: a layer's weights depend on its name, its shape and the
//! run's seed, so variants share the initial weights of every layer they have in common.

use dfdx::tensor::Cpu;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::Init;
use crate::model::{Purpose, Stream};
use crate::ops::{Mat, Param, matrix, zeros};

/// Where initial weights come from.
#[derive(Clone, Debug)]
pub struct Initializer {
    /// Keeps the tensors.
    pub device: Cpu,
    /// The run's random streams.
    pub stream: Stream,
    /// The distribution.
    pub init: Init,
}

impl Initializer {
    /// A weight `[outputs, inputs]`.
    pub fn weight(&self, name: &'static str, outputs: usize, inputs: usize) -> Param {
        Param::new(name, self.draw(name, [outputs, inputs], inputs, outputs))
    }

    /// A table `[classes, width]`: the weight of a layer on one-hot rows, laid out by class.
    pub fn table(&self, name: &'static str, classes: usize, width: usize) -> Param {
        Param::new(name, self.draw(name, [classes, width], classes, width))
    }

    /// A table `[classes, width]` of N(0, 1), whatever the distribution of the others.
    pub fn unit_normals(&self, name: &'static str, classes: usize, width: usize) -> Param {
        let mut rng = self.stream.rng(Purpose::Init(name), 0, 0);
        let values: Vec<f32> =
            (0..classes * width).map(|_| StandardNormal.sample(&mut rng)).collect();
        Param::new(name, matrix(&self.device, &values, classes, width))
    }

    /// A bias `[1, outputs]` of a layer of so many inputs: zeros, unless the distribution is that of
    /// PyTorch's layers.
    pub fn bias(&self, name: &'static str, outputs: usize, inputs: usize) -> Param {
        let values = match self.init {
            Init::FanIn => self.draw(name, [1, outputs], inputs, outputs),
            Init::Glorot | Init::He | Init::Uniform { .. } => zeros(&self.device, 1, outputs),
        };
        Param::new(name, values)
    }

    fn draw(&self, name: &'static str, shape: [usize; 2], fan_in: usize, fan_out: usize) -> Mat {
        let mut rng = self.stream.rng(Purpose::Init(name), 0, 0);
        let [rows, columns] = shape;
        let uniform = |limit: f64, rng: &mut dyn rand::RngCore| -> Vec<f32> {
            let limit = limit as f32;
            (0..rows * columns).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * limit).collect()
        };
        let values = match self.init {
            Init::Glorot => uniform((6.0 / (fan_in + fan_out) as f64).sqrt(), &mut rng),
            Init::FanIn => uniform((1.0 / fan_in as f64).sqrt(), &mut rng),
            Init::Uniform { width } => uniform(width, &mut rng),
            Init::He => {
                let std = (2.0 / fan_in as f64).sqrt() as f32;
                let normal = |_| -> f32 { StandardNormal.sample(&mut rng) };
                (0..rows * columns).map(normal).map(|v| v * std).collect()
            }
        };
        matrix(&self.device, &values, rows, columns)
    }
}
