//! The settings of the maxout CGAN, resolved: every value present, checked, and typed.
//!
//! A choice that does not apply (the `beta1` of SGD) has no place here.

use serde::{Deserialize, Serialize};

use super::declared::SCHEMA;
use crate::optim::{self, OptimizerSettings};
use crate::spec::{Output, Settings, Values};

/// What the maxout CGAN trains with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CganSettings {
    /// The generator's random input.
    pub noise: NoiseSettings,
    /// The generator network.
    pub generator: GeneratorSettings,
    /// The discriminator network.
    pub discriminator: DiscriminatorSettings,
    /// What each network minimises.
    pub loss: LossSettings,
    /// In which order the networks are updated, and on what.
    pub update: UpdateSettings,
    /// The optimizer of each network.
    pub optimizer: Optimizers,
    /// The average of G's weights.
    pub ema: EmaSettings,
}

/// All settings of preset `article`: the defaults.
pub fn article() -> Settings {
    Settings::defaults(&SCHEMA)
}

impl CganSettings {
    /// Preset `article`: the defaults.
    pub fn article() -> Self {
        Self::of(&article())
    }

    /// Those of a run.
    pub fn of(settings: &Settings) -> Self {
        let v = settings.values();
        Self {
            noise: NoiseSettings {
                dim: v.count("noise.dim"),
                distribution: v.named("noise.distribution"),
            },
            generator: GeneratorSettings {
                noise_units: v.count("generator.noise_units"),
                label: label(v, "generator"),
                hidden: v.counts("generator.hidden"),
                dropout: v.number("generator.dropout"),
                output: v.named("generator.output"),
                init: init(v, "generator"),
            },
            discriminator: DiscriminatorSettings {
                image_units: v.count("discriminator.image_units"),
                image_pieces: v.count("discriminator.image_pieces"),
                label: v.has("discriminator.label").then(|| label(v, "discriminator")),
                projection: v.named("discriminator.projection"),
                joint_units: v.count("discriminator.joint_units"),
                joint_pieces: v.count("discriminator.joint_pieces"),
                maxout: v.named("discriminator.maxout"),
                dropout: v.number("discriminator.dropout"),
                input_dropout: v.number("discriminator.input_dropout"),
                init: init(v, "discriminator"),
            },
            loss: LossSettings {
                kind: v.named("loss.kind"),
                discriminator: v.named("loss.discriminator"),
                real_target: v.number_or("loss.real_target", 1.0),
                wrong_labels: v.number("loss.wrong_labels"),
            },
            update: UpdateSettings {
                order: v.named("update.order"),
                discriminator_steps: v.count("update.discriminator_steps"),
                fake_batch: v.named("update.fake_batch"),
                fake_labels: v.named("update.fake_labels"),
            },
            optimizer: Optimizers {
                generator: optim::resolve(v, "generator"),
                discriminator: optim::resolve(v, "discriminator"),
            },
            ema: EmaSettings {
                decay: v.number("ema.decay"),
                scored: v.has("ema.scored").then(|| v.named("ema.scored")),
            },
        }
    }
}

fn label(values: &Values, net: &str) -> LabelInput {
    let units = || values.count(&format!("{net}.label_units"));
    match values.choice(&format!("{net}.label")) {
        "dense" => LabelInput::Dense { units: units() },
        "maxout" => LabelInput::Maxout {
            units: units(),
            pieces: values.count(&format!("{net}.label_pieces")),
        },
        "embedding" => LabelInput::Embedding { units: units() },
        _ => LabelInput::Concat,
    }
}

fn init(values: &Values, net: &str) -> Init {
    match values.choice(&format!("{net}.init")) {
        "glorot" => Init::Glorot,
        "he" => Init::He,
        "fan-in" => Init::FanIn,
        _ => Init::Uniform { width: values.number(&format!("{net}.init_width")) },
    }
}

/// The generator's random input z.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoiseSettings {
    /// Length of z.
    pub dim: usize,
    /// What each element is drawn from.
    pub distribution: NoiseDistribution,
}

/// Distribution of each element of z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseDistribution {
    /// N(0, 1), as the article's code draws it.
    Normal,
    /// U[0, 1), the unit hypercube of Mirza & Osindero (2014).
    Uniform,
    /// U[-√3, √3), unit variance, as in the code released beside Goodfellow et al. (2014).
    UniformSqrt3,
}

/// How a network takes the label in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LabelInput {
    /// One-hot into a dense ReLU layer.
    Dense {
        /// Width of the layer.
        units: usize,
    },
    /// One-hot into a maxout layer.
    Maxout {
        /// Units after the max.
        units: usize,
        /// Linear pieces a unit.
        pieces: usize,
    },
    /// A learned vector a class, as it is (no bias, no activation).
    Embedding {
        /// Length of the vector.
        units: usize,
    },
    /// The raw one-hot vector, concatenated.
    Concat,
}

/// Distribution of the initial weights; biases start at zero where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Init {
    /// U(-l, l), l = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010), the Keras default.
    Glorot,
    /// N(0, 2 / fan_in) (He et al. 2015).
    He,
    /// U(-l, l), l = 1 / sqrt(fan_in), biases too: the PyTorch default of dense layers.
    FanIn,
    /// U(-width, width).
    Uniform {
        /// Half the length of the interval.
        width: f64,
    },
}

/// The generator: z and label branches, joint hidden layers, one output a pixel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GeneratorSettings {
    /// Width of the dense ReLU layer on z.
    pub noise_units: usize,
    /// How the label enters.
    pub label: LabelInput,
    /// Widths of the joint dense ReLU layers.
    pub hidden: Vec<usize>,
    /// Dropout rate after each hidden layer (both branches and the joint ones).
    pub dropout: f64,
    /// The last layer's function, and with it the scale of the images.
    pub output: Output,
    /// Initial weights.
    pub init: Init,
}

/// The discriminator: image and label branches, one joint layer, one logit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiscriminatorSettings {
    /// Maxout units of the image branch.
    pub image_units: usize,
    /// Pieces of each.
    pub image_pieces: usize,
    /// How the label enters beside the image; none where only its projection does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelInput>,
    /// Whether the label is projected onto the joint layer.
    pub projection: Projection,
    /// Maxout units of the joint layer.
    pub joint_units: usize,
    /// Pieces of each.
    pub joint_pieces: usize,
    /// What a "maxout layer" computes.
    pub maxout: MaxoutMode,
    /// Dropout rate, at the place `maxout` says.
    pub dropout: f64,
    /// Dropout rate on the image itself.
    pub input_dropout: f64,
    /// Initial weights.
    pub init: Init,
}

/// Whether D's logit has a term of its own for each class, the projection of the label onto the
/// joint layer (Miyato & Koyama 2018).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// The label enters beside the image alone (the article).
    None,
    /// Both.
    Beside,
    /// The projection alone.
    Instead,
}

/// What a maxout layer of the discriminator computes, and where its dropout acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxoutMode {
    /// ReLU, then dropout on every piece, then the max (the article).
    Article,
    /// Linear pieces; dropout on the layer's input (Goodfellow et al. 2013). The image's own rate
    /// is `input_dropout`.
    DropInputs,
    /// Linear pieces; dropout on the max.
    DropOutputs,
    /// A dense ReLU layer, dropout after it. Its width makes D's parameters as nearly equal to those
    /// of the maxout form as can be ([`super::DiscriminatorWidths`]).
    Relu,
}

/// What each network minimises.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LossSettings {
    /// The game.
    pub kind: LossKind,
    /// Whether D's loss is the sum of its real and fake parts or half of it.
    pub discriminator: LossSum,
    /// D's target for real images (one-sided label smoothing below 1).
    pub real_target: f64,
    /// Weight of real images with wrong labels, as fakes, in D's loss; 0 means none are shown.
    pub wrong_labels: f64,
}

/// The pair of losses of D and G.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// D: BCE; G: -log D(G(z)) (Goodfellow et al. 2014, section 3).
    NonSaturating,
    /// D: BCE; G: log(1 - D(G(z))) (Goodfellow et al. 2014, eq. 1).
    Saturating,
    /// (D - target)², G towards 1 (Mao et al. 2017).
    LeastSquares,
    /// max(0, 1 - D) and max(0, 1 + D); G: -D (Lim & Ye 2017).
    Hinge,
}

/// How D's real and fake losses are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossSum {
    /// real + fake (the article).
    Sum,
    /// (real + fake) / 2.
    Mean,
}

/// In which order the networks are updated, and on what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UpdateSettings {
    /// Both at the same parameters, or D first.
    pub order: UpdateOrder,
    /// D updates for each G update.
    pub discriminator_steps: usize,
    /// Whether G is updated on the fakes D has just seen.
    pub fake_batch: FakeBatch,
    /// Where the labels of fakes come from.
    pub fake_labels: FakeLabels,
}

/// Order of the two updates of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateOrder {
    /// Both gradients at the parameters before the update (the article).
    Simultaneous,
    /// D first; G's gradient through the updated D (Goodfellow et al. 2014, algorithm 1).
    Alternating,
}

/// Which fakes G is updated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FakeBatch {
    /// Those D has just seen.
    Shared,
    /// Newly drawn ones.
    Fresh,
}

/// Where the labels of fakes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FakeLabels {
    /// The label of the real image in its place in the batch (the article).
    Shared,
    /// Drawn uniformly over the classes.
    Drawn,
}

/// The optimizer of each network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Optimizers {
    /// G's.
    pub generator: OptimizerSettings,
    /// D's.
    pub discriminator: OptimizerSettings,
}

/// The exponential average of G's weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EmaSettings {
    /// Its decay at each update of G; 0 means that there is none.
    pub decay: f64,
    /// Which weights images are drawn with, where there is an average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scored: Option<Weights>,
}

/// Which of G's weights images are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// Their average.
    Average,
    /// Those after the last update.
    Last,
}
