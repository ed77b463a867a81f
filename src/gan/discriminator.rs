//! The discriminator D(x | y): image and label branches, one joint layer, one logit.

use std::ops::Range;
use std::rc::Rc;

use dfdx::tensor::Cpu;

use super::DiscriminatorWidths;
use super::init::Initializer;
use super::label::LabelLayer;
use super::layer::DenseLayer;
use super::pass::Mode;
use super::{DiscriminatorSettings, MaxoutMode};
use crate::model::Stream;
use crate::ops::dropout::dropout;
use crate::ops::elementwise::Activation;
use crate::ops::foreground::Foreground;
use crate::ops::label::Labels;
use crate::ops::maxout::Pieces;
use crate::ops::{Mat, Param, ParamGrad, Tape, Wins, mix};

/// The discriminator.
#[derive(Debug)]
pub struct Discriminator {
    device: Cpu,
    image: DenseLayer,
    label: LabelLayer,
    joint: DenseLayer,
    output: DenseLayer,
    image_units: usize,
    joint_units: usize,
    mode: MaxoutMode,
    rate: f64,
    input_rate: f64,
}

/// What D looks at, or one of its layers.
#[derive(Debug)]
pub struct Images<T: Tape> {
    /// Images above those of `x`, mostly background; only where
    /// [`Discriminator::takes_foreground`].
    pub above: Option<Rc<Foreground>>,
    /// One a row.
    pub x: Mat<T>,
    /// The rows of `x` whose gradient is needed.
    pub wanted: Range<usize>,
}

impl Discriminator {
    /// A discriminator with initial weights for images of `pixels` pixels in `classes` classes.
    pub fn new(
        device: &Cpu,
        stream: Stream,
        settings: &DiscriminatorSettings,
        classes: usize,
        pixels: usize,
    ) -> Self {
        let init = Initializer { device: device.clone(), stream, init: settings.init };
        let widths = DiscriminatorWidths::of(settings, classes);
        let image = DenseLayer::new(
            &init,
            ["discriminator.image.weight", "discriminator.image.bias"],
            pixels,
            widths.image.outputs,
        );
        let label = LabelLayer::new(
            &init,
            ["discriminator.label.weight", "discriminator.label.bias", "discriminator.label.table"],
            &widths.label,
            classes,
        );
        let joint = DenseLayer::new(
            &init,
            ["discriminator.joint.weight", "discriminator.joint.bias"],
            widths.joint_inputs(classes),
            widths.joint.outputs,
        );
        let output = DenseLayer::new(
            &init,
            ["discriminator.output.weight", "discriminator.output.bias"],
            widths.joint.units,
            1,
        );
        Self {
            device: device.clone(),
            image,
            label,
            joint,
            output,
            image_units: widths.image.units,
            joint_units: widths.joint.units,
            mode: settings.maxout,
            rate: settings.dropout,
            input_rate: settings.input_dropout,
        }
    }

    /// Logits `[n, 1]` for n images and labels; `grad` says what the backward pass does with the
    /// parameters' gradients.
    pub fn forward<T: Tape>(
        &self,
        images: Images<T>,
        labels: &Labels,
        grad: &ParamGrad,
        mode: Mode,
    ) -> Mat<T> {
        let n = labels.len();
        let input_dropout = mode.dropout("discriminator.input", self.input_rate);
        let images = Images { x: dropout(images.x, input_dropout), ..images };
        let x =
            self.layer(&self.image, images, self.image_units, "discriminator.image", grad, mode);
        let y = self.label(labels, grad, mode);
        let h = mix::beside(x, y);
        let h = self.drop_inputs(h, "discriminator.joint", mode);
        let h = Images { above: None, x: h, wanted: 0..n };
        let h = self.layer(&self.joint, h, self.joint_units, "discriminator.joint", grad, mode);
        let h = self.drop_inputs(h, "discriminator.output", mode);
        self.output.dense(h, 0..n, Activation::Linear, grad)
    }

    /// Whether its first layer can go without the background of its images.
    pub fn takes_foreground(&self) -> bool {
        self.mode != MaxoutMode::Relu && self.input_rate == 0.0
    }

    /// The layer that `maxout` in the settings means.
    fn layer<T: Tape>(
        &self,
        layer: &DenseLayer,
        input: Images<T>,
        units: usize,
        name: &'static str,
        grad: &ParamGrad,
        mode: Mode,
    ) -> Mat<T> {
        let Images { above, x, wanted } = input;
        if self.mode == MaxoutMode::Relu {
            debug_assert!(above.is_none(), "a dense layer takes whole images");
            let h = layer.dense(x, wanted, Activation::Relu, grad);
            return dropout(h, mode.dropout(name, self.rate));
        }
        let h = layer.maxout(above, x, wanted, units, self.pieces(name, mode), grad);
        self.drop_outputs(h, name, mode)
    }

    fn label<T: Tape>(&self, labels: &Labels, grad: &ParamGrad, mode: Mode) -> Mat<T> {
        const NAME: &str = "discriminator.label";
        let y = self.label.forward(&self.device, labels, self.pieces(NAME, mode), grad);
        match (&self.label, self.mode) {
            (LabelLayer::Dense(_), MaxoutMode::Article | MaxoutMode::Relu) => {
                dropout(y, mode.dropout(NAME, self.rate))
            }
            (LabelLayer::Dense(_) | LabelLayer::Maxout { .. }, _) => {
                self.drop_outputs(y, NAME, mode)
            }
            (LabelLayer::Embedding(_) | LabelLayer::Concat { .. }, _) => y,
        }
    }

    fn pieces(&self, name: &'static str, mode: Mode) -> Pieces {
        match self.mode {
            MaxoutMode::Article => Pieces::ReluDropout(mode.dropout(name, self.rate)),
            _ => Pieces::Linear,
        }
    }

    fn drop_inputs<T: Tape>(&self, x: Mat<T>, name: &'static str, mode: Mode) -> Mat<T> {
        let acts = self.mode == MaxoutMode::DropInputs;
        dropout(x, if acts { mode.dropout(name, self.rate) } else { None })
    }

    fn drop_outputs<T: Tape>(&self, x: Mat<T>, name: &'static str, mode: Mode) -> Mat<T> {
        let acts = self.mode == MaxoutMode::DropOutputs;
        dropout(x, if acts { mode.dropout(name, self.rate) } else { None })
    }

    /// Which pieces of its maxout layers won in the last backward pass; none without such layers.
    pub fn wins(&self) -> Wins {
        let mut wins = self.image.wins().clone();
        if let LabelLayer::Maxout { layer, .. } = &self.label {
            wins.append(&layer.wins());
        }
        wins.append(&self.joint.wins());
        wins
    }

    /// Every parameter, from input to output.
    pub fn params(&self) -> Vec<&Param> {
        let mut params: Vec<&Param> = self.image.params().into();
        params.extend(self.label.params());
        params.extend(self.joint.params());
        params.extend(self.output.params());
        params
    }

    /// Every parameter, from input to output, to change.
    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        let mut params: Vec<&mut Param> = self.image.params_mut().into();
        params.extend(self.label.params_mut());
        params.extend(self.joint.params_mut());
        params.extend(self.output.params_mut());
        params
    }
}
