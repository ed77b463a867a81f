//! Sampled variants: `[sample]` draws values by chance or along a Sobol sequence.
//!
//! The value of sample `i` for a setting depends on the seed, `i` and the setting alone (for Sobol,
//! on the setting's place in the table), so a larger count adds samples and changes none.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Span;
use super::schema::Id;
use super::value::{Kind, Value, describe, integer};
use super::written::{Assignment, Choice, Reader, Target, Text, did_you_mean, in_order};

/// Most samples of one `[sample]`: as far as the Sobol sequence goes.
const MOST: i64 = 65_536;

/// What to draw.
#[derive(Debug)]
pub(super) struct Sample {
    method: Method,
    /// How many samples.
    pub(super) count: usize,
    seed: u32,
    /// Leads the samples' names, instead of their values.
    name: Option<String>,
    dimensions: Vec<Dimension>,
    place: Span,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Random,
    Sobol,
}

/// One setting and how its value comes from a number in [0, 1).
#[derive(Debug)]
struct Dimension {
    id: Id,
    rule: Rule,
    key: Span,
    place: Span,
}

#[derive(Debug)]
enum Rule {
    /// Evenly between two values; both can come out where they are integers.
    Uniform(f64, f64),
    /// Evenly in the logarithm.
    Log(f64, f64),
    /// One of these.
    Choice(Vec<Value>),
}

/// Reads `[sample]`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>, place: Span) -> Option<Sample> {
    let before = reader.mistakes.count();
    let (mut method, mut count, mut seed, mut name) = (Method::Random, None, 0, None);
    for (key, value) in in_order(table) {
        match key.get_ref().as_ref() {
            "method" => match value.get_ref().as_str() {
                Some("random") => method = Method::Random,
                Some("sobol") => method = Method::Sobol,
                _ => wrong(reader, value, "`sample.method` must be \"random\" or \"sobol\""),
            },
            "count" => match integer(value.get_ref()).filter(|v| (1..=MOST).contains(v)) {
                Some(v) => count = usize::try_from(v).ok(),
                None => {
                    let what = format!("`sample.count` must be an integer from 1 to {MOST}");
                    wrong(reader, value, &what);
                }
            },
            "seed" => match integer(value.get_ref()).and_then(|v| u32::try_from(v).ok()) {
                Some(v) => seed = v,
                None => {
                    wrong(reader, value, "`sample.seed` must be an integer from 0 to 4294967295");
                }
            },
            "name" => {
                let text = reader.text(value, "the samples' name");
                name = text.filter(|t: &Text| reader.name(t)).map(|t| t.text);
            }
            _ => {}
        }
    }
    let mut dimensions = Vec::new();
    for leaf in reader.leaves(table, "", &["method", "count", "seed", "name"], false) {
        let Target::Setting(id) = leaf.target else { continue };
        if let Some(rule) = read_rule(reader, id, leaf.value) {
            let place = reader.place(leaf.value.span());
            dimensions.push(Dimension { id, rule, key: leaf.key, place });
        }
    }
    if reader.mistakes.count() > before {
        return None;
    }
    let Some(count) = count else {
        let help = "add count = …, the number of samples";
        reader.mistakes.push(&place, "[sample] lacks `count`", help);
        return None;
    };
    if dimensions.is_empty() {
        let help = "add a setting: noise.dim = { uniform = [50, 200] }";
        reader.mistakes.push(&place, "[sample] draws nothing", help);
        return None;
    }
    if method == Method::Sobol && dimensions.len() > sobol_burley::NUM_DIMENSIONS as usize {
        let message = format!("Sobol goes to {} settings", sobol_burley::NUM_DIMENSIONS);
        reader.mistakes.push(&place, message, "draw them with method = \"random\"");
        return None;
    }
    Some(Sample { method, count, seed, name, dimensions, place })
}

fn wrong(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, what: &str) {
    let place = reader.place(value.span());
    let message = format!("{what}, not {}", describe(value.get_ref()));
    let help = "write count = 20, seed = 1, method = \"random\" or \"sobol\", name = \"s\"";
    reader.mistakes.push(&place, message, help);
}

const RULES: &[&str] = &["uniform", "log", "choice"];
const RULE_HELP: &str = "write { uniform = [low, high] }, { log = [low, high] } or \
    { choice = [one, of, these] }";

fn read_rule(reader: &mut Reader<'_>, id: Id, item: &Spanned<DeValue<'_>>) -> Option<Rule> {
    let key = id.key();
    let entry = item.get_ref().as_table().filter(|t| t.len() == 1).and_then(|t| t.iter().next());
    let Some((rule, values)) = entry else {
        let place = reader.place(item.span());
        let said = describe(item.get_ref());
        reader.mistakes.push(&place, format!("`{key}` needs a rule, not {said}"), RULE_HELP);
        return None;
    };
    let rule_name = rule.get_ref().as_ref();
    let place = reader.place(values.span());
    if !RULES.contains(&rule_name) {
        let place = reader.place(rule.span());
        let help = did_you_mean(rule_name, RULES);
        reader.mistakes.push(&place, format!("unknown rule `{rule_name}`"), help);
        return None;
    }
    let Some(items) = values.get_ref().as_array().filter(|items| !items.is_empty()) else {
        let said = describe(values.get_ref());
        let message = format!("`{rule_name}` takes a list of values, not {said}");
        reader.mistakes.push(&place, message, RULE_HELP);
        return None;
    };
    if rule_name == "choice" {
        let read: Vec<Value> = items.iter().filter_map(|item| reader.value(id, item)).collect();
        return (read.len() == items.len()).then_some(Rule::Choice(read));
    }
    if !matches!(id.setting().kind, Kind::Int(..) | Kind::Float(..)) {
        let message = format!("`{key}` is no number, so it cannot be drawn from a range");
        reader.mistakes.push(&place, message, "write { choice = [one, of, these] }");
        return None;
    }
    if items.len() != 2 {
        let message =
            format!("`{rule_name}` takes [low, high], not {}", describe(values.get_ref()));
        reader.mistakes.push(&place, message, "to draw from a list, write { choice = […] }");
        return None;
    }
    let bound = |reader: &mut Reader<'_>, item| reader.value(id, item).as_ref().and_then(as_number);
    let (low, high) = (bound(reader, &items[0]), bound(reader, &items[1]));
    let (low, high) = (low?, high?);
    if low >= high {
        reader.mistakes.push(&place, "the range holds nothing", "write [low, high], low first");
        return None;
    }
    if rule_name == "uniform" {
        return Some(Rule::Uniform(low, high));
    }
    if low <= 0.0 {
        reader.mistakes.push(
            &place,
            "a logarithmic range begins above 0",
            "write a low end above 0, or { uniform = [low, high] }",
        );
        return None;
    }
    Some(Rule::Log(low, high))
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(v) => Some(*v as f64),
        Value::Float(v) => Some(*v),
        _ => None,
    }
}

impl Sample {
    /// The settings it draws, with the places of their keys.
    pub(super) fn settings(&self) -> impl Iterator<Item = (Id, &Span)> {
        self.dimensions.iter().map(|d| (d.id, &d.key))
    }

    /// The samples, each a choice of the axis. `None` for a sample that cannot be named.
    pub(super) fn choices(&self) -> Vec<Option<Choice>> {
        (0..self.count).map(|i| self.choice(i)).collect()
    }

    fn choice(&self, index: usize) -> Option<Choice> {
        let mut set = Vec::with_capacity(self.dimensions.len());
        let mut pieces = Vec::new();
        for (number, dimension) in self.dimensions.iter().enumerate() {
            let value = dimension.value(self.unit(index, number));
            if self.name.is_none() {
                pieces.push(format!("{}={}", dimension.id.short(), value.short()?));
            }
            let (key, place) = (dimension.key.clone(), dimension.place.clone());
            set.push(Assignment { id: dimension.id, value, key, place, extended: false });
        }
        let piece = match &self.name {
            Some(name) => format!("{name}{index}"),
            None => pieces.join(","),
        };
        Some(Choice { piece, set, place: self.place.clone() })
    }

    /// The coordinate of a sample along a dimension, in [0, 1).
    fn unit(&self, index: usize, dimension: usize) -> f64 {
        let small = |v: usize| u32::try_from(v).unwrap_or(u32::MAX);
        match self.method {
            Method::Sobol => {
                f64::from(sobol_burley::sample(small(index), small(dimension), self.seed))
            }
            Method::Random => {
                let mut hash = Sha256::new();
                hash.update(b"cgan-sweep sample\0");
                hash.update(self.seed.to_le_bytes());
                hash.update((index as u64).to_le_bytes());
                hash.update(self.dimensions[dimension].id.key().as_bytes());
                ChaCha8Rng::from_seed(hash.finalize().into()).random::<f64>()
            }
        }
    }
}

impl Dimension {
    fn value(&self, unit: f64) -> Value {
        let whole = matches!(self.id.setting().kind, Kind::Int(..));
        let between = |low: f64, high: f64, v: f64| {
            if whole {
                Value::Int(v.floor().clamp(low, high) as i64)
            } else {
                Value::Float(four_digits(v).clamp(low, high))
            }
        };
        // An integer range [a, b] is the real one [a, b + 1), so that b comes out as often as a.
        let extra = if whole { 1.0 } else { 0.0 };
        match &self.rule {
            Rule::Uniform(low, high) => between(*low, *high, low + unit * (high + extra - low)),
            Rule::Log(low, high) => {
                let (from, to) = (low.ln(), (high + extra).ln());
                between(*low, *high, (from + unit * (to - from)).exp())
            }
            Rule::Choice(values) => {
                let index = (unit * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
        }
    }
}

/// The value to four significant digits: what a variant's name can say is what is trained with.
fn four_digits(v: f64) -> f64 {
    format!("{v:.3e}").parse().unwrap_or(v)
}
