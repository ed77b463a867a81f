//! Files are opened, and what they extend is laid under them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{Diagnostics, Span};
use super::preset;
use super::schema::Schema;
use super::values::Values;
use super::written::{self, Text};

/// Largest experiment file, in bytes.
const LARGEST: u64 = 4 << 20;
/// Most files and presets one experiment extends, all told.
const MOST_EXTENDED: usize = 100;

/// Reads a file into the sources; notes why it could not.
pub(super) fn open(
    mistakes: &mut Diagnostics,
    path: &Path,
    shown: &str,
) -> Option<(usize, Arc<str>)> {
    let read = std::fs::metadata(path).and_then(|meta| {
        if meta.len() > LARGEST {
            let message = format!("larger than {} MiB, which no experiment file is", LARGEST >> 20);
            return Err(std::io::Error::other(message));
        }
        std::fs::read_to_string(path)
    });
    match read {
        Ok(text) => {
            let source = mistakes.sources.file(shown, text);
            Some((source, mistakes.sources.text(source)))
        }
        Err(error) => {
            let source = mistakes.sources.file(shown, "");
            let place = Span { source, span: 0..0 };
            let why = match error.kind() {
                std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
                _ => error.to_string(),
            };
            mistakes.push_io(&place, format!("cannot be read: {why}"));
            None
        }
    }
}

/// What makes two paths the same file.
pub(super) fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Follows `extends` down.
pub(super) struct Extender<'m> {
    pub(super) mistakes: &'m mut Diagnostics,
    pub(super) schema: &'static Schema,
    /// The files being extended, outermost first, with the names they are shown by.
    pub(super) chain: Vec<(PathBuf, String)>,
    pub(super) opened: usize,
}

impl Extender<'_> {
    /// Lays the settings of each target over `values`, in order.
    pub(super) fn extend(&mut self, values: &mut Values, from: &Path, targets: &[Text]) {
        for target in targets {
            self.opened += 1;
            if self.opened > MOST_EXTENDED {
                if self.opened == MOST_EXTENDED + 1 {
                    let message = format!("more than {MOST_EXTENDED} files are extended");
                    self.mistakes.push(
                        &target.place,
                        message,
                        "extend fewer, or join some of them",
                    );
                }
                return;
            }
            if preset::is_meant(target) {
                for assignment in preset::read(self.mistakes, self.schema, target) {
                    values.set(assignment.id, assignment.value);
                }
            } else {
                self.file(values, from, target);
            }
        }
    }

    fn file(&mut self, values: &mut Values, from: &Path, target: &Text) {
        let path = from.parent().unwrap_or(Path::new("")).join(&target.text);
        let shown = path.display().to_string();
        let identity = identity(&path);
        if let Some(at) = self.chain.iter().position(|(open, _)| *open == identity) {
            let mut names: Vec<&str> = self.chain[at..].iter().map(|(_, n)| n.as_str()).collect();
            names.push(&shown);
            let message = format!("`extends` goes in a circle: {}", names.join(" → "));
            self.mistakes.push(&target.place, message, "remove one of these `extends`");
            return;
        }
        if let Err(error) = std::fs::metadata(&path) {
            let message = format!("cannot extend {shown}: {error}");
            let presets: Vec<String> =
                self.schema.presets().iter().map(|(name, _)| format!("{name:?}")).collect();
            let help = format!(
                "a path is relative to the file it is written in; presets are {}",
                presets.join(", ")
            );
            self.mistakes.push(&target.place, message, help);
            return;
        }
        let Some((source, _)) = open(self.mistakes, &path, &shown) else { return };
        let written = written::read(self.mistakes, self.schema, source);
        self.chain.push((identity, shown));
        self.extend(values, &path, &written.experiment.extends);
        self.chain.pop();
        for assignment in written.base {
            values.set(assignment.id, assignment.value);
        }
    }
}
