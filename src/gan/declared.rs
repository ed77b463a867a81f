//! The settings of the maxout CGAN: what may be written, its default, meaning and source.

use std::ops::Bound::{Excluded, Included};
use std::ops::{Bound, Range, RangeInclusive};
use std::sync::LazyLock;

use crate::optim;
use crate::spec::{Schema, Setting, When};

const UNITS: RangeInclusive<i64> = 1..=65_536;
/// As many as can be told apart by a byte, with one value left for none: `ops::MAX_PIECES`.
const PIECES: RangeInclusive<i64> = 1..=255;
const RATE: Range<f64> = 0.0..1.0;
const ABOVE_ZERO: (Bound<f64>, Bound<f64>) = (Excluded(0.0), Included(10.0));

/// Every setting of an experiment that sweeps the maxout CGAN.
pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut settings = noise();
    settings.extend(generator());
    settings.extend(discriminator());
    settings.extend(game());
    settings.extend(optim::declared("generator", "g"));
    settings.extend(optim::declared("discriminator", "d"));
    settings.extend(ema());
    Schema::new(settings, PRESETS)
});

/// Recipes inside the program.
const PRESETS: &[(&str, &str)] = &[
    ("preset:article", include_str!("presets/article.toml")),
    ("preset:tuned", include_str!("presets/tuned.toml")),
    ("preset:paper", include_str!("presets/paper.toml")),
    ("preset:paper-code", include_str!("presets/paper-code.toml")),
];

fn noise() -> Vec<Setting> {
    vec![
Setting::int("noise.dim", "n.dim", UNITS)
.unit("elements")
.default("100")
.about("Length of z, the generator's random input.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::choice(
"noise.distribution", "n.distribution", &["normal", "uniform", "uniform-sqrt3"])
.default("\"normal\"")
.about("What each element of z is drawn from: \"normal\" is N(0, 1); \"uniform\" is U[0, 1), the unit hypercube; \"uniform-sqrt3\" is U[-√3, √3), which has the variance of the normal.")
.source("the article's code draws normal (its text says uniform); Mirza & Osindero 2014 the hypercube"),
    ]
}

fn generator() -> Vec<Setting> {
    vec![
Setting::int("generator.noise_units", "g.noise_units", UNITS)
.unit("units")
.default("256")
.about("Width of the dense ReLU layer that z enters.")
.source("the article"),
Setting::choice("generator.label", "g.label", &["dense", "maxout", "embedding", "concat"])
.default("\"dense\"")
.about("How the label enters: one-hot into a \"dense\" ReLU layer or into a \"maxout\" layer, a learned \"embedding\" vector a class (no bias, no activation), or the raw one-hot vector (\"concat\").")
.source("the article"),
Setting::int("generator.label_units", "g.label_units", UNITS)
.unit("units")
.when(When::is("generator.label", &["dense", "maxout", "embedding"]))
.default("256")
.about("Width of what the label becomes.")
.source("the article"),
Setting::int("generator.label_pieces", "g.label_pieces", PIECES)
.unit("pieces")
.when(When::is("generator.label", &["maxout"]))
.default("5")
.about("Linear pieces of each maxout unit of the label branch.")
.source("as the article's discriminator"),
Setting::ints("generator.hidden", "g.hidden", UNITS, 8)
.unit("units")
.default("[512]")
.about("Widths of the joint dense ReLU layers, in order; [] goes from the branches straight to the image.")
.source("the article"),
Setting::float("generator.dropout", "g.dropout", RATE)
.unit("fraction")
.default("0.0")
.about("Dropout rate after each hidden layer, branches included.")
.source("the article has none; Mirza & Osindero 2014 use 0.5"),
Setting::choice("generator.output", "g.output", &["tanh", "sigmoid"])
.default("\"tanh\"")
.about("Function of the last layer; images are scaled to match: \"tanh\" to [-1, 1], \"sigmoid\" to [0, 1].")
.source("the article"),
Setting::choice("generator.init", "g.init", &["glorot", "he", "fan-in", "uniform"])
.default("\"glorot\"")
.about("Initial weights: \"glorot\" is U(-l, l) with l = √(6 / (fan_in + fan_out)); \"he\" is N(0, 2 / fan_in); \"fan-in\" is U(-l, l) with l = 1 / √fan_in, biases too; \"uniform\" is U(-w, w). Other biases start at zero.")
.source("Glorot & Bengio 2010 (the Keras default of the article); He et al. 2015; \"fan-in\" is what PyTorch's dense layers begin with"),
Setting::float("generator.init_width", "g.init_width", ABOVE_ZERO)
.when(When::is("generator.init", &["uniform"]))
.default("0.05")
.about("w of the uniform initial weights.")
.source("the code beside Goodfellow et al. 2014"),
    ]
}

/// Where D has a label branch.
fn label_branch() -> When {
    When::is("discriminator.projection", &["none", "beside"])
}

fn discriminator() -> Vec<Setting> {
    vec![
Setting::int("discriminator.image_units", "d.image_units", UNITS)
.unit("units")
.default("240")
.about("Maxout units of the image branch.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::int("discriminator.image_pieces", "d.image_pieces", PIECES)
.unit("pieces")
.default("5")
.about("Linear pieces of each maxout unit of the image branch; 1 leaves nothing to choose from.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::choice("discriminator.projection", "d.projection", &["none", "beside", "instead"])
.default("\"none\"")
.added("\"none\"")
.about("Whether D's logit gets a term of its own for each class, v_y·h / √units with h the joint layer and v_y learned: \"none\"; \"beside\" the label branch; \"instead\" of it, so that the image alone goes through the layers.")
.source("Miyato & Koyama 2018 (arXiv 1802.05637), eq. 4; the article has none"),
Setting::choice("discriminator.label", "d.label", &["dense", "maxout", "embedding", "concat"])
.when(label_branch())
.default("\"maxout\"")
.about("How the label enters, as in the generator.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::int("discriminator.label_units", "d.label_units", UNITS)
.unit("units")
.when(label_branch())
.when(When::is("discriminator.label", &["dense", "maxout", "embedding"]))
.default("50")
.about("Width of what the label becomes.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::int("discriminator.label_pieces", "d.label_pieces", PIECES)
.unit("pieces")
.when(label_branch())
.when(When::is("discriminator.label", &["maxout"]))
.default("5")
.about("Linear pieces of each maxout unit of the label branch.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::int("discriminator.joint_units", "d.joint_units", UNITS)
.unit("units")
.default("240")
.about("Maxout units of the joint layer.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::int("discriminator.joint_pieces", "d.joint_pieces", PIECES)
.unit("pieces")
.default("4")
.about("Linear pieces of each maxout unit of the joint layer.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::choice("discriminator.maxout", "d.maxout", &["article", "drop-inputs", "drop-outputs", "relu"])
.default("\"article\"")
.about("What a maxout layer computes. \"article\": ReLU, then dropout on every piece, then the max. \"drop-inputs\": linear pieces, dropout on the layer's input. \"drop-outputs\": linear pieces, dropout on the max. \"relu\": plain dense ReLU layers, dropout after them, of as many parameters as the maxout layers: the branches have units × pieces outputs, and the joint layer, which then takes all of these in, has the number of units with which D as a whole comes nearest (193 in preset `article`).")
.source("the article; Goodfellow et al. 2013 (maxout networks) drop inputs and are linear"),
Setting::float("discriminator.dropout", "d.dropout", RATE)
.unit("fraction")
.default("0.5")
.about("Dropout rate at the place that `maxout` says.")
.source("the article; Mirza & Osindero 2014, section 4.1"),
Setting::float("discriminator.input_dropout", "d.input_dropout", RATE)
.unit("fraction")
.default("0.0")
.about("Dropout rate on the image itself.")
.source("the article has none; the code beside Goodfellow et al. 2014 uses 0.2"),
Setting::choice("discriminator.init", "d.init", &["glorot", "he", "fan-in", "uniform"])
.default("\"glorot\"")
.about("Initial weights, as in the generator.")
.source("Glorot & Bengio 2010 (the Keras default of the article)"),
Setting::float("discriminator.init_width", "d.init_width", ABOVE_ZERO)
.when(When::is("discriminator.init", &["uniform"]))
.default("0.005")
.about("w of the uniform initial weights.")
.source("the code beside Goodfellow et al. 2014"),
    ]
}

/// Losses, and who is updated when on what.
fn game() -> Vec<Setting> {
    vec![
Setting::choice("loss.kind", "loss", &["non-saturating", "saturating", "least-squares", "hinge"])
.default("\"non-saturating\"")
.about("The game. \"non-saturating\": D minimises cross-entropy, G minimises -log D(G(z)). \"saturating\": G minimises log(1 - D(G(z))). \"least-squares\": D (D(x) - target)², G (D(G(z)) - 1)². \"hinge\": D max(0, 1 - D(x)) + max(0, 1 + D(G(z))), G -D(G(z)).")
.source("Goodfellow et al. 2014 (the article takes its non-saturating form); Mao et al. 2017; Lim & Ye 2017"),
Setting::choice("loss.discriminator", "loss.d", &["sum", "mean"])
.default("\"sum\"")
.about("D's loss is the \"sum\" of its real and fake parts or their \"mean\".")
.source("the article sums; the code beside Goodfellow et al. 2014 halves"),
Setting::float("loss.real_target", "loss.real_target", (Excluded(0.0), Included(1.0)))
.when(When::is("loss.kind", &["non-saturating", "saturating", "least-squares"]))
.default("1.0")
.about("D's target for real images; below 1 is one-sided label smoothing.")
.source("the article has none; Salimans et al. 2016 use 0.9"),
Setting::float("loss.wrong_labels", "loss.wrong_labels", 0.0..=10.0)
.default("0.0")
.added("0.0")
.about("Weight λ in D's loss of each batch's real images shown once more with a wrong label, drawn uniformly over the other classes, as fakes: D minimises real + fake + λ·wrong. 0 shows none. What D computes of an image before its label comes in is not computed again.")
.source("Reed et al. 2016 (arXiv 1605.05396), section 4.2, with λ = 1/2 and half the weight of fakes; the article has none"),
Setting::choice("update.order", "u.order", &["simultaneous", "alternating"])
.default("\"simultaneous\"")
.about("\"simultaneous\": both gradients at the parameters before the update. \"alternating\": D first, then G through the updated D.")
.source("the article; Goodfellow et al. 2014, algorithm 1, alternates"),
Setting::int("update.discriminator_steps", "u.d_steps", 1..=1_000)
.unit("updates")
.default("1")
.about("Updates of D for each update of G.")
.source("the article; k of Goodfellow et al. 2014, algorithm 1"),
Setting::choice("update.fake_batch", "u.fake_batch", &["shared", "fresh"])
.default("\"shared\"")
.about("G learns on the fakes that D has just seen (\"shared\") or on new ones (\"fresh\").")
.source("the article shares; Goodfellow et al. 2014, algorithm 1, draws anew"),
Setting::choice("update.fake_labels", "u.fake_labels", &["shared", "drawn"])
.default("\"shared\"")
.about("A fake takes the label of the real image in its place in the batch (\"shared\") or one \"drawn\" uniformly over the classes.")
.source("the article"),
    ]
}

/// The average of G's weights.
fn ema() -> Vec<Setting> {
    vec![
Setting::float("ema.decay", "ema.decay", RATE)
.default("0.0")
.added("0.0")
.about("Decay β at each update of G of an exponential average of its weights, Σ βᵗ⁻ⁱ·θᵢ / Σ βᵗ⁻ⁱ over the weights θᵢ after each update so far; 0 means none. It changes no training.")
.source("Yazıcı et al. 2019 (arXiv 1806.04498); the article has none"),
Setting::choice("ema.scored", "ema.scored", &["average", "last"])
.when(When::positive("ema.decay"))
.default("\"average\"")
.added("\"average\"")
.about("Which of G's weights draw the images that are scored, shown and generated: their \"average\" or those after the \"last\" update. Both are kept.")
.source("Yazıcı et al. 2019"),
    ]
}
