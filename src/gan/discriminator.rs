//! The discriminator D(x | y): image and label branches, one joint layer, one logit.

use dfdx::tensor::{Cpu, PutTape, SplitTape};

use super::DiscriminatorWidths;
use super::init::Initializer;
use super::label::LabelLayer;
use super::layer::DenseLayer;
use super::pass::Mode;
use super::{DiscriminatorSettings, MaxoutMode, Projection};
use crate::model::Stream;
use crate::ops::dropout::dropout;
use crate::ops::elementwise::Activation;
use crate::ops::label::Labels;
use crate::ops::maxout::{Alike, Input, Pieces};
use crate::ops::projection::projection;
use crate::ops::{Mat, Param, ParamGrad, PieceUsage, RowWeights, Tape, mix};

/// The discriminator.
#[derive(Debug)]
pub struct Discriminator {
    device: Cpu,
    image: DenseLayer,
    label: Option<LabelLayer>,
    joint: DenseLayer,
    output: DenseLayer,
    /// `[classes, joint units]`.
    projection: Option<Param>,
    image_units: usize,
    joint_units: usize,
    mode: MaxoutMode,
    rate: f64,
    input_rate: f64,
}

/// Images that D is shown a second time.
#[derive(Debug)]
pub struct Again {
    /// Their labels this time.
    pub labels: Labels,
    /// ∂L_D/∂logit of every row, theirs last.
    pub weights: RowWeights,
}

/// The rows of a layer's result.
struct Rows<'a> {
    labels: Labels,
    grad: ParamGrad,
    /// What is still to be shown again.
    again: Option<&'a Again>,
}

impl Rows<'_> {
    /// `x` with what is to be shown again below.
    fn show_again<T: Tape>(&mut self, x: Mat<T>) -> Mat<T> {
        let Some(Again { labels, weights }) = self.again.take() else { return x };
        self.labels = self.labels.iter().chain(labels.iter()).copied().collect();
        self.grad = ParamGrad::Weighted(weights.clone());
        mix::first_again(x, labels.len(), weights)
    }
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
        let names =
            ["discriminator.label.weight", "discriminator.label.bias", "discriminator.label.table"];
        let label =
            widths.label.as_ref().map(|input| LabelLayer::new(&init, names, input, classes));
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
        let projection = (settings.projection != Projection::None)
            .then(|| init.unit_normals("discriminator.projection", classes, widths.joint.units));
        Self {
            device: device.clone(),
            image,
            label,
            joint,
            output,
            projection,
            image_units: widths.image.units,
            joint_units: widths.joint.units,
            mode: settings.maxout,
            rate: settings.dropout,
            input_rate: settings.input_dropout,
        }
    }

    /// Logits `[n, 1]` for n images, one a row, and labels; `grad` says what the backward pass does with
    /// the parameters' gradients. Images are above others only where [`Self::takes_foreground`].
    pub fn forward<T: Tape>(
        &self,
        images: Input<T>,
        labels: &Labels,
        grad: &ParamGrad,
        mode: Mode,
    ) -> Mat<T> {
        self.forward_again(images, labels, None, grad, mode)
    }

    /// [`Self::forward`] with the first images, as many as there are further labels, `again` under
    /// these: their logits are below the others'.
    ///
    /// Layers that know no label see each image once. Where images are shown twice, `grad` has to
    /// weigh their rows by 1: what comes back to these layers is D's loss itself
    /// ([`mix::first_again`]).
    pub fn forward_again<T: Tape>(
        &self,
        images: Input<T>,
        labels: &Labels,
        again: Option<&Again>,
        grad: &ParamGrad,
        mode: Mode,
    ) -> Mat<T> {
        let mut rows = Rows { labels: Labels::clone(labels), grad: grad.clone(), again };
        let input_dropout = mode.dropout("discriminator.input", self.input_rate);
        let images = Input { x: dropout(images.x, input_dropout), ..images };
        let x =
            self.layer(&self.image, images, self.image_units, "discriminator.image", grad, mode);
        let h = match &self.label {
            Some(label) => {
                let x = rows.show_again(x);
                mix::beside(x, self.label(label, &rows.labels, &rows.grad, mode))
            }
            None => x,
        };
        let h = self.drop_inputs(h, "discriminator.joint", mode);
        // Under its other label an image differs in the label's part, and in what is dropped.
        let shown_again = rows.labels.len() - labels.len();
        let alike = (shown_again > 0 && self.mode != MaxoutMode::DropInputs)
            .then_some(Alike { rows: shown_again, inner: self.image_units });
        let h = Input { alike, ..Input::of(h, 0..rows.labels.len()) };
        let h =
            self.layer(&self.joint, h, self.joint_units, "discriminator.joint", &rows.grad, mode);
        let h = rows.show_again(self.drop_inputs(h, "discriminator.output", mode));
        let Rows { labels, grad, .. } = rows;
        let Some(table) = &self.projection else {
            return self.output.dense(h, 0..labels.len(), Activation::Linear, &grad);
        };
        let (h, tape) = h.split_tape();
        let logits = h.clone().put_tape(tape);
        let logits = self.output.dense(logits, 0..labels.len(), Activation::Linear, &grad);
        projection(logits, h, &labels, table, &grad)
    }

    /// Whether its first layer can go without the background of its images.
    pub fn takes_foreground(&self) -> bool {
        self.mode != MaxoutMode::Relu && self.input_rate == 0.0
    }

    /// The layer that `maxout` in the settings means.
    fn layer<T: Tape>(
        &self,
        layer: &DenseLayer,
        input: Input<T>,
        units: usize,
        name: &'static str,
        grad: &ParamGrad,
        mode: Mode,
    ) -> Mat<T> {
        if self.mode == MaxoutMode::Relu {
            debug_assert!(input.above.is_none(), "a dense layer takes whole images");
            let h = layer.dense(input.x, input.wanted, Activation::Relu, grad);
            return dropout(h, mode.dropout(name, self.rate));
        }
        let h = layer.maxout(input, units, self.pieces(name, mode), grad);
        self.drop_outputs(h, name, mode)
    }

    fn label<T: Tape>(
        &self,
        layer: &LabelLayer,
        labels: &Labels,
        grad: &ParamGrad,
        mode: Mode,
    ) -> Mat<T> {
        const NAME: &str = "discriminator.label";
        let y = layer.forward(&self.device, labels, self.pieces(NAME, mode), grad);
        match (layer, self.mode) {
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
    pub fn wins(&self) -> PieceUsage {
        let mut wins = self.image.wins().clone();
        if let Some(LabelLayer::Maxout { layer, .. }) = &self.label {
            wins.append(&layer.wins());
        }
        wins.append(&self.joint.wins());
        wins
    }

    /// Every parameter, from input to output.
    pub fn params(&self) -> Vec<&Param> {
        let mut params: Vec<&Param> = self.image.params().into();
        params.extend(self.label.iter().flat_map(LabelLayer::params));
        params.extend(self.joint.params());
        params.extend(self.output.params());
        params.extend(&self.projection);
        params
    }

    /// Every parameter, from input to output, to change.
    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        let mut params: Vec<&mut Param> = self.image.params_mut().into();
        params.extend(self.label.iter_mut().flat_map(LabelLayer::params_mut));
        params.extend(self.joint.params_mut());
        params.extend(self.output.params_mut());
        params.extend(&mut self.projection);
        params
    }
}
