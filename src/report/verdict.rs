//! What a test lets one say.

/// Chance that all families together find something that is chance alone.
pub const ALPHA: f64 = 0.05;

/// What the test lets one say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Better than the baseline, or the better the higher the level.
    Better,
    /// Worse than the baseline, or the worse the higher the level.
    Worse,
    /// Different, in a metric that has no better or over levels without an order.
    Different,
    /// Equal within the declared margin.
    Equal,
    /// The seeds could have shown a difference and did not.
    Unclear,
    /// These seeds could not have shown any difference.
    Underpowered,
    /// There are no values to compare.
    NoPairs,
}

impl Verdict {
    /// The word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Different => "different",
            Self::Equal => "equal",
            Self::Unclear | Self::Underpowered | Self::NoPairs => "unknown",
        }
    }

    /// Whether something was told.
    pub fn is_told(self) -> bool {
        self.word() != "unknown"
    }
}
