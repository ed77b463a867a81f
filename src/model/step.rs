//! Where in its run a step is made.

/// Where in its run an update is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// Generator updates made before this one.
    pub step: u64,
    /// Generator updates of the whole run.
    pub steps: u64,
    /// Generator updates an epoch.
    pub steps_per_epoch: u64,
}
