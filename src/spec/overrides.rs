//! What the command line changes in an experiment: `--set` and `--seeds`.

use super::diagnostic::{Diagnostics, Span};
use super::schema::Schema;
use super::seeds;
use super::written::{Assignment, Reader};

/// What the command line changes in an experiment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `key=value` of each `--set`.
    pub set: Vec<String>,
    /// `--seeds`: `1,2,5` or `1..=5`.
    pub seeds: Option<String>,
}

impl Overrides {
    /// As they stood on the command line, for the record.
    pub(super) fn as_arguments(&self) -> Vec<String> {
        let set = self.set.iter().map(|set| format!("--set {set}"));
        set.chain(self.seeds.iter().map(|seeds| format!("--seeds {seeds}"))).collect()
    }
}

/// Reads `--set` and `--seeds` like the file.
pub(super) fn arguments(
    mistakes: &mut Diagnostics,
    schema: &'static Schema,
    overrides: &Overrides,
) -> (Vec<Assignment>, Option<Vec<u64>>) {
    let mut set = Vec::new();
    for argument in &overrides.set {
        let source = mistakes.sources.argument("--set", argument);
        let whole = Span { source, span: 0..argument.len() };
        let Some((key, value)) = argument.split_once('=') else {
            let help = "write --set train.epochs=1";
            mistakes.push(&whole, "`--set` takes key=value", help);
            continue;
        };
        let missing = [(key, "key"), (value, "value")];
        if let Some((_, what)) = missing.iter().find(|(part, _)| part.trim().is_empty()) {
            let help = "write --set train.epochs=1; an empty text is --set data.path=''";
            mistakes.push(&whole, format!("the {what} is missing"), help);
            continue;
        }
        // A shell eats the quotes of `output="sigmoid"`, so a bare word is a text too.
        let bare = value.trim();
        let is_word = !bare.is_empty()
            && toml::de::DeValue::parse(bare).is_err()
            && bare.chars().all(|c| c.is_alphanumeric() || "-_./ ".contains(c));
        let quoted = if is_word { format!("{key}='{bare}'") } else { argument.clone() };
        match toml::de::DeTable::parse(&quoted) {
            Ok(table) => {
                let mut reader = Reader { mistakes, schema, source };
                let (mut read, _) = reader.settings(table.get_ref(), &[]);
                for assignment in &mut read {
                    assignment.place.span.end = assignment.place.span.end.min(argument.len());
                }
                set.extend(read);
            }
            Err(error) => {
                let message = format!("not TOML: {}", error.message());
                mistakes.push(&whole, message, "write --set key=value, as in the file");
            }
        }
    }
    let seeds = overrides.seeds.as_ref().and_then(|text| {
        let source = mistakes.sources.argument("--seeds", text);
        let place = Span { source, span: 0..text.len() };
        seeds::parse(text)
            .map_err(|message| mistakes.push(&place, message, "write --seeds 1,2,5 or 1..=5"))
            .ok()
    });
    (set, seeds)
}
