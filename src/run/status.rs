//! How far a run of a plan has come.

use super::OutcomeKind;

/// How far a run of a plan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunStatus {
    /// Trained to its last step; only these enter the statistics of final values.
    Completed,
    /// Stopped being finite: a result.
    Diverged,
    /// Ended before its last step by its own rule: a result.
    Stopped,
    /// Ended by an error.
    Failed,
    /// Begun and not ended: it resumes from its last checkpoint.
    Interrupted,
    /// A process is training it.
    Running,
    /// Nothing of it is there.
    NotStarted,
    /// What is there was trained with other settings, data or trainer than the plan has now.
    Stale,
    /// Its records are not what they were when they were written; none of its numbers are used.
    Damaged,
}

impl RunStatus {
    /// All, in the order of tables.
    pub const ALL: [Self; 9] = [
        Self::Completed,
        Self::Diverged,
        Self::Stopped,
        Self::Failed,
        Self::Interrupted,
        Self::Running,
        Self::NotStarted,
        Self::Stale,
        Self::Damaged,
    ];

    /// What records alone can tell, in the order of tables: not who is at work.
    pub const OF_RECORDS: [Self; 8] = [
        Self::Completed,
        Self::Diverged,
        Self::Stopped,
        Self::Failed,
        Self::Interrupted,
        Self::NotStarted,
        Self::Stale,
        Self::Damaged,
    ];

    /// Whether it came to an end of its own: it is not trained further unless that is asked for.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Diverged | Self::Stopped | Self::Failed)
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Diverged => "diverged",
            Self::Stopped => "stopped by rule",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Running => "running",
            Self::NotStarted => "not started",
            Self::Stale => "stale",
            Self::Damaged => "damaged",
        }
    }
}

impl From<OutcomeKind> for RunStatus {
    fn from(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Completed => Self::Completed,
            OutcomeKind::Diverged => Self::Diverged,
            OutcomeKind::Stopped => Self::Stopped,
            OutcomeKind::Failed => Self::Failed,
            OutcomeKind::Interrupted => Self::Interrupted,
        }
    }
}
