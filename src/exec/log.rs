//! What a person should know while runs train, such as a checkpoint that could not be used.

use std::fmt;

/// Who is told.
#[derive(Clone, Copy)]
pub struct LogSink<'a>(&'a (dyn Fn(&str) + Sync));

impl<'a> LogSink<'a> {
    /// Tells it to `say`, a line at a time.
    pub fn to(say: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self(say)
    }

    pub(super) fn say(&self, line: &str) {
        (self.0)(line);
    }
}

impl fmt::Debug for LogSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogSink")
    }
}
