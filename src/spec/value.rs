//! One value of one setting: its type, its range, and how it is written.

use crate::text::grouped;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use serde::Serialize;
use toml::Spanned;
use toml::de::DeValue;

use super::suggest::closest;

/// A checked value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// One of a setting's named choices.
    Choice(&'static str),
    /// Any text.
    Text(Arc<str>),
    /// A list of whole numbers.
    Ints(Arc<[i64]>),
    /// Some of a setting's words, each once and in the order of the declaration.
    Words(Arc<[&'static str]>),
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A whole number from `.0` to `.1`.
    Int(i64, i64),
    /// A finite number between two bounds.
    Float(Bound<f64>, Bound<f64>),
    /// `true` or `false`.
    Bool,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Any text without control characters.
    Text,
    /// At most `len` whole numbers from `min` to `max`.
    Ints { min: i64, max: i64, len: usize },
    /// Any of these words, each once.
    Words(&'static [&'static str]),
}

/// Why a value was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Follows the setting's name: `must be …, not …`.
    pub(crate) message: String,
    /// What to do; may be empty.
    pub(crate) help: String,
    /// The offending part, in bytes of the source.
    pub(crate) span: std::ops::Range<usize>,
}

impl Kind {
    /// Reads a TOML value as this kind.
    pub(crate) fn read(&self, item: &Spanned<DeValue<'_>>) -> Result<Value, Refused> {
        let refuse = |help: String| Refused {
            message: format!("must be {self}, not {}", describe(item.get_ref())),
            help,
            span: item.span(),
        };
        match (self, item.get_ref()) {
            (Self::Int(min, max), DeValue::Integer(_)) => match integer(item.get_ref()) {
                Some(v) if (*min..=*max).contains(&v) => Ok(Value::Int(v)),
                _ => Err(refuse(String::new())),
            },
            (Self::Int(..), DeValue::Float(_)) => {
                let whole = number(item.get_ref()).filter(|v| v.fract() == 0.0 && v.abs() < 1e15);
                Err(refuse(whole.map_or(String::new(), |v| format!("write {v:.0}"))))
            }
            (Self::Float(min, max), DeValue::Float(_) | DeValue::Integer(_)) => {
                match number(item.get_ref()) {
                    // + 0.0 turns -0.0 into 0.0, so that equal values are written alike.
                    Some(v) if v.is_finite() && (*min, *max).contains_number(v) => {
                        Ok(Value::Float(v + 0.0))
                    }
                    _ => Err(refuse(String::new())),
                }
            }
            (Self::Bool, DeValue::Boolean(v)) => Ok(Value::Bool(*v)),
            (Self::OneOf(choices), DeValue::String(v)) => {
                choices.iter().find(|c| *c == v).map(|c| Value::Choice(c)).ok_or_else(|| {
                    refuse(match closest(v, choices.iter().copied()) {
                        Some(c) => format!("did you mean {c:?}?"),
                        None => String::new(),
                    })
                })
            }
            (Self::Text, DeValue::String(v)) if !v.chars().any(char::is_control) => {
                Ok(Value::Text(v.as_ref().into()))
            }
            (Self::Ints { min, max, len }, DeValue::Array(items)) => {
                if items.len() > *len {
                    return Err(refuse(String::new()));
                }
                let mut numbers = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match Self::Int(*min, *max).read(item) {
                        Ok(Value::Int(v)) => numbers.push(v),
                        Ok(_) => unreachable!("an integer kind reads integers"),
                        Err(refused) => {
                            return Err(Refused {
                                message: format!("holds a value that {}", refused.message),
                                ..refused
                            });
                        }
                    }
                }
                Ok(Value::Ints(numbers.into()))
            }
            (Self::Words(known), DeValue::Array(items)) => {
                let mut words = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match Self::OneOf(known).read(item) {
                        Ok(Value::Choice(word)) if !words.contains(&word) => words.push(word),
                        Ok(value) => {
                            let message = format!("holds {value} twice");
                            return Err(Refused {
                                message,
                                help: String::new(),
                                span: item.span(),
                            });
                        }
                        Err(refused) => {
                            return Err(Refused {
                                message: format!("holds a value that {}", refused.message),
                                ..refused
                            });
                        }
                    }
                }
                // Their order means nothing: equal lists are written alike.
                Ok(Value::Words(known.iter().copied().filter(|w| words.contains(w)).collect()))
            }
            (Self::Words(_), DeValue::String(v)) => Err(refuse(format!("write [{v:?}]"))),
            (Self::Ints { .. }, DeValue::Integer(v)) => Err(refuse(format!("write [{v}]"))),
            (Self::Int(..) | Self::Float(..) | Self::Bool, DeValue::String(v))
                if v.parse::<f64>().is_ok() || v == "true" || v == "false" =>
            {
                // `.001` and `5.` are numbers to a person, but not to TOML.
                let number = v.parse().ok().filter(|n: &f64| n.is_finite());
                Err(refuse(match (DeValue::parse(v), number) {
                    (Err(_), Some(n)) => format!("write {n}"),
                    (Err(_), None) => String::new(),
                    (Ok(_), _) => format!("write it without quotes: {v}"),
                }))
            }
            (_, DeValue::Array(items)) if items.len() == 1 => {
                Err(refuse("write the value without brackets".to_owned()))
            }
            (_, DeValue::Array(_)) => {
                Err(refuse("to try several values, list them under [axes]".to_owned()))
            }
            _ => Err(refuse(String::new())),
        }
    }
}

trait ContainsNumber {
    fn contains_number(&self, v: f64) -> bool;
}

impl ContainsNumber for (Bound<f64>, Bound<f64>) {
    fn contains_number(&self, v: f64) -> bool {
        std::ops::RangeBounds::contains(self, &v)
    }
}

/// What the kind takes, as it follows "must be".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(min, max) => write!(f, "an integer from {min} to {}", short_int(*max)),
            Self::Float(min, max) => {
                let float = |v: f64| float(v).trim_end_matches(".0").to_owned();
                let low = match min {
                    Bound::Included(v) => format!("at least {}", float(*v)),
                    Bound::Excluded(v) => format!("above {}", float(*v)),
                    Bound::Unbounded => String::new(),
                };
                let high = match max {
                    Bound::Included(v) => format!("at most {}", float(*v)),
                    Bound::Excluded(v) => format!("below {}", float(*v)),
                    Bound::Unbounded => String::new(),
                };
                write!(f, "a number {low}, {high}")
            }
            Self::Bool => write!(f, "true or false"),
            Self::OneOf(choices) => {
                let quoted: Vec<String> = choices.iter().map(|c| format!("{c:?}")).collect();
                write!(f, "one of {}", quoted.join(", "))
            }
            Self::Text => write!(f, "a text without control characters"),
            Self::Ints { min, max, len } => {
                write!(f, "a list of at most {len} integers from {min} to {}", short_int(*max))
            }
            Self::Words(words) => {
                let quoted: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
                write!(f, "a list of any of {}", quoted.join(", "))
            }
        }
    }
}

/// 1000000 as `1,000,000`.
fn short_int(v: i64) -> String {
    grouped(v.unsigned_abs().into())
}

/// The value as TOML.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(v) => write!(f, "{v}"),
            Self::Float(v) => f.write_str(&float(*v)),
            Self::Bool(v) => write!(f, "{v}"),
            Self::Choice(v) => write!(f, "\"{v}\""),
            Self::Text(v) => write!(f, "{}", toml::Value::String(v.to_string())),
            Self::Ints(v) => write!(f, "[{}]", joined(v.iter())),
            Self::Words(v) => write!(f, "[{}]", joined(v.iter().map(|word| format!("{word:?}")))),
        }
    }
}

impl Value {
    /// The value as part of a variant's name; `None` where a text has no safe short form.
    pub(crate) fn short(&self) -> Option<String> {
        match self {
            Self::Float(v) => Some(float(*v).trim_end_matches(".0").to_owned()),
            Self::Choice(v) => Some((*v).to_owned()),
            Self::Text(v) if super::name::check(v).is_ok() => Some(v.to_string()),
            Self::Text(_) => None,
            Self::Ints(v) if v.is_empty() => Some("none".to_owned()),
            Self::Words(v) if v.is_empty() => Some("none".to_owned()),
            Self::Words(v) => Some(v.join("+")),
            Self::Ints(v) => Some(v.iter().map(i64::to_string).collect::<Vec<_>>().join("x")),
            Self::Int(_) | Self::Bool(_) => Some(self.to_string()),
        }
    }
}

fn joined(items: impl Iterator<Item = impl fmt::Display>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// The TOML float that reads back as `v`, short for small and large ones: `0.5`, `2e-4`, `1.0`.
pub(crate) fn float(v: f64) -> String {
    let plain = 1e-2..1e7;
    if v == 0.0 || plain.contains(&v.abs()) { format!("{v:?}") } else { format!("{v:e}") }
}

/// The integer a TOML value holds, if it is one that fits.
pub(crate) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let DeValue::Integer(v) = value else { return None };
    i64::from_str_radix(v.as_str(), v.radix()).ok()
}

/// The number a TOML value holds.
pub(crate) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(_) => integer(value).map(|v| v as f64),
        DeValue::Float(v) => v.as_str().parse().ok(),
        _ => None,
    }
}

/// A TOML value as a message names it.
pub(crate) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(v) => {
            let short: String = v.chars().take(40).collect();
            let more = if short.len() < v.len() { "…" } else { "" };
            format!("the text {:?}{more}", short)
        }
        DeValue::Integer(v) => v.to_string(),
        DeValue::Float(v) => v.to_string(),
        DeValue::Boolean(v) => v.to_string(),
        DeValue::Datetime(v) => format!("the date {v}"),
        DeValue::Array(v) if v.is_empty() => "an empty list".to_owned(),
        DeValue::Array(v) if v.len() == 1 => "a list of 1".to_owned(),
        DeValue::Array(v) => format!("a list of {}", v.len()),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Result<Value, String> {
        let item = DeValue::parse(text).unwrap();
        kind.read(&item).map_err(|r| format!("{} ({})", r.message, r.help))
    }

    #[test]
    fn a_number_that_is_not_toml_is_written_out() {
        let rate = Kind::Float(Bound::Included(0.0), Bound::Excluded(1.0));
        let help =
            |text: &str| read(rate, text).unwrap_err().rsplit_once(" (").unwrap().1.to_owned();
        assert_eq!(help("'.001'"), "write 0.001)");
        assert_eq!(help("'.5'"), "write 0.5)");
        assert_eq!(help("'0.5'"), "write it without quotes: 0.5)");
    }

    #[test]
    fn numbers_keep_to_their_range() {
        let rate = Kind::Float(Bound::Included(0.0), Bound::Excluded(1.0));
        assert_eq!(read(rate, "0"), Ok(Value::Float(0.0)));
        assert_eq!(read(rate, "-0.0").unwrap().to_string(), "0.0");
        for bad in ["1.0", "nan", "-nan", "inf", "-0.1", "1e400", "99999999999999999999"] {
            let said = read(rate, bad).unwrap_err();
            assert!(said.starts_with("must be a number at least 0, below 1, not"), "{said}");
        }
        assert_eq!(read(Kind::Int(1, 9), "0x9"), Ok(Value::Int(9)));
        for bad in ["0", "10", "9223372036854775808", "5.0", "5.5", "\"5\"", "[5]", "{}"] {
            assert!(read(Kind::Int(1, 9), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn floats_are_written_short_and_read_back() {
        for (v, text) in
            [(2e-4, "2e-4"), (0.5, "0.5"), (1.0, "1.0"), (0.0, "0.0"), (1.00004, "1.00004")]
        {
            assert_eq!(float(v), text);
        }
        for v in [1e-7, 1e-3, 123456.0, 1e7, 1e300, 5e-324, 0.1 + 0.2] {
            let read = read(Kind::Float(Bound::Unbounded, Bound::Unbounded), &float(v));
            assert_eq!(read, Ok(Value::Float(v)));
        }
    }
}
