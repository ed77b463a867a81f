//! What keeps a cluster from being asked.

/// Why Slurm did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// There is no Slurm here.
    #[error(
        "Slurm's `{tool}` is not on this machine: run this on a login node of the cluster, or train \
         here without `--executor slurm`"
    )]
    Missing {
        /// The program that was looked for.
        tool: String,
    },
    /// Its controller does not answer: nothing is known of any job.
    #[error("Slurm does not answer (`{tool}`: {said}); what it was given before goes on")]
    Silent {
        /// The program that asked.
        tool: String,
        /// What it said.
        said: String,
    },
    /// It does not take what it was asked.
    #[error("Slurm refuses (`{tool}`): {said}")]
    Refused {
        /// The program that asked.
        tool: String,
        /// What it said.
        said: String,
    },
    /// What is on the cluster cannot be told now, and so not what is missing.
    #[error(
        "{why}; whether runs are at work cannot be told, so none was submitted: try again later"
    )]
    Unknown {
        /// Why not.
        why: String,
    },
    /// An option that cannot be.
    #[error("{place}: {problem}")]
    Option {
        /// The file or flag that it stands in.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}
