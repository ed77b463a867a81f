//! How the program ends, and what it says of an error.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use crate::error::Error;
use crate::slurm::SlurmError;
use crate::spec::Diagnostics;

/// How the program ends; the numbers are documented in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All completed.
    Completed = 0,
    /// Some run diverged or failed.
    RunFailed = 1,
    /// The experiment file or the command line is wrong.
    BadExperiment = 2,
    /// A file could not be read or written, or the sweep's folder is held by somebody else.
    Io = 3,
    /// Stopped by a signal; run the same command to resume.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A usage error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// Shows an error and says how to exit for it.
pub fn explain(error: &anyhow::Error, err: &mut dyn Write) -> Exit {
    let io = error.chain().find_map(|e| e.downcast_ref::<std::io::Error>());
    // There is nobody left to tell when standard error is closed too.
    let ours = error.downcast_ref::<Error>().and_then(Error::find);
    match error.downcast_ref::<Diagnostics>().or(ours) {
        Some(mistakes) => {
            let _ = writeln!(err, "{mistakes}");
            if mistakes.only_io() { Exit::Io } else { Exit::BadExperiment }
        }
        None => {
            let _ = writeln!(err, "error: {}", once(error));
            if io.is_some_and(|e| e.kind() == ErrorKind::StorageFull) {
                let _ = writeln!(
                    err,
                    "  = help: make room on the disk, then run the same command to resume"
                );
            }
            if error.is::<Usage>() || asks_wrongly(error) { Exit::BadExperiment } else { Exit::Io }
        }
    }
}

/// Whether a cluster was asked for what it does not give.
fn asks_wrongly(error: &anyhow::Error) -> bool {
    let slurm = error.downcast_ref::<SlurmError>();
    matches!(slurm, Some(SlurmError::Option { .. } | SlurmError::Refused { .. }))
}

/// An error with its causes, each said once: some errors say their cause in their own text.
fn once(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !said.ends_with(&cause) {
            said.push_str(if said.is_empty() { "" } else { ": " });
            said.push_str(&cause);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read x: {0}")]
        struct Said(#[source] std::io::Error);

        let cause = || std::io::Error::new(ErrorKind::NotFound, "no such file");
        let error = anyhow::Error::new(Said(cause())).context("the data cannot be used");
        assert_eq!(once(&error), "the data cannot be used: cannot read x: no such file");
        let error = anyhow::Error::new(cause()).context("cannot read y");
        assert_eq!(once(&error), "cannot read y: no such file");
    }
}
