//! A whole file, from its text.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::help::{BLOCK_KEYS, EXPERIMENT_KEYS, NAMED_BLOCK_KEYS, TOP_KEYS, list, roots};
use super::parts::{Header, ParsedFile};
use super::reader::{Reader, Text, in_order};
use crate::spec::diagnostic::{Diagnostics, Span};
use crate::spec::schema::Schema;
use crate::spec::seeds;
use crate::spec::suggest::closest;

/// Reads a text, noting every mistake; `None` if nothing can be made of it.
pub(in crate::spec) fn read(
    mistakes: &mut Diagnostics,
    schema: &'static Schema,
    source: usize,
) -> ParsedFile {
    let text = mistakes.sources.text(source);
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        mistakes.push(&Span { source, span }, format!("not TOML: {}", error.message()), "");
    }
    let mut reader = Reader { mistakes, schema, source };
    // After a syntax error the tree is a guess: what seems wrong in it may be a consequence.
    if errors.is_empty() { reader.file(table.get_ref()) } else { ParsedFile::default() }
}

impl Reader<'_> {
    fn file(&mut self, table: &DeTable<'_>) -> ParsedFile {
        let mut written = ParsedFile::default();
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "experiment" => {
                    if let Some(table) = self.table(value, "[experiment]") {
                        written.experiment = self.header(table);
                    } else {
                        written.experiment.has_errors = true;
                    }
                }
                "question" => written.questions = self.questions(value),
                "search" => {
                    let place = self.place(value.span());
                    let table = self.table(value, "[search]");
                    written.search = table.map(|table| self.search(table, place));
                }
                "block" => {
                    for (table, place) in self.tables(value, "[[block]]") {
                        let mut block = self.block(table, place, NAMED_BLOCK_KEYS, &[]);
                        if block.name.is_none() && block.axes.is_empty() && !block.has_errors {
                            self.mistakes.push(
                                &block.place,
                                "the block has neither axes nor a name",
                                "give it axes, or a name and what it sets",
                            );
                            block.has_errors = true;
                        }
                        written.blocks.push(block);
                    }
                }
                "variants" => {
                    if let Some(table) = self.table(value, "[variants]") {
                        let named = self.variants(table);
                        written.blocks.extend(named);
                    }
                }
                _ => {}
            }
        }
        let ignored: Vec<&str> = [TOP_KEYS, &roots(self.schema)].concat();
        let place = self.place(0..0);
        let own = self.block(table, place, BLOCK_KEYS, &ignored);
        if !own.axes.is_empty() || own.has_errors {
            written.blocks.insert(0, own);
        } else if let Some(c) = own.exclude.first().or(own.require.first()) {
            self.mistakes.push(
                &c.place.clone(),
                "there are no [axes], [zip] or [sample] that this condition could act on",
                "a condition of a [[block]] stands below it as [[block.exclude]]",
            );
        }
        let skipped: Vec<&str> = [TOP_KEYS, BLOCK_KEYS].concat();
        written.base = self.settings(table, &skipped).0;
        written
    }

    fn header(&mut self, table: &DeTable<'_>) -> Header {
        let before = self.mistakes.count();
        let mut header = Header::default();
        for (key, value) in in_order(table) {
            let what = format!("`experiment.{}`", key.get_ref());
            match key.get_ref().as_ref() {
                "question" => header.question = self.text(value, &what),
                "expected" => header.expected = self.text(value, &what),
                "cost" => header.cost = self.text(value, &what),
                "baseline" => header.baseline = self.text(value, &what),
                "primary" => header.primary = self.text(value, &what),
                "extends" => header.extends = self.targets(value),
                "seeds" => {
                    let place = self.place(value.span());
                    header.seeds = seeds::read(self, value).map(|seeds| (seeds, place));
                }
                other => {
                    let help = match (closest(other, EXPERIMENT_KEYS.iter().copied()), other) {
                        (Some(meant), _) => format!("did you mean `{meant}`?"),
                        (None, key) if self.schema.is_table(key) => {
                            format!("settings stand outside [experiment], in [{key}]")
                        }
                        _ => format!("there are {}", list(EXPERIMENT_KEYS)),
                    };
                    let place = self.place(key.span());
                    self.mistakes.push(&place, format!("unknown key `experiment.{other}`"), help);
                }
            }
        }
        header.has_errors = self.mistakes.count() > before;
        header
    }

    /// The targets of an `extends`: one text or a list.
    pub(super) fn targets(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().filter_map(|item| self.text(item, "each of `extends`")).collect()
            }
            _ => self.text(value, "`extends`").into_iter().collect(),
        }
    }
}
