//! Presets: recipes inside the program that a file, a block or a variant extends.

use super::diagnostic::Diagnostics;
use super::schema::Schema;
use super::suggest::closest;
use super::written::{self, Assignment, Text};

/// Whether a target of `extends` means a preset and not a file.
pub(super) fn is_meant(target: &Text) -> bool {
    target.text.starts_with("preset:")
}

/// The settings of a preset, placed where it was asked for.
pub(super) fn read(
    mistakes: &mut Diagnostics,
    schema: &'static Schema,
    target: &Text,
) -> Vec<Assignment> {
    let Some((name, text)) = schema.presets().iter().find(|(name, _)| *name == target.text) else {
        let names = || schema.presets().iter().map(|(name, _)| *name);
        let help = match closest(&target.text, names()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        mistakes.push(&target.place, format!("no preset {:?}", target.text), help);
        return Vec::new();
    };
    let source = mistakes.sources.file(name, *text);
    let mut set = written::read(mistakes, schema, source).base;
    for assignment in &mut set {
        assignment.key = target.place.clone();
        assignment.place = target.place.clone();
        assignment.extended = true;
    }
    set
}
