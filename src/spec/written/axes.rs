//! Axes: lists of values, paired lists, and whole tables as values.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::choice::Choice;
use super::parts::{Axis, Choices};
use super::reader::{Assignment, Reader, Target, in_order};
use crate::spec::diagnostic::Span;
use crate::spec::schema::Id;
use crate::spec::value::describe;

impl Reader<'_> {
    /// The axes of a table, each with the key it was written under.
    pub(in crate::spec) fn axes(&mut self, table: &DeTable<'_>) -> Vec<(Axis, String)> {
        let mut axes = Vec::new();
        for leaf in self.leaves(table, "", &[], true) {
            let key = match &leaf.target {
                Target::Setting(id) => id.key().to_owned(),
                Target::Label(label) => label.clone(),
            };
            let DeValue::Array(items) = leaf.value.get_ref() else {
                let place = self.place(leaf.value.span());
                let said = describe(leaf.value.get_ref());
                self.mistakes.push(
                    &place,
                    format!("the axis `{key}` must be a list of values, not {said}"),
                    format!(
                        "to set one value for all variants, write it outside [axes]: {key} = …"
                    ),
                );
                continue;
            };
            if items.is_empty() {
                let place = self.place(leaf.value.span());
                let help = "list the values to try";
                self.mistakes.push(&place, format!("the axis `{key}` has no values"), help);
                continue;
            }
            let mut choices = self.choices(&leaf.target, &leaf.key, items);
            self.distinct(&mut choices);
            axes.push((Axis { choices: Choices::Listed(choices), place: leaf.key }, key));
        }
        axes
    }

    pub(super) fn choices(
        &mut self,
        target: &Target,
        key: &Span,
        items: &DeArray<'_>,
    ) -> Vec<Choice> {
        let read = |item| match (target, DeValue::as_table(Spanned::get_ref(item))) {
            (Target::Setting(id), None) => self.scalar(*id, key, item),
            (Target::Setting(id), Some(table)) => {
                self.whole(table, id.short(), Some((*id, key)), item)
            }
            (Target::Label(label), Some(table)) => self.whole(table, label, None, item),
            (Target::Label(_), None) => None,
        };
        items.iter().filter_map(read).collect()
    }

    /// One plain value of an axis.
    pub(super) fn scalar(
        &mut self,
        id: Id,
        key: &Span,
        item: &Spanned<DeValue<'_>>,
    ) -> Option<Choice> {
        let value = self.value(id, item)?;
        let place = self.place(item.span());
        let Some(short) = value.short() else {
            self.mistakes.push(
                &place,
                format!("{value} cannot be part of a variant's name"),
                format!("name it: {{ name = \"…\", value = {value} }}"),
            );
            return None;
        };
        let (key, at) = (key.clone(), place.clone());
        let set = vec![Assignment { id, value, key, place: at, extended: false }];
        Some(Choice { piece: format!("{}={short}", id.short()), set, place })
    }

    /// One value of an axis that is a table: a name, perhaps the axis' own `value`, and settings.
    pub(super) fn whole(
        &mut self,
        table: &DeTable<'_>,
        label: &str,
        own: Option<(Id, &Span)>,
        item: &Spanned<DeValue<'_>>,
    ) -> Option<Choice> {
        let place = self.place(item.span());
        let mut set = Vec::new();
        let mut name = None;
        let mut good = true;
        for (key, value) in in_order(table) {
            match (key.get_ref().as_ref(), own) {
                ("name", _) => {
                    name = self.text(value, "the value's name").filter(|n| self.name(n));
                    good &= name.is_some();
                }
                ("value", Some((id, _))) => match self.value(id, value) {
                    Some(v) => {
                        let at = self.place(value.span());
                        let key = at.clone();
                        set.push(Assignment { id, value: v, key, place: at, extended: false });
                    }
                    None => good = false,
                },
                _ => {}
            }
        }
        if name.is_none() && good {
            let help = "add name = \"…\": it becomes part of the variant's name";
            self.mistakes.push(&place, "a value that is a table needs a name", help);
            good = false;
        }
        if let Some((id, _)) = own.filter(|_| good && set.is_empty()) {
            let help = format!("add value = …, which is for `{}`", id.key());
            self.mistakes.push(&place, "the table lacks `value`", help);
            good = false;
        }
        let reserved: &[&str] = if own.is_some() { &["name", "value"] } else { &["name"] };
        let (more, read) = self.extended(table, reserved);
        set.splice(0..0, more);
        let piece = format!("{label}={}", name?.text);
        (good && read).then_some(Choice { piece, set, place })
    }

    /// Paired values: the first of each list together, then the second of each, and so on.
    pub(super) fn zip(&mut self, table: &DeTable<'_>, place: Span) -> Option<Axis> {
        let before = self.mistakes.count();
        let axes = self.axes(table);
        let lists: Vec<(&String, &Vec<Choice>, &Span)> = axes
            .iter()
            .filter_map(|(axis, key)| match &axis.choices {
                Choices::Listed(choices) => Some((key, choices, &axis.place)),
                Choices::Drawn(_) => None,
            })
            .collect();
        if self.mistakes.count() > before {
            return None;
        }
        let Some(&(first_key, first, _)) = lists.first() else {
            self.mistakes.push(&place, "[zip] holds no axis", "list the values to pair");
            return None;
        };
        for (key, choices, place) in &lists[1..] {
            if choices.len() != first.len() {
                self.mistakes.push(
                    place,
                    format!(
                        "[zip] pairs lists of equal length: `{key}` has {}, `{first_key}` has {}",
                        choices.len(),
                        first.len()
                    ),
                    "values that are to be combined freely stand in [axes]",
                );
                return None;
            }
        }
        let choices = (0..first.len())
            .map(|i| {
                let parts: Vec<&Choice> = lists.iter().map(|(_, choices, _)| &choices[i]).collect();
                Choice {
                    piece: parts.iter().map(|c| c.piece.as_str()).collect::<Vec<_>>().join(","),
                    set: parts.iter().flat_map(|c| c.set.clone()).collect(),
                    place: parts[0].place.clone(),
                }
            })
            .collect();
        Some(Axis { choices: Choices::Listed(choices), place })
    }

    /// Notes and drops values of an axis that have the name of an earlier one.
    pub(super) fn distinct(&mut self, choices: &mut Vec<Choice>) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        choices.retain(|choice| {
            let Some(first) = seen.get(&choice.piece) else {
                seen.insert(choice.piece.clone(), choice.place.clone());
                return true;
            };
            let first = self.mistakes.sources.locate(first);
            let message = format!("`{}` is there twice", choice.piece);
            self.mistakes.push(&choice.place, message, format!("the first is at {first}"));
            false
        });
    }
}
