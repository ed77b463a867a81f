//! An experiment file as it was written: each key and value with its place, nothing resolved.
//!
//! Every part of the file comes down to [`Assignment`]s, one value for one setting: the base, each
//! value of an axis, each named variant. What is wrong is noted and left out, so that one reading
//! finds every mistake.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::mistake::{Mistakes, Place};
use super::sample::{self, Sample};
use super::schema::{self, Id, SETTINGS};
use super::seeds;
use super::suggest::closest;
use super::value::{Value, describe, number};
use super::{condition, name, preset};

pub(super) use super::condition::Condition;

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

impl<'m> Reader<'m> {
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

    /// Reads the parts of a block out of `table`, which may hold `ignored` keys beside them.
    fn block(
        &mut self,
        table: &DeTable<'_>,
        place: Place,
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
            spoiled: false,
        };
        for (key, value) in in_order(table) {
            let what = key.get_ref().as_ref();
            match what {
                _ if !known.contains(&what) => {
                    if known == NAMED_BLOCK_KEYS && !ignored.contains(&what) {
                        let help = if schema::is_table(what) {
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
                        block.axes.extend(sample::read(self, table, place));
                    }
                }
                "exclude" => block.exclude = self.conditions(value, "exclude"),
                _ => block.require = self.conditions(value, "require"),
            }
        }
        self.no_setting_twice(&block);
        block.spoiled = self.mistakes.count() > before;
        block
    }

    fn conditions(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Vec<Condition> {
        self.tables(value, &format!("[[{what}]]"))
            .into_iter()
            .filter_map(|(table, place)| condition::read(self, table, place))
            .collect()
    }

    /// Named variants: each a block of its own without axes.
    fn variants(&mut self, table: &DeTable<'_>) -> Vec<Block> {
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
                spoiled: self.mistakes.count() > before,
            });
        }
        blocks
    }

    /// The axes of a table, each with the key it was written under.
    pub(super) fn axes(&mut self, table: &DeTable<'_>) -> Vec<(Axis, String)> {
        let mut axes = Vec::new();
        for leaf in self.leaves(table, "", &[], true) {
            let key = match &leaf.target {
                Target::Setting(id) => id.setting().key.to_owned(),
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

    fn choices(&mut self, target: &Target, key: &Place, items: &DeArray<'_>) -> Vec<Choice> {
        let read = |item| match (target, DeValue::as_table(Spanned::get_ref(item))) {
            (Target::Setting(id), None) => self.scalar(*id, key, item),
            (Target::Setting(id), Some(table)) => {
                self.whole(table, id.setting().short, Some((*id, key)), item)
            }
            (Target::Label(label), Some(table)) => self.whole(table, label, None, item),
            (Target::Label(_), None) => None,
        };
        items.iter().filter_map(read).collect()
    }

    /// One plain value of an axis.
    fn scalar(&mut self, id: Id, key: &Place, item: &Spanned<DeValue<'_>>) -> Option<Choice> {
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
        Some(Choice { piece: format!("{}={short}", id.setting().short), set, place })
    }

    /// One value of an axis that is a table: a name, perhaps the axis' own `value`, and settings.
    fn whole(
        &mut self,
        table: &DeTable<'_>,
        label: &str,
        own: Option<(Id, &Place)>,
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
            let help = format!("add value = …, which is for `{}`", id.setting().key);
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
    fn zip(&mut self, table: &DeTable<'_>, place: Place) -> Option<Axis> {
        let before = self.mistakes.count();
        let axes = self.axes(table);
        let lists: Vec<(&String, &Vec<Choice>, &Place)> = axes
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
    fn distinct(&mut self, choices: &mut Vec<Choice>) {
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
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

    /// Notes settings that two axes of a block both give. What is written wins over what a preset
    /// gives, so only like is compared with like.
    fn no_setting_twice(&mut self, block: &Block) {
        let mut seen: BTreeMap<(Id, bool), (usize, &Place)> = BTreeMap::new();
        let mut twice: BTreeMap<Id, (bool, &Place, &Place)> = BTreeMap::new();
        for (number, axis) in block.axes.iter().enumerate() {
            let own: Vec<(Id, bool, &Place)> = match &axis.choices {
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

    /// The settings of a table but for the `skipped` keys, and whether all could be read.
    pub(super) fn settings(
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

    /// [`Self::settings`] of a table whose `extends` may name presets to begin with.
    fn extended(&mut self, table: &DeTable<'_>, skipped: &[&str]) -> (Vec<Assignment>, bool) {
        let before = self.mistakes.count();
        let mut set = Vec::new();
        for (key, value) in in_order(table) {
            if key.get_ref() != "extends" {
                continue;
            }
            for target in self.targets(value) {
                if preset::is_meant(&target) {
                    set.extend(preset::read(self.mistakes, &target));
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

    /// The targets of an `extends`: one text or a list.
    fn targets(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().filter_map(|item| self.text(item, "each of `extends`")).collect()
            }
            _ => self.text(value, "`extends`").into_iter().collect(),
        }
    }

    /// Every setting below a table, in the order written; unknown ones and doubles are noted.
    pub(super) fn leaves<'a>(
        &mut self,
        table: &'a DeTable<'a>,
        prefix: &str,
        skipped: &[&str],
        labels: bool,
    ) -> Vec<Leaf<'a>> {
        let mut leaves = Vec::new();
        self.walk(table, prefix, skipped, labels, &mut leaves);
        let mut seen: BTreeMap<Id, &Place> = Default::default();
        for leaf in &leaves {
            let Target::Setting(id) = leaf.target else { continue };
            if let Some(first) = seen.insert(id, &leaf.key) {
                let first = self.mistakes.sources.locate(first);
                self.mistakes.push(
                    &leaf.key,
                    format!("`{}` is set twice", id.setting().key),
                    format!("the first is at {first}"),
                );
            }
        }
        leaves
    }

    fn walk<'a>(
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
            if let Some(id) = schema::find(&path) {
                leaves.push(Leaf { target: Target::Setting(id), key: place, value });
            } else if labels && prefix.is_empty() && tables(value.get_ref()) {
                let text = Text { text: path, place: place.clone() };
                if self.name(&text) {
                    leaves.push(Leaf { target: Target::Label(text.text), key: place, value });
                }
            } else if schema::is_table(&path) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.walk(inner, &path, &[], labels, leaves),
                    other => {
                        let said = describe(other);
                        let place = self.place(value.span());
                        self.mistakes.push(
                            &place,
                            format!("`{path}` is a table of settings, not {said}"),
                            format!("its settings are {}", below(&path)),
                        );
                    }
                }
            } else {
                let inner = value.get_ref().as_table();
                let kind = if inner.is_some() { "table" } else { "setting" };
                // `g.lr = 1` is a table `g` to the parser.
                let whole =
                    inner.and_then(|t| t.keys().next()).map(|k| format!("{path}.{}", k.get_ref()));
                let help = whole
                    .and_then(|w| short_help(&w))
                    .unwrap_or_else(|| unknown_help(&path, prefix));
                self.mistakes.push(&place, format!("unknown {kind} `{path}`"), help);
            }
        }
    }

    /// A value of a setting, if it is one.
    pub(super) fn value(&mut self, id: Id, item: &Spanned<DeValue<'_>>) -> Option<Value> {
        match id.setting().kind.read(item) {
            Ok(value) => Some(value),
            Err(refused) => {
                let place = self.place(refused.span);
                let message = format!("`{}` {}", id.key(), refused.message);
                let help =
                    if refused.help.is_empty() { super::defaults::about(id) } else { refused.help };
                self.mistakes.push(&place, message, help);
                None
            }
        }
    }

    /// A text, if it is one without control characters.
    pub(super) fn text(&mut self, item: &Spanned<DeValue<'_>>, what: &str) -> Option<Text> {
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
    pub(super) fn name(&mut self, text: &Text) -> bool {
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

    fn table<'a>(
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
    fn tables<'a>(
        &mut self,
        value: &'a Spanned<DeValue<'a>>,
        what: &str,
    ) -> Vec<(&'a DeTable<'a>, Place)> {
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

    fn empty(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, message: &str) {
        let place = self.place(key.span());
        self.mistakes.push(&place, message, "list the values to try, or remove it");
    }

    /// Notes a number that is needed and not there, or not a number.
    pub(super) fn number(&mut self, item: &Spanned<DeValue<'_>>, what: &str) -> Option<f64> {
        let value = number(item.get_ref()).filter(|v| v.is_finite());
        if value.is_none() {
            let place = self.place(item.span());
            let said = describe(item.get_ref());
            self.mistakes.push(&place, format!("{what} must be a finite number, not {said}"), "");
        }
        value
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

/// The first parts of all keys: `data`, `noise`, …
fn roots() -> Vec<&'static str> {
    let mut roots: Vec<&str> = SETTINGS.iter().filter_map(|s| s.key.split('.').next()).collect();
    roots.dedup();
    roots
}

fn list(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn did_you_mean(word: &str, words: &[&str]) -> String {
    match closest(word, words.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", list(words)),
    }
}

/// Names of the settings and tables one step below a prefix.
fn below(prefix: &str) -> String {
    let mut names: Vec<&str> = SETTINGS
        .iter()
        .filter_map(|s| s.key.strip_prefix(prefix)?.strip_prefix('.')?.split('.').next())
        .collect();
    names.dedup();
    list(&names)
}

/// The key behind a short name.
fn short_help(path: &str) -> Option<String> {
    let setting = SETTINGS.iter().find(|s| s.short == path)?;
    Some(format!("variant names call it that; its key is `{}`", setting.key))
}

/// What someone who wrote an unknown path may have meant.
fn unknown_help(path: &str, prefix: &str) -> String {
    if let Some(help) = short_help(path) {
        return help;
    }
    let keys = || SETTINGS.iter().map(|s| s.key);
    let name = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
    let last = path.rsplit('.').next().unwrap_or(path);
    let same: Vec<&str> = keys().filter(|k| name(k) == last).take(3).collect();
    if !same.is_empty() {
        return format!("did you mean {}?", list(&same).replace(", ", " or "));
    }
    let tables = [TOP_KEYS, BLOCK_KEYS, &roots()].concat();
    let table = closest(path, tables).filter(|_| prefix.is_empty());
    let near = closest(last, keys().map(name)).and_then(|n| keys().find(|k| name(k) == n));
    match table.or_else(|| closest(path, keys())).or(near) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if prefix.is_empty() => "`cgan-sweep defaults` prints every setting".to_owned(),
        None => format!("`{prefix}` has {}", below(prefix)),
    }
}
