//! The scorer network: its shape, its parameters, and images to features and logits.

use super::unfold::{Picture, unfold};
use crate::ops::matmul::{Operand, matmul};

/// Channels after each of the two convolutions.
const CHANNELS: [usize; 2] = [16, 32];
/// Length of a feature vector: small, so that 10,000 images give a covariance of full rank.
pub const FEATURES: usize = 64;
/// Images at a time. gemm sums products of up to 64 rows in another order: with another number the rest of
/// a set, and so its scores, could have other bits.
const CHUNK: usize = 100;
/// Windows unfolded at once, about: those of the second convolution take 1.6 MB. gemm sums products
/// of up to 64 rows in another order, so there must not be so few.
const WINDOWS: usize = 1_024;

/// Two convolutions (5 × 5, stride 2, ReLU), a dense ReLU layer whose output are the features, and
/// a dense layer to one logit a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Architecture {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) classes: usize,
}

/// One layer: `inputs × outputs` weights and `outputs` biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Architecture {
    /// What each convolution sees.
    pub(super) fn pictures(self) -> [Picture; 2] {
        let image = Picture { height: self.height, width: self.width, channels: 1 };
        [image, image.convolved(CHANNELS[0])]
    }

    /// The layers, from the image to the logits.
    pub(super) fn layers(self) -> [Layer; 4] {
        let [image, hidden] = self.pictures();
        let layer = |name, inputs, outputs| Layer { name, inputs, outputs };
        [
            layer("conv0", image.window_len(), CHANNELS[0]),
            layer("conv1", hidden.window_len(), CHANNELS[1]),
            layer("features", hidden.convolved(CHANNELS[1]).len(), FEATURES),
            layer("output", FEATURES, self.classes),
        ]
    }
}

/// Weights (`inputs × outputs`, row-major) and biases of every layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameters {
    pub(super) architecture: Architecture,
    pub(super) layers: [(Vec<f32>, Vec<f32>); 4],
}

/// What the scorer says of some images.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// `images × FEATURES`, the penultimate layer.
    pub features: Vec<f32>,
    /// `images × classes`.
    pub logits: Vec<f32>,
}

impl Parameters {
    /// Images (`n × height × width`, in [0, 1]) to features and logits, on the threads of the surrounding
    /// pool.
    ///
    /// # Panics
    /// If `images` is not a whole number of images.
    pub(super) fn embed(&self, images: &[f32]) -> Embedded {
        let [image, hidden] = self.architecture.pictures();
        assert!(images.len().is_multiple_of(image.len()), "whole images");
        let n = images.len() / image.len();
        let mut seen = Embedded {
            features: Vec::with_capacity(n * FEATURES),
            logits: Vec::with_capacity(n * self.architecture.classes),
        };
        let mut windows = Vec::new();
        for images in images.chunks(CHUNK * image.len()) {
            let n = images.len() / image.len();
            let mut convolve = |pictures: &[f32], of: Picture, layer: usize| {
                let parts = (n * of.windows() / WINDOWS).clamp(1, n);
                let edge = |part: usize| n * part / parts;
                let mut convolved = Vec::with_capacity(n * of.windows() * CHANNELS[layer]);
                for part in 0..parts {
                    let range = edge(part)..edge(part + 1);
                    windows.resize(range.len() * of.windows() * of.window_len(), 0.0);
                    let pictures = &pictures[range.start * of.len()..range.end * of.len()];
                    unfold(pictures, of, &mut windows);
                    convolved.extend(self.apply(layer, &windows, true));
                }
                convolved
            };
            let first = convolve(images, image, 0);
            let second = convolve(&first, hidden, 1);
            let features = self.apply(2, &second, true);
            seen.logits.extend(self.apply(3, &features, false));
            seen.features.extend(features);
        }
        seen
    }

    /// rows · W + b, with ReLU or without.
    fn apply(&self, layer: usize, rows: &[f32], relu: bool) -> Vec<f32> {
        let Layer { inputs, outputs, .. } = self.architecture.layers()[layer];
        let (weight, bias) = &self.layers[layer];
        let n = rows.len() / inputs;
        let mut out = bias.repeat(n);
        matmul(
            Operand::new(rows, n, inputs),
            Operand::new(weight, inputs, outputs),
            &mut out,
            true,
        );
        if relu {
            // Not `max`: that would turn NaN into 0, and a broken image into a number.
            for x in &mut out {
                *x = if *x < 0.0 { 0.0 } else { *x };
            }
        }
        out
    }
}
