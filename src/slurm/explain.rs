//! Why a task ended without an outcome, as far as it can be told.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::cluster::Position;

/// Of a log, so many bytes at its end are looked at.
const END: u64 = 4096;

/// What there is to say of a run whose task ended and left no outcome.
pub fn lost(position: &Position) -> String {
    let how = match &position.state {
        Some(state) => format!(" ({})", state.state),
        None => String::new(),
    };
    let said = match last_line(&position.log) {
        Some(line) => format!("; its log ends: {line}"),
        None => "; it wrote no log".to_owned(),
    };
    format!("task {} ended{how} without an outcome{said}", position.task)
}

/// The last line of a log that is not empty: there Slurm says why it ended a task.
fn last_line(log: &Path) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END))).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    Some(line.chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::TaskState;

    #[test]
    fn the_log_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("3.log");
        let state = TaskState { state: "TIMEOUT".into(), reason: "".into(), node: "n1".into() };
        let mut position = Position { task: "12_3".into(), state: Some(state), log: log.clone() };
        let said = "task 12_3 ended (TIMEOUT) without an outcome; it wrote no log";
        assert_eq!(lost(&position), said);
        std::fs::write(&log, "a\nslurmstepd: error: DUE TO TIME LIMIT ***\n\n").unwrap();
        position.state = None;
        let said = "task 12_3 ended without an outcome; its log ends: slurmstepd: error: DUE TO TIME LIMIT ***";
        assert_eq!(lost(&position), said);
    }
}
