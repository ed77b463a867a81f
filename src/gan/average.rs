//! An exponential average of G's weights.
//!
//! Yazıcı et al. (2019), arXiv 1806.04498: G's weights circle around where they would settle, and
//! their average lies nearer to it than any of them.

use multiversion::multiversion;
use rayon::prelude::*;

use super::generator::Generator;
use super::settings::{EmaSettings, Weights};
use crate::ops::{Param, part_of};

/// A generator whose weights are the exponential average of another's.
#[derive(Debug)]
pub struct Average {
    generator: Generator,
    decay: f64,
}

impl Average {
    /// The average before the first update; `generator` only says the shapes.
    pub fn new(generator: Generator, decay: f64) -> Self {
        Self { generator, decay }
    }

    /// The generator with the averaged weights.
    pub fn generator(&self) -> &Generator {
        &self.generator
    }

    /// The same, to keep it alone.
    pub(super) fn into_generator(self) -> Generator {
        self.generator
    }

    /// The averages, each under the name that it is kept by.
    pub fn named(&self) -> impl Iterator<Item = (String, &Param)> {
        self.generator.params().into_iter().map(|param| (average_of(param.name()), param))
    }

    /// The same, to restore them.
    pub fn named_mut(&mut self) -> impl Iterator<Item = (String, &mut Param)> {
        self.generator.params_mut().into_iter().map(|param| (average_of(param.name()), param))
    }

    /// Takes in the weights after the `t`-th update, from 1.
    ///
    /// Of the weights θ₁ … θ_t after each update the average is Σ βᵗ⁻ⁱ·θᵢ / Σ βᵗ⁻ⁱ. It is kept as
    /// a ← a + (1 - β)/(1 - βᵗ)·(θ_t - a), so that the initial weights have no share in it, as in
    /// Adam's correction of its means (Kingma & Ba 2015, section 3).
    pub fn update(&mut self, of: &Generator, t: u64) {
        let left = libm::exp(libm::log(self.decay) * t as f64);
        let share = ((1.0 - self.decay) / (1.0 - left)) as f32;
        for (average, param) in self.generator.params_mut().into_iter().zip(of.params()) {
            let (average, values) = (average.values_mut(), param.values());
            let part = part_of(average.len());
            average
                .par_chunks_mut(part)
                .zip(values.par_chunks(part))
                .for_each(|(average, values)| approach(average, values, share));
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn approach(average: &mut [f32], values: &[f32], share: f32) {
    for (average, value) in average.iter_mut().zip(values) {
        *average += share * (value - *average);
    }
}

/// What the average of the parameter of this name is kept under.
pub(super) fn average_of(name: &str) -> String {
    format!("average.{name}")
}

impl EmaSettings {
    /// Which weights images are drawn with, where there are two.
    pub fn drawn_with(&self) -> Option<String> {
        self.scored.map(|weights| match weights {
            Weights::Average => {
                format!("the exponential average of G's weights (decay {} an update)", self.decay)
            }
            Weights::Last => "G's weights after the last update, not their average".to_owned(),
        })
    }
}
