//! A value for every setting of a schema, and the way from there to [`Settings`].

use std::fmt::Write as _;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, IntoDeserializer};
use serde::{Serialize, Serializer};

use super::schema::{Id, Schema};
use super::setting::{Setting, When};
use super::value::Value;
use super::{DataSettings, RecordSettings, ScoreSettings, Settings, TrainSettings};

/// One value a setting, whether or not it applies.
#[derive(Clone)]
pub struct Values {
    schema: &'static Schema,
    values: Vec<Value>,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.applying()).finish()
    }
}

/// Equal where all that applies is: what does not apply can change nothing.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.applying().eq(other.applying())
    }
}

/// By dotted key, what applies alone.
impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.applying().map(|(id, value)| (id.key(), value)))
    }
}

impl Values {
    /// The defaults.
    pub(crate) fn defaults(schema: &'static Schema) -> Self {
        Self { schema, values: schema.defaults() }
    }

    pub(crate) fn get(&self, id: Id) -> &Value {
        &self.values[id.index()]
    }

    pub(crate) fn set(&mut self, id: Id, value: Value) {
        self.values[id.index()] = value;
    }

    /// Whether the setting means anything beside the others.
    pub(crate) fn applies(&self, id: Id) -> bool {
        id.setting().when.iter().all(|condition| self.holds(condition))
    }

    /// The first condition that keeps the setting from applying.
    pub(crate) fn obstacle(&self, id: Id) -> Option<&'static When> {
        id.setting().when.iter().find(|condition| !self.holds(condition))
    }

    fn holds(&self, condition: &When) -> bool {
        match condition {
            When::Is(key, allowed) => allowed.contains(&self.choice(key)),
            When::Positive(key) => self.above_zero(key),
            When::Zero(key) => !self.above_zero(key),
            When::On(key) => self.flag(key),
        }
    }

    fn above_zero(&self, key: &str) -> bool {
        match self.value(key) {
            Value::Float(v) => *v > 0.0,
            _ => self.count(key) > 0,
        }
    }

    /// The settings that apply, in the schema's order.
    pub(crate) fn applying(&self) -> impl Iterator<Item = (Id, &Value)> {
        self.schema.ids().filter(|&id| self.applies(id)).map(|id| (id, self.get(id)))
    }

    /// `key = value` lines of all that can change a result: what two variants must not share.
    pub(crate) fn canonical(&self) -> String {
        self.lines(|setting| !setting.only_records())
    }

    /// The same given the images themselves: what a run's key hashes.
    pub(crate) fn in_key(&self) -> String {
        self.lines(Setting::in_key)
    }

    /// Sorted by the settings' first names, and without those that do what was done before they
    /// existed, so that a setting that is added, renamed or moved changes no key.
    fn lines(&self, keep: impl Fn(&Setting) -> bool) -> String {
        let mut lines: Vec<String> = self
            .applying()
            .filter(|(id, value)| {
                let setting = id.setting();
                let before = (!setting.before.is_empty()).then(|| setting.parse(setting.before));
                keep(setting) && before.is_none_or(|b| b.as_ref() != Ok(*value))
            })
            .map(|(id, value)| format!("{} = {value}\n", id.setting().first_name()))
            .collect();
        lines.sort_unstable();
        lines.concat()
    }

    /// The values of a record that knows none of the settings.
    pub(super) fn before(schema: &'static Schema) -> Self {
        Self { schema, values: schema.before() }
    }

    /// [`Self::canonical`], with numbers as exact as networks train with them.
    pub(crate) fn in_single_precision(&self) -> String {
        let mut lines = String::with_capacity(2_048);
        for (id, value) in self.applying().filter(|(id, _)| !id.setting().only_records()) {
            let key = id.key();
            let _ = match value {
                Value::Float(number) => writeln!(lines, "{key} = {}", *number as f32),
                value => writeln!(lines, "{key} = {value}"),
            };
        }
        lines
    }

    /// The settings that apply as a TOML document that an experiment file could hold.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = String::with_capacity(2_048);
        let mut table = "";
        for (id, value) in self.applying() {
            let (parent, name) = id.key().rsplit_once('.').unwrap_or(("", ""));
            if parent != table {
                let blank = if table.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{blank}[{parent}]");
                table = parent;
            }
            let _ = writeln!(text, "{name} = {value}");
        }
        text
    }

    /// What a run trains with.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            data: DataSettings {
                name: self.choice("data.name").to_owned(),
                path: self.text("data.path"),
                size: match self.counts("data.size")[..] {
                    [] => None,
                    [side] => Some((side, side)),
                    [height, width, ..] => Some((height, width)),
                },
                grey: self.flag("data.grey"),
                subset: self.count("data.subset"),
            },
            train: TrainSettings {
                batch: self.count("train.batch"),
                epochs: if self.count("train.steps") == 0 { self.count("train.epochs") } else { 0 },
                steps: self.count("train.steps"),
                stop_on: if self.has("train.stop_on") {
                    self.words("train.stop_on")
                } else {
                    Vec::new()
                },
            },
            record: RecordSettings {
                scalars_every: self.count("record.scalars_every"),
                samples_every: self.count("record.samples_every"),
                checkpoint_every: self.count("record.checkpoint_every"),
            },
            score: ScoreSettings { fast: self.flag("score.fast"), full: self.flag("score.full") },
            values: self.clone(),
        }
    }

    /// The same with another value of one setting, written as TOML.
    ///
    /// # Panics
    /// If there is no such setting, or it does not take the value.
    pub(super) fn with(&self, key: &str, toml: &str) -> Self {
        let id = self.id(key);
        let mut values = self.clone();
        let read = id.setting().parse(toml);
        values.set(id, read.unwrap_or_else(|why| panic!("{key} {why}")));
        values
    }

    fn id(&self, key: &str) -> Id {
        self.schema.find(key).unwrap_or_else(|| panic!("no setting is declared as `{key}`"))
    }

    fn value(&self, key: &str) -> &Value {
        self.get(self.id(key))
    }

    /// Whether the setting means anything beside the others.
    ///
    /// # Panics
    /// As all that follow: if no setting is declared by this key, or not with values of this type;
    /// a mistake of the programmer.
    pub fn has(&self, key: &str) -> bool {
        self.applies(self.id(key))
    }

    /// The choice at this key.
    pub fn choice(&self, key: &str) -> &'static str {
        match self.value(key) {
            Value::Choice(v) => v,
            other => panic!("{key} = {other} is no choice"),
        }
    }

    /// The choice at this key as a type whose serialized name it is.
    pub fn named<T: Deserialize<'static>>(&self, key: &str) -> T {
        let text: StrDeserializer<'_, serde::de::value::Error> =
            self.choice(key).into_deserializer();
        T::deserialize(text).unwrap_or_else(|e| panic!("{key}: {e}"))
    }

    /// The whole number at this key.
    pub fn count(&self, key: &str) -> usize {
        match self.value(key) {
            Value::Int(v) => usize::try_from(*v).unwrap_or_else(|_| panic!("{key} = {v} < 0")),
            other => panic!("{key} = {other} is no count"),
        }
    }

    /// The list of whole numbers at this key.
    pub fn counts(&self, key: &str) -> Vec<usize> {
        match self.value(key) {
            Value::Ints(v) => v.iter().map(|v| usize::try_from(*v).unwrap_or_default()).collect(),
            other => panic!("{key} = {other} is no list of counts"),
        }
    }

    /// The words at this key.
    pub fn words(&self, key: &str) -> Vec<&'static str> {
        match self.value(key) {
            Value::Words(v) => v.to_vec(),
            other => panic!("{key} = {other} is no list of words"),
        }
    }

    /// The number at this key.
    pub fn number(&self, key: &str) -> f64 {
        match self.value(key) {
            Value::Float(v) => *v,
            other => panic!("{key} = {other} is no number"),
        }
    }

    /// The number where the setting applies, else `other`.
    pub fn number_or(&self, key: &str, other: f64) -> f64 {
        if self.has(key) { self.number(key) } else { other }
    }

    /// Yes or no at this key.
    pub fn flag(&self, key: &str) -> bool {
        *self.value(key) == Value::Bool(true)
    }

    /// The text at this key.
    pub fn text(&self, key: &str) -> String {
        match self.value(key) {
            Value::Text(v) => v.to_string(),
            other => panic!("{key} = {other} is no text"),
        }
    }
}
