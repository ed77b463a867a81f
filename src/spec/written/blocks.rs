//! Blocks of variants: named ones, axes with their conditions, and what they share.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::help::{NAMED_BLOCK_KEYS, did_you_mean};
use super::parts::{Axis, Block, Choices};
use super::reader::{Assignment, Reader, Text, in_order};
use crate::spec::condition::Condition;
use crate::spec::diagnostic::Span;
use crate::spec::schema::Id;
use crate::spec::{condition, preset, sample};

impl Reader<'_> {
    /// Reads the parts of a block out of `table`, which may hold `ignored` keys beside them.
    pub(super) fn block(
        &mut self,
        table: &DeTable<'_>,
        place: Span,
        known: &[&str],
        ignored: &[&str],
    ) -> Block {
        let before = self.mistakes.count();
        let mut block = Block {
            name: None,
            set: Vec::new(),
            axes: Vec::new(),
            exclude: Vec::new(),
            require: Vec::new(),
            place,
            has_errors: false,
        };
        for (key, value) in in_order(table) {
            let what = key.get_ref().as_ref();
            match what {
                _ if !known.contains(&what) => {
                    if known == NAMED_BLOCK_KEYS && !ignored.contains(&what) {
                        let help = if self.schema.is_table(what) {
                            format!("what the block's variants share stands in [block.set.{what}]")
                        } else {
                            did_you_mean(what, known)
                        };
                        let place = self.place(key.span());
                        self.mistakes.push(&place, format!("unknown key `block.{what}`"), help);
                    }
                }
                "name" => {
                    block.name = self.text(value, "the block's name").filter(|n| self.name(n));
                }
                "set" => {
                    if let Some(table) = self.table(value, "`set`") {
                        block.set = self.extended(table, &[]).0;
                    }
                }
                "axes" => {
                    if let Some(table) = self.table(value, "[axes]") {
                        let before = self.mistakes.count();
                        let axes = self.axes(table);
                        if axes.is_empty() && self.mistakes.count() == before {
                            self.empty(key, "[axes] holds no axis");
                        }
                        block.axes.extend(axes.into_iter().map(|(axis, _)| axis));
                    }
                }
                "zip" => {
                    if let Some(table) = self.table(value, "[zip]") {
                        let place = self.place(key.span());
                        block.axes.extend(self.zip(table, place));
                    }
                }
                "sample" => {
                    if let Some(table) = self.table(value, "[sample]") {
                        let place = self.place(key.span());
                        let sample = sample::read(self, table, place.clone());
                        block.axes.extend(sample.map(|sample| Axis {
                            choices: Choices::Drawn(Box::new(sample)),
                            place,
                        }));
                    }
                }
                "exclude" => block.exclude = self.conditions(value, "exclude"),
                _ => block.require = self.conditions(value, "require"),
            }
        }
        self.no_setting_twice(&block);
        block.has_errors = self.mistakes.count() > before;
        block
    }

    pub(super) fn conditions(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        what: &str,
    ) -> Vec<Condition> {
        self.tables(value, &format!("[[{what}]]"))
            .into_iter()
            .filter_map(|(table, place)| condition::read(self, table, place))
            .collect()
    }

    /// Named variants: each a block of its own without axes.
    pub(super) fn variants(&mut self, table: &DeTable<'_>) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (key, value) in in_order(table) {
            let before = self.mistakes.count();
            let place = self.place(key.span());
            let name = Text { text: key.get_ref().to_string(), place: place.clone() };
            let named = self.name(&name);
            let set = match self.table(value, "a variant") {
                Some(table) => self.extended(table, &[]).0,
                None => Vec::new(),
            };
            blocks.push(Block {
                name: named.then_some(name),
                set,
                axes: Vec::new(),
                exclude: Vec::new(),
                require: Vec::new(),
                place,
                has_errors: self.mistakes.count() > before,
            });
        }
        blocks
    }

    /// [`Self::settings`] of a table whose `extends` may name presets to begin with.
    pub(super) fn extended(
        &mut self,
        table: &DeTable<'_>,
        skipped: &[&str],
    ) -> (Vec<Assignment>, bool) {
        let before = self.mistakes.count();
        let mut set = Vec::new();
        for (key, value) in in_order(table) {
            if key.get_ref() != "extends" {
                continue;
            }
            for target in self.targets(value) {
                if preset::is_meant(&target) {
                    set.extend(preset::read(self.mistakes, self.schema, &target));
                } else {
                    let message = format!("a variant extends presets, not {:?}", target.text);
                    let help = "files are extended by the whole experiment, in [experiment]";
                    self.mistakes.push(&target.place, message, help);
                }
            }
        }
        let (own, _) = self.settings(table, &[&["extends"], skipped].concat());
        set.extend(own);
        (set, self.mistakes.count() == before)
    }

    /// Notes settings that two axes of a block both give. What is written wins over what a preset
    /// gives, so only like is compared with like.
    pub(super) fn no_setting_twice(&mut self, block: &Block) {
        let mut seen: BTreeMap<(Id, bool), (usize, &Span)> = BTreeMap::new();
        let mut twice: BTreeMap<Id, (bool, &Span, &Span)> = BTreeMap::new();
        for (number, axis) in block.axes.iter().enumerate() {
            let own: Vec<(Id, bool, &Span)> = match &axis.choices {
                Choices::Listed(choices) => choices
                    .iter()
                    .flat_map(|c| c.set.iter().map(|a| (a.id, a.extended, &a.key)))
                    .collect(),
                Choices::Drawn(sample) => sample.settings().map(|(id, k)| (id, false, k)).collect(),
            };
            for (id, extended, place) in own {
                let (other, first) = *seen.entry((id, extended)).or_insert((number, place));
                if other != number {
                    twice.entry(id).or_insert((extended, place, first));
                }
            }
        }
        let mut presets_told = false;
        for (id, (extended, place, first)) in twice {
            let first = self.mistakes.sources.locate(first);
            if extended && std::mem::replace(&mut presets_told, true) {
                continue;
            }
            let message = if extended {
                format!("two axes extend presets, which both give `{}` and more", id.key())
            } else {
                format!("two axes set `{}`", id.key())
            };
            let help =
                format!("the other is at {first}; put one of them into a [[block]] of its own");
            self.mistakes.push(place, message, help);
        }
    }
}
