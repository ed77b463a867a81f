//! Training or evaluating: where a pass gets its dropout masks from.

use crate::model::{Purpose, Stream};
use crate::ops::dropout::Dropout;

/// Whether dropout acts in a pass.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// It does, with these masks.
    Train(Masks),
    /// It does not.
    Eval,
}

/// The dropout masks of one pass through a network.
#[derive(Clone, Copy, Debug)]
pub struct Masks {
    /// The run's random streams.
    pub stream: Stream,
    /// Which generator update, from 0.
    pub step: u64,
    /// Which pass of that step: each has masks of its own.
    pub pass: u64,
}

impl Mode {
    /// The dropout of the layer with this name; `None` where it does nothing.
    pub fn dropout(&self, layer: &'static str, rate: f64) -> Option<Dropout> {
        match self {
            Self::Train(masks) if rate > 0.0 => {
                let purpose = Purpose::Dropout(layer);
                let key = masks.stream.counter_key(purpose, masks.step, masks.pass);
                Some(Dropout::new(rate, key))
            }
            _ => None,
        }
    }
}
