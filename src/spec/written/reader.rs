//! What reads tables of one text, and the smallest things it finds.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::spec::diagnostic::{Diagnostics, Span};
use crate::spec::schema::{Id, Schema};
use crate::spec::value::Value;

/// What reads tables of one text and notes mistakes.
pub(in crate::spec) struct Reader<'m> {
    pub(in crate::spec) mistakes: &'m mut Diagnostics,
    pub(in crate::spec) schema: &'static Schema,
    pub(in crate::spec) source: usize,
}

impl Reader<'_> {
    pub(in crate::spec) fn place(&self, span: std::ops::Range<usize>) -> Span {
        Span { source: self.source, span }
    }
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Text {
    pub(in crate::spec) text: String,
    pub(in crate::spec) place: Span,
}

/// One value for one setting.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Assignment {
    pub(in crate::spec) id: Id,
    pub(in crate::spec) value: Value,
    /// Where the key stands.
    pub(in crate::spec) key: Span,
    /// Where the value stands.
    pub(in crate::spec) place: Span,
    /// Whether it comes from an extended preset, so that it may well have no effect.
    pub(in crate::spec) extended: bool,
}

/// A key path with its value: what walking a table of settings yields.
pub(in crate::spec) struct Leaf<'a> {
    pub(in crate::spec) target: Target,
    pub(in crate::spec) key: Span,
    pub(in crate::spec) value: &'a Spanned<DeValue<'a>>,
}

/// What a key path names.
#[derive(Clone, Debug)]
pub(in crate::spec) enum Target {
    /// A setting.
    Setting(Id),
    /// A group of settings that vary together, under a name of the person's choice.
    Label(String),
}

/// A table's entries in the order of the file, which the parser's map does not keep.
pub(in crate::spec) fn in_order<'a>(
    table: &'a DeTable<'a>,
) -> Vec<(&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
