//! Which piece of a maxout unit won, and the gradient that follows from it.

/// Stored as the winner where no piece passes a gradient.
pub(super) const NO_WINNER: u8 = u8::MAX;

/// Most pieces a layer may have; their index is stored in a byte.
pub const MAX_PIECES: usize = NO_WINNER as usize;

/// The gradient of a maxout layer's pre-activations.
#[derive(Clone, Copy, Debug)]
pub(super) struct WinnersGradient<'a> {
    /// The gradient of the layer's result, `[n, units]`.
    pub(super) dh: &'a [f32],
    /// Which piece each came from, `[n, units]`; [`NO_WINNER`] where none.
    pub(super) winners: &'a [u8],
    /// Units a layer has.
    pub(super) units: usize,
    /// Pieces of a unit.
    pub(super) pieces: usize,
    /// By what `dh` is multiplied on its way to the winner.
    pub(super) slope: f32,
}

impl WinnersGradient<'_> {
    /// n.
    pub(super) fn images(&self) -> usize {
        self.dh.len() / self.units.max(1)
    }
}
