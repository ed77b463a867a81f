//! Which pieces of a maxout layer won, and how often none did.

/// Wins of a layer's pieces over the images it was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PieceUsage {
    /// Whether each piece of each unit ever won.
    won: Vec<bool>,
    /// Images times units.
    chances: u64,
    /// Of these, those where no piece won: the unit was 0.
    none: u64,
}

impl PieceUsage {
    /// Starts over for a layer with this number of pieces in all.
    pub(super) fn clear(&mut self, pieces: usize) {
        self.won.clear();
        self.won.resize(pieces, false);
        (self.chances, self.none) = (0, 0);
    }

    /// `times` images in which the piece in this row won; in which none did, without a row.
    pub(super) fn add(&mut self, row: Option<usize>, times: u64) {
        self.chances += times;
        match row {
            Some(row) => self.won[row] |= times > 0,
            None => self.none += times,
        }
    }

    /// Adds the wins of another layer behind this one's.
    pub fn append(&mut self, other: &Self) {
        self.won.extend_from_slice(&other.won);
        self.chances += other.chances;
        self.none += other.none;
    }

    /// Whether each piece won.
    pub fn won(&self) -> &[bool] {
        &self.won
    }

    /// Images times units, and in how many of these no piece won.
    pub fn zeros(&self) -> (u64, u64) {
        (self.chances, self.none)
    }
}
