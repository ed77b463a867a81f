//! Images whose pixels are read as numbers from 0 to 1, however they are stored.

/// Images as rows of pixels in [0, 1].
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// As generated.
    Unit(&'a [f32]),
    /// As stored: one byte a pixel, 255 is 1.
    Bytes(&'a [u8]),
}

impl<'a> Pixels<'a> {
    /// Number of pixels, of all images together.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Unit(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// Copies pixels, from number `start` on.
    pub(super) fn read(&self, start: usize, into: &mut [f64]) {
        match self {
            Self::Unit(values) => {
                into.iter_mut().zip(&values[start..]).for_each(|(to, &x)| *to = x.into());
            }
            Self::Bytes(values) => {
                into.iter_mut()
                    .zip(&values[start..])
                    .for_each(|(to, &x)| *to = f64::from(x) / 255.0);
            }
        }
    }

    /// The first `n` pixels.
    pub fn first(self, n: usize) -> Self {
        match self {
            Self::Unit(values) => Self::Unit(&values[..n.min(values.len())]),
            Self::Bytes(values) => Self::Bytes(&values[..n.min(values.len())]),
        }
    }

    /// Images of `dim` pixels, `n` at a time.
    pub(super) fn chunks(self, n: usize, dim: usize) -> Vec<Self> {
        match self {
            Self::Unit(values) => values.chunks(n * dim).map(Self::Unit).collect(),
            Self::Bytes(values) => values.chunks(n * dim).map(Self::Bytes).collect(),
        }
    }
}
