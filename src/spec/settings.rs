//! Resolved settings: every value present, checked, and typed. What a run trains with.
//!
//! What a person writes is a flat list of dotted keys (`discriminator.image_pieces = 5`); this is
//! what that list resolves to for one variant. A choice that does not apply (the `beta1` of SGD)
//! has no place here, so it can neither act nor enter a run's key.

use serde::{Deserialize, Serialize};

/// Everything that decides how one run trains, apart from its seed and the data's content.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// Which images.
    pub data: DataSettings,
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
    /// Length and batch.
    pub train: TrainSettings,
    /// What is written down and how often; cannot change a result.
    pub record: RecordSettings,
    /// What is scored; cannot change a training.
    pub score: ScoreSettings,
}

/// Which images a run trains on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataSettings {
    /// Folder of IDX files; empty means the embedded MNIST.
    pub dir: String,
    /// Train on the first so many images; 0 means all.
    pub subset: usize,
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

/// Distribution of the initial weights; biases start at zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Init {
    /// U(-l, l), l = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010), the Keras default.
    Glorot,
    /// N(0, 2 / fan_in) (He et al. 2015).
    He,
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

/// The generator's output function and the pixel scale that matches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Images in [-1, 1].
    Tanh,
    /// Images in [0, 1].
    Sigmoid,
}

/// The discriminator: image and label branches, one joint layer, one logit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiscriminatorSettings {
    /// Maxout units of the image branch.
    pub image_units: usize,
    /// Pieces of each.
    pub image_pieces: usize,
    /// How the label enters.
    pub label: LabelInput,
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
    /// of the maxout form as can be ([`crate::plan::DiscriminatorWidths`]).
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

/// One network's optimizer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptimizerSettings {
    /// The rule and its constants.
    pub kind: OptimizerKind,
    /// Learning rate at the first step.
    pub lr: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Largest global gradient norm; 0 means no clipping.
    pub clip: f64,
}

/// An update rule with its constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Kingma & Ba (2015), with ε where Keras has it: next to √v, before bias correction.
    Adam {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// ε.
        eps: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    #[serde(rename = "adamw")]
    AdamW {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// ε.
        eps: f64,
        /// Weight decay, multiplied by the learning rate.
        weight_decay: f64,
    },
    /// RMSProp (Hinton, lecture 6e), ε inside the root.
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// Decay of the squared gradient's mean.
        rho: f64,
        /// ε.
        eps: f64,
        /// Momentum on the scaled gradient; 0 means none.
        momentum: f64,
    },
    /// Gradient descent with momentum that may grow over the first epochs.
    Sgd {
        /// Momentum at the first epoch; 0 means none.
        momentum: f64,
        /// Momentum at the end of the ramp.
        momentum_final: f64,
        /// Epochs over which momentum grows linearly; 0 means it stays at `momentum`.
        momentum_ramp: usize,
        /// Nesterov's form instead of the classic one.
        nesterov: bool,
    },
}

/// How a learning rate changes with the step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Schedule {
    /// lr.
    Constant,
    /// max(lr / factor^step, floor).
    Exponential {
        /// Divisor applied at each step, at least 1.
        factor: f64,
        /// Smallest learning rate.
        floor: f64,
    },
    /// From lr to floor in a straight line over the run.
    Linear {
        /// Learning rate at the end.
        floor: f64,
    },
    /// From lr to floor along half a cosine over the run.
    Cosine {
        /// Learning rate at the end.
        floor: f64,
    },
}

/// Length and batch of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainSettings {
    /// Images a step; the last, smaller batch of an epoch is kept.
    pub batch: usize,
    /// Passes over the training images; 0 where `steps` decides.
    pub epochs: usize,
    /// So many steps instead of whole epochs; 0 means the epochs decide.
    pub steps: usize,
}

/// What is written down and how often.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordSettings {
    /// TensorBoard scalars every so many steps (and each epoch); 0 means epochs only.
    pub scalars_every: usize,
    /// A sample grid every so many epochs (and after the last).
    pub samples_every: usize,
    /// Weights every so many epochs (and after the last).
    pub checkpoint_every: usize,
}

/// What is scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreSettings {
    /// Whether each epoch gets the fast scores.
    pub fast: bool,
    /// Whether a completed run gets the full scores.
    pub full: bool,
}
