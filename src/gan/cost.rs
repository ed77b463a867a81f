//! What a run costs, from its settings alone: parameters, arithmetic, memory.
//!
//! Parameters are exact. Multiply-adds are those of the dense products of one step, forward and
//! backward, one-hot labels counted as dense; what a program saves by cleverness (a row gather, a
//! backward pass that follows only a maxout's winners) is not taken off. Memory is an estimate.

use super::settings::{
    CganSettings, DiscriminatorSettings, FakeBatch, GeneratorSettings, LabelInput, Projection,
    UpdateOrder,
};
use super::width::{DiscriminatorWidths, Width};
use crate::model::{Cost, DataShape};
use crate::optim::OptimizerKind;
use crate::spec::Settings;

/// The cost of a run of these settings.
pub fn cost(general: &Settings, settings: &CganSettings, data: DataShape) -> Cost {
    let g = generator(&settings.generator, settings.noise.dim, data);
    let d = discriminator(&settings.discriminator, data);
    let images = general.train.batch as u128;
    let multiply_adds = images * step(settings, &g, &d);
    let wrong = if settings.loss.wrong_labels > 0.0 { 2 * d.again().kept() } else { 0 };
    let steps = images * (activations(&g, &d, data) + wrong);
    // What steps keep is given back before an epoch is scored, and all but G before the end is.
    let training = state(settings, &g, &d) + steps.max(epoch_scores(general, &g, &d, data));
    let memory = 4 * training.max(final_scores(general, settings, &g, data));
    Cost {
        parameters: vec![("D", saturate(d.parameters())), ("G", saturate(g.parameters()))],
        step_multiply_adds: saturate(multiply_adds),
        memory_bytes: saturate(memory),
    }
}

fn saturate(v: u128) -> u64 {
    u64::try_from(v).unwrap_or(u64::MAX)
}

/// A dense product: `inputs × outputs` weights. u128, so that no settings can overflow it.
#[derive(Clone, Copy, Debug)]
struct Layer {
    inputs: u128,
    outputs: u128,
    bias: bool,
    /// A gather of rows instead of a product.
    lookup: bool,
    /// Whether it takes data that no gradient is needed for (z, a label; the real image).
    first: bool,
    /// Values it passes on, after a max over pieces.
    width: u128,
}

impl Layer {
    fn products(&self) -> u128 {
        if self.lookup { 0 } else { self.inputs * self.outputs }
    }

    fn parameters(&self) -> u128 {
        self.inputs * self.outputs + if self.bias { self.outputs } else { 0 }
    }
}

struct Net {
    layers: Vec<Layer>,
    /// Index of the first layer that knows the label.
    labelled: usize,
    /// Index of the layer that takes the image: D's, whose input gradient G needs.
    image: Option<usize>,
}

impl Net {
    fn parameters(&self) -> u128 {
        self.layers.iter().map(Layer::parameters).sum()
    }

    /// What an image that was shown before goes through under another label.
    fn again(&self) -> Self {
        Self { layers: self.layers[self.labelled..].to_vec(), labelled: 0, image: None }
    }

    /// Multiply-adds an image forward; as many for the gradients of the weights.
    fn forward(&self) -> u128 {
        self.layers.iter().map(Layer::products).sum()
    }

    /// Multiply-adds an image for the gradients passed back, down to but without the inputs.
    fn inner(&self) -> u128 {
        self.layers.iter().filter(|l| !l.first).map(Layer::products).sum()
    }

    /// Multiply-adds an image for the gradient of the image.
    fn to_image(&self) -> u128 {
        self.image.map_or(0, |i| self.layers[i].products())
    }

    /// Values an image that a forward pass leaves for the backward one: what each layer passes on,
    /// and once more for its copies beside another branch, its winners and their lists.
    fn kept(&self) -> u128 {
        self.layers.iter().map(|l| 2 * l.width).sum()
    }

    /// Values an image before the max of the widest layer; the layers share this memory.
    fn widest(&self) -> u128 {
        self.layers.iter().map(|l| l.outputs).max().unwrap_or(0)
    }
}

fn dense(inputs: u128, outputs: u128) -> Layer {
    Layer { inputs, outputs, bias: true, lookup: false, first: false, width: outputs }
}

/// The label's layer, if it has one.
fn label(input: &LabelInput, classes: u128) -> Option<Layer> {
    let layer = match *input {
        LabelInput::Dense { units } => dense(classes, units as u128),
        LabelInput::Maxout { units, pieces } => {
            maxout(classes, Width { outputs: units * pieces, units })
        }
        LabelInput::Embedding { units } => {
            Layer { bias: false, lookup: true, ..dense(classes, units as u128) }
        }
        LabelInput::Concat => return None,
    };
    Some(Layer { first: true, ..layer })
}

fn maxout(inputs: u128, width: Width) -> Layer {
    Layer { width: width.units as u128, ..dense(inputs, width.outputs as u128) }
}

fn generator(settings: &GeneratorSettings, noise: usize, data: DataShape) -> Net {
    let noise_layer = dense(noise as u128, settings.noise_units as u128);
    let mut layers = vec![Layer { first: true, ..noise_layer }];
    let label_layer = label(&settings.label, data.classes as u128);
    let mut width = noise_layer.width + label_layer.map_or(data.classes as u128, |l| l.width);
    layers.extend(label_layer);
    for units in settings.hidden.iter().chain([&data.pixels]) {
        layers.push(dense(width, *units as u128));
        width = *units as u128;
    }
    Net { layers, labelled: 0, image: None }
}

fn discriminator(settings: &DiscriminatorSettings, data: DataShape) -> Net {
    let widths = DiscriminatorWidths::of(settings, data.classes);
    let mut layers = vec![Layer { first: true, ..maxout(data.pixels as u128, widths.image) }];
    layers.extend(widths.label.as_ref().and_then(|input| label(input, data.classes as u128)));
    let joint = maxout(widths.joint_inputs(data.classes) as u128, widths.joint);
    layers.extend([joint, dense(joint.width, 1)]);
    if settings.projection != Projection::None {
        layers.push(Layer { bias: false, width: 1, ..dense(joint.width, data.classes as u128) });
    }
    let labelled = if widths.label.is_some() { 1 } else { 2 };
    Net { layers, labelled, image: Some(0) }
}

/// Multiply-adds of one step for each image of the batch.
fn step(settings: &CganSettings, g: &Net, d: &Net) -> u128 {
    let update = &settings.update;
    let shared = update.fake_batch == FakeBatch::Shared;
    let simultaneous = update.order == UpdateOrder::Simultaneous;
    // Fakes, then D forward, its weight gradients and what they need, on real and fake images.
    let trained = |d: &Net| 2 * d.forward() + d.inner();
    let wrong = if settings.loss.wrong_labels > 0.0 { trained(&d.again()) } else { 0 };
    let d_update = g.forward() + 2 * trained(d) + wrong;
    // D's logits on G's fakes are at hand only where they are the same fakes and the same D.
    let again = if shared && simultaneous { 0 } else { d.forward() + d.inner() };
    let fakes = if shared { 0 } else { g.forward() };
    let g_update = fakes + again + d.to_image() + g.forward() + g.inner();
    update.discriminator_steps as u128 * d_update + g_update
}

/// Floats that live as long as the run: parameters, their gradients, the optimizer's moments.
fn state(settings: &CganSettings, g: &Net, d: &Net) -> u128 {
    // Value and gradient; SGD holds one moment even where momentum is 0.
    let copies = |kind: &OptimizerKind| match kind {
        OptimizerKind::Sgd { .. } => 3,
        OptimizerKind::Adam { .. }
        | OptimizerKind::AdamW { .. }
        | OptimizerKind::RmsProp { .. } => 4,
    };
    // Averages have a gradient's place too, as all parameters.
    let average = if settings.ema.decay > 0.0 { 2 } else { 0 };
    g.parameters() * (copies(&settings.optimizer.generator.kind) + average)
        + d.parameters() * copies(&settings.optimizer.discriminator.kind)
}

/// Images that are made, or shown to D, at once for scores.
const SCORED_AT_ONCE: u128 = 1_000;
/// Numbers that the scorer keeps of an image: features in f32 and f64, and its logits; of Parzen its sketch,
/// and its distances to the real images that are looked at.
const SEEN: u128 = 3 * 64 + 10 + 128 + 64;

/// Floats of the scorer at work: windows of some images, and what its convolutions pass on.
const SCORER: u128 = 900_000;

/// Floats of an epoch's scores: the passes of some images through both networks.
fn epoch_scores(general: &Settings, g: &Net, d: &Net, data: DataShape) -> u128 {
    if !general.score.fast {
        return 0;
    }
    SCORER + SCORED_AT_ONCE * (2 * data.pixels as u128 + g.kept() + d.kept())
}

/// Floats of the final scores: G, and all fakes with their noise and what the scorer keeps of them.
fn final_scores(general: &Settings, settings: &CganSettings, g: &Net, data: DataShape) -> u128 {
    if !general.score.full {
        return 0;
    }
    let each = data.pixels as u128 + settings.noise.dim as u128 + SEEN;
    SCORER + 2 * g.parameters() + data.scored as u128 * each
}

/// Floats an image of the batch: both images, the passes through G and twice D, their gradients.
fn activations(g: &Net, d: &Net, data: DataShape) -> u128 {
    2 * (2 * data.pixels as u128 + g.kept() + 2 * d.kept() + d.widest())
}
