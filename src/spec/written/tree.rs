//! The tree of tables: settings by their keys, and single values by their kind.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::help::{BLOCK_KEYS, TOP_KEYS, below, short_help, unknown_help};
use super::reader::{Assignment, Leaf, Reader, Target, Text, in_order};
use crate::spec::diagnostic::Span;
use crate::spec::schema::Id;
use crate::spec::value::{Value, describe, number};
use crate::spec::{defaults, name};

impl Reader<'_> {
    /// The settings of a table but for the `skipped` keys, and whether all could be read.
    pub(in crate::spec) fn settings(
        &mut self,
        table: &DeTable<'_>,
        skipped: &[&str],
    ) -> (Vec<Assignment>, bool) {
        let before = self.mistakes.count();
        let mut set: Vec<Assignment> = Vec::new();
        for leaf in self.leaves(table, "", skipped, false) {
            let Target::Setting(id) = leaf.target else { continue };
            if let Some(value) = self.value(id, leaf.value) {
                let place = self.place(leaf.value.span());
                set.push(Assignment { id, value, key: leaf.key, place, extended: false });
            }
        }
        (set, self.mistakes.count() == before)
    }

    /// Every setting below a table, in the order written; unknown ones and doubles are noted.
    pub(in crate::spec) fn leaves<'a>(
        &mut self,
        table: &'a DeTable<'a>,
        prefix: &str,
        skipped: &[&str],
        labels: bool,
    ) -> Vec<Leaf<'a>> {
        let mut leaves = Vec::new();
        self.walk(table, prefix, skipped, labels, &mut leaves);
        let mut seen: BTreeMap<Id, &Span> = Default::default();
        for leaf in &leaves {
            let Target::Setting(id) = leaf.target else { continue };
            if let Some(first) = seen.insert(id, &leaf.key) {
                let first = self.mistakes.sources.locate(first);
                self.mistakes.push(
                    &leaf.key,
                    format!("`{}` is set twice", id.key()),
                    format!("the first is at {first}"),
                );
            }
        }
        leaves
    }

    pub(super) fn walk<'a>(
        &mut self,
        table: &'a DeTable<'a>,
        prefix: &str,
        skipped: &[&str],
        labels: bool,
        leaves: &mut Vec<Leaf<'a>>,
    ) {
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            if skipped.contains(&name) {
                continue;
            }
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            let place = self.place(key.span());
            let tables = |v: &DeValue<'_>| {
                v.as_array().is_some_and(|items| {
                    !items.is_empty() && items.iter().all(|i| i.get_ref().is_table())
                })
            };
            if let Some(id) = self.schema.find(&path) {
                leaves.push(Leaf { target: Target::Setting(id), key: place, value });
            } else if labels && prefix.is_empty() && tables(value.get_ref()) {
                let text = Text { text: path, place: place.clone() };
                if self.name(&text) {
                    leaves.push(Leaf { target: Target::Label(text.text), key: place, value });
                }
            } else if self.schema.is_table(&path) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.walk(inner, &path, &[], labels, leaves),
                    other => {
                        let said = describe(other);
                        let place = self.place(value.span());
                        self.mistakes.push(
                            &place,
                            format!("`{path}` is a table of settings, not {said}"),
                            format!("its settings are {}", below(self.schema, &path)),
                        );
                    }
                }
            } else {
                let inner = value.get_ref().as_table();
                if prefix.is_empty()
                    && [TOP_KEYS, BLOCK_KEYS].iter().any(|words| words.contains(&name))
                {
                    let help = if name == "experiment" {
                        "change the seeds with --seeds, the rest in the file"
                    } else {
                        "change it in the file, at its top level"
                    };
                    let message = format!("`{path}` holds no settings");
                    self.mistakes.push(&place, message, help);
                    continue;
                }
                let kind = if inner.is_some() { "table" } else { "setting" };
                // `g.lr = 1` is a table `g` to the parser.
                let whole =
                    inner.and_then(|t| t.keys().next()).map(|k| format!("{path}.{}", k.get_ref()));
                let help = whole
                    .and_then(|w| short_help(self.schema, &w))
                    .unwrap_or_else(|| unknown_help(self.schema, &path, prefix));
                self.mistakes.push(&place, format!("unknown {kind} `{path}`"), help);
            }
        }
    }

    /// A value of a setting, if it is one.
    pub(in crate::spec) fn value(&mut self, id: Id, item: &Spanned<DeValue<'_>>) -> Option<Value> {
        match id.setting().kind.read(item) {
            Ok(value) => Some(value),
            Err(refused) => {
                let place = self.place(refused.span);
                let message = format!("`{}` {}", id.key(), refused.message);
                let help = if refused.help.is_empty() { defaults::about(id) } else { refused.help };
                self.mistakes.push(&place, message, help);
                None
            }
        }
    }

    /// A text, if it is one without control characters.
    pub(in crate::spec) fn text(
        &mut self,
        item: &Spanned<DeValue<'_>>,
        what: &str,
    ) -> Option<Text> {
        let place = self.place(item.span());
        match item.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => {
                if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
                    let help = "only line breaks and tabs are allowed in a text";
                    self.mistakes.push(&place, format!("{what} holds a control character"), help);
                    return None;
                }
                Some(Text { text: text.to_string(), place })
            }
            DeValue::String(_) => {
                self.mistakes.push(
                    &place,
                    format!("{what} is empty"),
                    "write a text between the quotes",
                );
                None
            }
            other => {
                let message = format!("{what} must be a text, not {}", describe(other));
                self.mistakes.push(&place, message, "write it in quotes: \"…\"");
                None
            }
        }
    }

    /// Whether a text can name a variant; notes why not.
    pub(in crate::spec) fn name(&mut self, text: &Text) -> bool {
        let shown: String = text.text.chars().take(40).collect();
        match name::check(&text.text) {
            Ok(()) => true,
            Err(why) => {
                let message = format!("the name {shown:?} {why}");
                self.mistakes.push(&text.place, message, name::help(&text.text));
                false
            }
        }
    }

    pub(super) fn table<'a>(
        &mut self,
        value: &'a Spanned<DeValue<'a>>,
        what: &str,
    ) -> Option<&'a DeTable<'a>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                let place = self.place(value.span());
                let message = format!("{what} must be a table, not {}", describe(other));
                self.mistakes.push(&place, message, "write its keys below it, one a line");
                None
            }
        }
    }

    /// The tables of a list of tables.
    pub(super) fn tables<'a>(
        &mut self,
        value: &'a Spanned<DeValue<'a>>,
        what: &str,
    ) -> Vec<(&'a DeTable<'a>, Span)> {
        let DeValue::Array(items) = value.get_ref() else {
            let place = self.place(value.span());
            let said = describe(value.get_ref());
            let help = "write its name in double brackets, once for each";
            self.mistakes.push(
                &place,
                format!("{what} must be a list of tables, not {said}"),
                help,
            );
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            let place = self.place(item.span());
            if let Some(table) = self.table(item, &format!("each {what}")) {
                tables.push((table, place));
            }
        }
        tables
    }

    pub(super) fn empty(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, message: &str) {
        let place = self.place(key.span());
        self.mistakes.push(&place, message, "list the values to try, or remove it");
    }

    /// Notes a number that is needed and not there, or not a number.
    pub(in crate::spec) fn number(
        &mut self,
        item: &Spanned<DeValue<'_>>,
        what: &str,
    ) -> Option<f64> {
        let value = number(item.get_ref()).filter(|v| v.is_finite());
        if value.is_none() {
            let place = self.place(item.span());
            let said = describe(item.get_ref());
            self.mistakes.push(&place, format!("{what} must be a finite number, not {said}"), "");
        }
        value
    }
}
