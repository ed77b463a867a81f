//! Settings as they are declared: what may be written, under which key, of which type, when it
//! applies, and with it its default, its meaning and where it comes from. Everything else that is
//! said of a setting follows from its declaration.

use std::ops::{RangeBounds, RangeInclusive};

use toml::de::DeValue;

use super::value::{Kind, Value};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Dotted key, as written.
    pub(crate) key: String,
    /// What variant names call it: unique, and the same whatever else varies.
    pub(crate) short: String,
    /// Its type and range.
    pub(crate) kind: Kind,
    /// What one of it is: "1" for a plain number, empty for what is no number.
    pub(crate) unit: &'static str,
    /// Conditions that all hold where the setting means something.
    pub(crate) when: Vec<When>,
    /// Its default, as TOML.
    pub(crate) default: &'static str,
    /// What it is, in sentences.
    pub(crate) about: &'static str,
    /// Where it, or its default, comes from.
    pub(crate) source: &'static str,
    /// What it was called before, oldest first.
    pub(crate) was: &'static [&'static str],
    /// The value, as TOML, that means what was done before it existed; empty if it is of the first
    /// format.
    pub(crate) before: &'static str,
}

/// A condition on another setting.
#[derive(Clone, Debug)]
pub enum When {
    /// The choice at this key is one of these.
    Is(String, &'static [&'static str]),
    /// The number at this key is above zero.
    Positive(String),
    /// The number at this key is zero.
    Zero(String),
    /// The flag at this key is true.
    On(String),
}

impl When {
    /// Where the choice at `key` is one of these.
    pub fn is(key: &str, choices: &'static [&'static str]) -> Self {
        Self::Is(key.to_owned(), choices)
    }

    /// Where the number at `key` is above zero.
    pub fn positive(key: &str) -> Self {
        Self::Positive(key.to_owned())
    }

    /// Where the number at `key` is zero.
    pub fn zero(key: &str) -> Self {
        Self::Zero(key.to_owned())
    }

    /// Where the flag at `key` is true.
    pub fn on(key: &str) -> Self {
        Self::On(key.to_owned())
    }

    /// The condition in words, with `code` around keys and choices.
    pub(crate) fn describe(&self, code: &str) -> String {
        match self {
            Self::Is(key, allowed) => {
                let quote = if code.is_empty() { "\"" } else { code };
                let allowed: Vec<String> =
                    allowed.iter().map(|a| format!("{quote}{a}{quote}")).collect();
                format!("{code}{key}{code} is {}", allowed.join(" or "))
            }
            Self::Positive(key) => format!("{code}{key}{code} is above 0"),
            Self::Zero(key) => format!("{code}{key}{code} is 0"),
            Self::On(key) => format!("{code}{key}{code} is true"),
        }
    }
}

impl Setting {
    fn new(key: &str, short: &str, kind: Kind) -> Self {
        let unit = if matches!(kind, Kind::Float(..)) { "1" } else { "" };
        let (key, short) = (key.to_owned(), short.to_owned());
        Self {
            key,
            short,
            kind,
            unit,
            when: Vec::new(),
            default: "",
            about: "",
            source: "",
            was: &[],
            before: "",
        }
    }

    /// A whole number, under this dotted key; variant names call it by the short one.
    pub fn int(key: &str, short: &str, range: RangeInclusive<i64>) -> Self {
        Self::new(key, short, Kind::Int(*range.start(), *range.end()))
    }

    /// A finite number.
    pub fn float(key: &str, short: &str, range: impl RangeBounds<f64>) -> Self {
        let kind = Kind::Float(range.start_bound().cloned(), range.end_bound().cloned());
        Self::new(key, short, kind)
    }

    /// `true` or `false`.
    pub fn flag(key: &str, short: &str) -> Self {
        Self::new(key, short, Kind::Bool)
    }

    /// One of these words.
    pub fn choice(key: &str, short: &str, choices: &'static [&'static str]) -> Self {
        Self::new(key, short, Kind::OneOf(choices))
    }

    /// Any text without control characters.
    pub fn text(key: &str, short: &str) -> Self {
        Self::new(key, short, Kind::Text)
    }

    /// At most `most` whole numbers.
    pub fn ints(key: &str, short: &str, range: RangeInclusive<i64>, most: usize) -> Self {
        let (min, max) = range.into_inner();
        Self::new(key, short, Kind::Ints { min, max, len: most })
    }

    /// Any of these words, each once.
    pub fn words(key: &str, short: &str, words: &'static [&'static str]) -> Self {
        Self::new(key, short, Kind::Words(words))
    }

    /// What one of it is; numbers need one.
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// A condition without which it means nothing; all of several must hold.
    pub fn when(mut self, condition: When) -> Self {
        self.when.push(condition);
        self
    }

    /// Its default, as TOML.
    pub fn default(mut self, toml: &'static str) -> Self {
        self.default = toml;
        self
    }

    /// What it is, in sentences; the first stands for all where there is little room.
    pub fn about(mut self, text: &'static str) -> Self {
        self.about = text;
        self
    }

    /// Where it, or its default, comes from: a paper, a program, a reason.
    pub fn source(mut self, text: &'static str) -> Self {
        self.source = text;
        self
    }

    /// Names that it had before, oldest first: they are still read, and runs keep their keys.
    pub fn was(mut self, names: &'static [&'static str]) -> Self {
        self.was = names;
        self
    }

    /// Says that it was added after records were first kept, and which value, as TOML, means what
    /// was done before: with it a run has the key that it had without the setting.
    pub fn added(mut self, before: &'static str) -> Self {
        self.before = before;
        self
    }

    /// What a run's key calls it: its first name.
    pub(crate) fn first_name(&self) -> &str {
        self.was.first().copied().unwrap_or(&self.key)
    }

    /// Whether it says what is recorded and scored, which cannot change a result.
    pub(crate) fn only_records(&self) -> bool {
        self.key.starts_with("record.") || self.key.starts_with("score.")
    }

    /// Whether a run's key knows it: images count by their hash there, not by how they were asked for
    /// or where they lie.
    pub(crate) fn in_key(&self) -> bool {
        let images = ["data.name", "data.path", "data.size", "data.grey"];
        !self.only_records() && !images.contains(&self.key.as_str())
    }

    /// A value of it, from TOML; why not, as it follows its name.
    pub(crate) fn parse(&self, toml: &str) -> Result<Value, String> {
        let value = DeValue::parse(toml).map_err(|error| format!("is not TOML: {error}"))?;
        self.kind.read(&value).map_err(|refused| refused.message)
    }
}
