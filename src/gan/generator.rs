//! The generator G(z | y): noise and label branches, joint hidden layers, one output a pixel.

use dfdx::tensor::Cpu;

use super::GeneratorSettings;
use super::init::Initializer;
use super::label::LabelLayer;
use super::layer::DenseLayer;
use super::pass::Mode;
use crate::model::Stream;
use crate::ops::dropout::dropout;
use crate::ops::elementwise::Activation;
use crate::ops::label::Labels;
use crate::ops::maxout::Pieces;
use crate::ops::{Mat, Param, ParamGrad, Tape, matrix, mix, values};
use crate::spec::Output;

/// Layer names of the joint hidden layers; their number is bounded by the settings' range.
const JOINT: [[&str; 3]; 8] = [
    ["generator.joint0.weight", "generator.joint0.bias", "generator.joint0"],
    ["generator.joint1.weight", "generator.joint1.bias", "generator.joint1"],
    ["generator.joint2.weight", "generator.joint2.bias", "generator.joint2"],
    ["generator.joint3.weight", "generator.joint3.bias", "generator.joint3"],
    ["generator.joint4.weight", "generator.joint4.bias", "generator.joint4"],
    ["generator.joint5.weight", "generator.joint5.bias", "generator.joint5"],
    ["generator.joint6.weight", "generator.joint6.bias", "generator.joint6"],
    ["generator.joint7.weight", "generator.joint7.bias", "generator.joint7"],
];

/// The generator.
#[derive(Debug)]
pub struct Generator {
    device: Cpu,
    noise: DenseLayer,
    label: LabelLayer,
    joint: Vec<DenseLayer>,
    output: DenseLayer,
    dropout: f64,
    activation: Activation,
    /// Every class once.
    classes: Labels,
}

impl Generator {
    /// A generator with initial weights for images of `pixels` pixels in `classes` classes.
    pub fn new(
        device: &Cpu,
        stream: Stream,
        settings: &GeneratorSettings,
        noise_dim: usize,
        classes: usize,
        pixels: usize,
    ) -> Self {
        let init = Initializer { device: device.clone(), stream, init: settings.init };
        let layer = |names, inputs, outputs| DenseLayer::new(&init, names, inputs, outputs);
        let noise = layer(
            ["generator.noise.weight", "generator.noise.bias"],
            noise_dim,
            settings.noise_units,
        );
        let label = LabelLayer::new(
            &init,
            ["generator.label.weight", "generator.label.bias", "generator.label.table"],
            &settings.label,
            classes,
        );
        let mut width = settings.noise_units + label.width();
        let mut joint = Vec::new();
        for (units, names) in settings.hidden.iter().zip(JOINT) {
            joint.push(layer([names[0], names[1]], width, *units));
            width = *units;
        }
        let output = layer(["generator.output.weight", "generator.output.bias"], width, pixels);
        Self {
            device: device.clone(),
            noise,
            label,
            joint,
            output,
            dropout: settings.dropout,
            classes: (0..classes).map(|class| class as u8).collect(),
            activation: match settings.output {
                Output::Tanh => Activation::Tanh,
                Output::Sigmoid => Activation::Sigmoid,
            },
        }
    }

    /// Images `[n, pixels]` for noise `[n, noise_dim]` and n labels.
    pub fn forward<T: Tape>(&self, z: Mat<T>, labels: &Labels, mode: Mode) -> Mat<T> {
        let n = labels.len();
        let grad = ParamGrad::Plain;
        let drop = |x: Mat<T>, layer| dropout(x, mode.dropout(layer, self.dropout));
        let z = drop(self.noise.dense(z, 0..0, Activation::Relu, &grad), "generator.noise");
        let mut layers = self.joint.iter().zip(JOINT);
        let Some((layer, names)) = layers.next() else {
            return self.join(z, labels, &self.output, self.activation, mode);
        };
        let mut x = drop(self.join(z, labels, layer, Activation::Relu, mode), names[2]);
        for (layer, names) in layers {
            x = drop(layer.dense(x, 0..n, Activation::Relu, &grad), names[2]);
        }
        self.output.dense(x, 0..n, self.activation, &grad)
    }

    /// Images `[n, pixels]` for noise `[n, noise_dim]` and n labels, in evaluation mode.
    pub fn sample(&self, z: &[f32], labels: &[u8]) -> Vec<f32> {
        let z = matrix(&self.device, z, labels.len(), z.len() / labels.len().max(1));
        values(&self.forward(z, &labels.into(), Mode::Eval)).to_vec()
    }

    /// The layer behind both branches, of the noise branch's result and n labels.
    fn join<T: Tape>(
        &self,
        z: Mat<T>,
        labels: &Labels,
        layer: &DenseLayer,
        activation: Activation,
        mode: Mode,
    ) -> Mat<T> {
        let grad = ParamGrad::Plain;
        let dropout_mask = mode.dropout("generator.label", self.dropout);
        let never_dropped =
            matches!(self.label, LabelLayer::Embedding(_) | LabelLayer::Concat { .. });
        if never_dropped || dropout_mask.is_none() {
            let pieces = Pieces::ReluDropout(None);
            let y = self.label.forward(&self.device, &self.classes, pieces, &grad);
            return layer.dense_by_class(z, y, labels, activation);
        }
        let pieces = Pieces::ReluDropout(dropout_mask);
        let y = self.label.forward(&self.device, labels, pieces, &grad);
        let y = match self.label {
            LabelLayer::Dense(_) => dropout(y, dropout_mask),
            _ => y,
        };
        layer.dense(mix::beside(z, y), 0..labels.len(), activation, &grad)
    }

    /// Every parameter, from input to output.
    pub fn params(&self) -> Vec<&Param> {
        let mut params: Vec<&Param> = self.noise.params().into();
        params.extend(self.label.params());
        params.extend(self.joint.iter().flat_map(DenseLayer::params));
        params.extend(self.output.params());
        params
    }

    /// Every parameter, from input to output, to change.
    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        let mut params: Vec<&mut Param> = self.noise.params_mut().into();
        params.extend(self.label.params_mut());
        params.extend(self.joint.iter_mut().flat_map(DenseLayer::params_mut));
        params.extend(self.output.params_mut());
        params
    }
}
