//! Conditions that drop variants (`[[exclude]]`) or keep them (`[[require]]`).

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Span;
use super::schema::Id;
use super::value::{Kind, Value};
use super::written::{Reader, Target, did_you_mean, in_order};

/// A table of tests that a variant fulfils or not: all must hold.
#[derive(Debug)]
pub(super) struct Condition {
    tests: Vec<(Id, Test)>,
    pub(super) place: Span,
}

#[derive(Debug)]
enum Test {
    /// One of these values.
    AnyOf(Vec<Value>),
    /// Between two numbers, both included.
    Between(f64, f64),
}

impl Condition {
    /// Whether a variant whose settings have these values fulfils every test.
    pub(super) fn holds<'v>(&self, value: impl Fn(Id) -> &'v Value) -> bool {
        self.tests.iter().all(|(id, test)| match test {
            Test::AnyOf(wanted) => wanted.contains(value(*id)),
            Test::Between(min, max) => match value(*id) {
                Value::Int(v) => (*min..=*max).contains(&(*v as f64)),
                Value::Float(v) => (*min..=*max).contains(v),
                _ => false,
            },
        })
    }
}

/// Reads one condition: `key = value`, `key = [any, of, these]` or `key = { min = 1, max = 2 }`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>, place: Span) -> Option<Condition> {
    let before = reader.mistakes.count();
    let mut tests = Vec::new();
    for leaf in reader.leaves(table, "", &[], false) {
        let Target::Setting(id) = leaf.target else { continue };
        if let Some(test) = read_test(reader, id, leaf.value) {
            tests.push((id, test));
        }
    }
    if tests.is_empty() && reader.mistakes.count() == before {
        let help = "name settings and the values they must have: train.batch = 64";
        reader.mistakes.push(&place, "the condition is empty", help);
    }
    (reader.mistakes.count() == before).then_some(Condition { tests, place })
}

fn read_test(reader: &mut Reader<'_>, id: Id, item: &Spanned<DeValue<'_>>) -> Option<Test> {
    let is_list = matches!(id.setting().kind, Kind::Ints { .. } | Kind::Words(_));
    match item.get_ref() {
        DeValue::Table(range) => between(reader, id, range, item),
        // A list is several values, unless the setting's one value is itself a list.
        DeValue::Array(items) if !is_list || items.iter().any(|item| item.get_ref().is_array()) => {
            if items.is_empty() {
                let place = reader.place(item.span());
                reader.mistakes.push(
                    &place,
                    "a condition needs at least one value",
                    "write the value, or a list of values",
                );
                return None;
            }
            let values: Vec<Value> =
                items.iter().filter_map(|item| reader.value(id, item)).collect();
            (values.len() == items.len()).then_some(Test::AnyOf(values))
        }
        _ => reader.value(id, item).map(|value| Test::AnyOf(vec![value])),
    }
}

fn between(
    reader: &mut Reader<'_>,
    id: Id,
    range: &DeTable<'_>,
    item: &Spanned<DeValue<'_>>,
) -> Option<Test> {
    let place = reader.place(item.span());
    if !matches!(id.setting().kind, Kind::Int(..) | Kind::Float(..)) {
        let message = format!("`{}` has no order, so it cannot lie in a range", id.key());
        reader.mistakes.push(&place, message, "write the value, or a list of values");
        return None;
    }
    let (mut min, mut max) = (f64::NEG_INFINITY, f64::INFINITY);
    for (key, value) in in_order(range) {
        let bound = match key.get_ref().as_ref() {
            "min" => &mut min,
            "max" => &mut max,
            other => {
                let place = reader.place(key.span());
                let help = did_you_mean(other, &["min", "max"]);
                reader.mistakes.push(&place, format!("unknown key `{other}`"), help);
                return None;
            }
        };
        *bound = reader.number(value, &format!("`{}`", key.get_ref()))?;
    }
    if range.is_empty() || min > max {
        let help = "write { min = … }, { max = … } or both, min first";
        reader.mistakes.push(&place, "the range holds nothing", help);
        return None;
    }
    Some(Test::Between(min, max))
}
