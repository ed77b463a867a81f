//! An experiment file as it was written: each key and value with its place, nothing resolved.
//!
//! Every part of the file comes down to [`Assignment`]s, one value for one setting: the base, each
//! value of an axis, each named variant. What is wrong is noted and left out, so that one reading
//! finds every mistake.

mod axes;
mod blocks;
mod help;
mod tree;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistakes, Place};
use super::sample::Sample;
use super::schema::{self, Id};
use super::seeds;
use super::suggest::closest;
use super::value::Value;
use help::{list, roots};

pub(super) use super::condition::Condition;
pub(super) use help::did_you_mean;

/// One file.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// `[experiment]`.
    pub(super) experiment: Header,
    /// The settings tables.
    pub(super) base: Vec<Assignment>,
    /// The file's own axes, its `[[block]]`s and its `[variants]`, in their order.
    pub(super) blocks: Vec<Block>,
}

/// `[experiment]`: the question and how it is answered.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) question: Option<Text>,
    pub(super) expected: Option<Text>,
    pub(super) cost: Option<Text>,
    pub(super) baseline: Option<Text>,
    pub(super) primary: Option<Text>,
    pub(super) extends: Vec<Text>,
    pub(super) seeds: Option<(Vec<u64>, Place)>,
    /// Whether something in here was wrong, so that what is missing may have been meant.
    pub(super) spoiled: bool,
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) place: Place,
}

/// One value for one setting.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) id: Id,
    pub(super) value: Value,
    /// Where the key stands.
    pub(super) key: Place,
    /// Where the value stands.
    pub(super) place: Place,
    /// Whether it comes from an extended preset, so that it may well have no effect.
    pub(super) extended: bool,
}

/// A set of variants: the product of its axes over what it sets.
#[derive(Debug)]
pub(super) struct Block {
    /// Leads the names of its variants.
    pub(super) name: Option<Text>,
    /// Settings that all its variants share.
    pub(super) set: Vec<Assignment>,
    /// The first axis varies slowest.
    pub(super) axes: Vec<Axis>,
    /// Variants that fulfil one of these are dropped.
    pub(super) exclude: Vec<Condition>,
    /// Variants must fulfil all of these.
    pub(super) require: Vec<Condition>,
    pub(super) place: Place,
    /// Whether something in here was wrong, so that a variant may be missing for that.
    pub(super) spoiled: bool,
}

/// Choices of which each variant takes one.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) choices: Choices,
    pub(super) place: Place,
}

/// The choices of an axis.
#[derive(Debug)]
pub(super) enum Choices {
    /// Written out.
    Listed(Vec<Choice>),
    /// Drawn by a rule, once it is known that there are not too many.
    Drawn(Box<Sample>),
}

/// One choice of an axis.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Its part of the variant's name, such as `d.image_pieces=5`.
    pub(super) piece: String,
    pub(super) set: Vec<Assignment>,
    pub(super) place: Place,
}

/// A key path with its value: what walking a table of settings yields.
pub(super) struct Leaf<'a> {
    pub(super) target: Target,
    pub(super) key: Place,
    pub(super) value: &'a Spanned<DeValue<'a>>,
}

/// What a key path names.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A setting.
    Setting(Id),
    /// A group of settings that vary together, under a name of the person's choice.
    Label(String),
}

/// Reads a text, noting every mistake; `None` if nothing can be made of it.
pub(super) fn read(mistakes: &mut Mistakes, source: usize) -> Written {
    let text = mistakes.sources.text(source);
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        mistakes.push(&Place { source, span }, format!("not TOML: {}", error.message()), "");
    }
    let mut reader = Reader { mistakes, source };
    // After a syntax error the tree is a guess: what seems wrong in it may be a consequence.
    if errors.is_empty() { reader.file(table.get_ref()) } else { Written::default() }
}

/// What reads tables of one text and notes mistakes.
pub(super) struct Reader<'m> {
    pub(super) mistakes: &'m mut Mistakes,
    pub(super) source: usize,
}

const EXPERIMENT_KEYS: &[&str] =
    &["question", "expected", "cost", "extends", "seeds", "baseline", "primary"];
const BLOCK_KEYS: &[&str] = &["axes", "zip", "sample", "exclude", "require"];
const NAMED_BLOCK_KEYS: &[&str] = &["name", "set", "axes", "zip", "sample", "exclude", "require"];
const TOP_KEYS: &[&str] = &["experiment", "block", "variants"];

impl Reader<'_> {
    pub(super) fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place { source: self.source, span }
    }

    fn file(&mut self, table: &DeTable<'_>) -> Written {
        let mut written = Written::default();
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "experiment" => {
                    if let Some(table) = self.table(value, "[experiment]") {
                        written.experiment = self.header(table);
                    } else {
                        written.experiment.spoiled = true;
                    }
                }
                "block" => {
                    for (table, place) in self.tables(value, "[[block]]") {
                        let mut block = self.block(table, place, NAMED_BLOCK_KEYS, &[]);
                        if block.name.is_none() && block.axes.is_empty() && !block.spoiled {
                            self.mistakes.push(
                                &block.place,
                                "the block has neither axes nor a name",
                                "give it axes, or a name and what it sets",
                            );
                            block.spoiled = true;
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
        let ignored: Vec<&str> = [TOP_KEYS, &roots()].concat();
        let place = self.place(0..0);
        let own = self.block(table, place, BLOCK_KEYS, &ignored);
        if !own.axes.is_empty() || own.spoiled {
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
                        (None, key) if schema::is_table(key) => {
                            format!("settings stand outside [experiment], in [{key}]")
                        }
                        _ => format!("there are {}", list(EXPERIMENT_KEYS)),
                    };
                    let place = self.place(key.span());
                    self.mistakes.push(&place, format!("unknown key `experiment.{other}`"), help);
                }
            }
        }
        header.spoiled = self.mistakes.count() > before;
        header
    }

    /// The targets of an `extends`: one text or a list.
    fn targets(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().filter_map(|item| self.text(item, "each of `extends`")).collect()
            }
            _ => self.text(value, "`extends`").into_iter().collect(),
        }
    }
}

/// A table's entries in the order of the file, which the parser's map does not keep.
pub(super) fn in_order<'a>(
    table: &'a DeTable<'a>,
) -> Vec<(&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
