//! How the program ends, and what it says of an error.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use crate::spec::Mistakes;

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
    /// Stopped by a signal; the same command goes on from there.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command line that asks for what there is not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// Shows an error and says how to exit for it.
pub fn explain(error: &anyhow::Error, err: &mut dyn Write) -> Exit {
    let io = error.chain().find_map(|e| e.downcast_ref::<std::io::Error>());
    // There is nobody left to tell when standard error is closed too.
    match error.downcast_ref::<Mistakes>() {
        Some(mistakes) => {
            let _ = writeln!(err, "{mistakes}");
            if mistakes.only_io() { Exit::Io } else { Exit::BadExperiment }
        }
        None => {
            let _ = writeln!(err, "error: {error:#}");
            if io.is_some_and(|e| e.kind() == ErrorKind::StorageFull) {
                let _ = writeln!(err, "  = help: make room on the disk; the same command goes on");
            }
            if error.is::<Usage>() { Exit::BadExperiment } else { Exit::Io }
        }
    }
}
