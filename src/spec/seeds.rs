//! Seeds: a list, a range written as `"1..=5"`, or looks: `{ from = 4, to = 12, step = 2 }`.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Span;
use super::looks::Looks;
use super::suggest::closest;
use super::value::{describe, integer};
use super::written::Reader;

/// Most seeds of an experiment.
pub(super) const MOST: u64 = 10_000;

/// Most looks of an experiment.
const MOST_LOOKS: usize = 20;

const KEYS: [&str; 4] = ["from", "to", "step", "first"];

const LOOKS_HELP: &str = "write seeds = { from = 4, to = 12, step = 2 }: look after 4 seeds, and after every 2 more up to 12";

const HELP: &str = "write a list, seeds = [1, 2, 3], a range, seeds = \"1..=3\", or looks, seeds = { from = 4, to = 12, step = 2 }";

/// What a seed must be: TOML's integers end there.
const RANGE: &str = "an integer from 0 to 9,223,372,036,854,775,807";

/// The replicates, and when they are looked at, if that is more than once.
pub(super) type Seeds = (Vec<u64>, Option<Looks>);

/// Reads the value of `experiment.seeds`; `None` if it is wrong.
pub(super) fn read(reader: &mut Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<Seeds> {
    let place = reader.place(item.span());
    let seeds = match item.get_ref() {
        DeValue::Table(table) => return looks(reader, table, &place),
        DeValue::Array(items) => {
            let mut seeds = Vec::with_capacity(items.len());
            let mut seen = BTreeSet::new();
            let mut good = true;
            for item in items.iter() {
                match integer(item.get_ref()).and_then(|v| u64::try_from(v).ok()) {
                    Some(seed) if !seen.insert(seed) => {
                        let place = reader.place(item.span());
                        let message = format!("the seed {seed} is there twice");
                        reader.mistakes.push(&place, message, "each seed is one replicate");
                        good = false;
                    }
                    Some(seed) => seeds.push(seed),
                    None => {
                        let place = reader.place(item.span());
                        let said = describe(item.get_ref());
                        let message = format!("a seed must be {RANGE}, not {said}");
                        reader.mistakes.push(&place, message, HELP);
                        good = false;
                    }
                }
            }
            if !good {
                return None;
            }
            Ok(seeds)
        }
        DeValue::String(text) => parse(text),
        other => Err(format!("seeds must be a list or a range, not {}", describe(other))),
    };
    let seeds = seeds.and_then(|seeds| match seeds.len() as u64 {
        0 => Err("there are no seeds".to_owned()),
        n if n > MOST => Err(too_many(n)),
        _ => Ok(seeds),
    });
    seeds.map_err(|message| reader.mistakes.push(&place, message, HELP)).ok().map(|s| (s, None))
}

/// Reads `{ from = 4, to = 12, step = 2 }`; seeds count from `first`, which is 1 if it is left out.
fn looks(reader: &mut Reader<'_>, table: &DeTable<'_>, place: &Span) -> Option<Seeds> {
    let before = reader.mistakes.count();
    let mut values = [None; KEYS.len()];
    for (key, value) in super::written::in_order(table) {
        let name = key.get_ref().as_ref();
        let Some(at) = KEYS.iter().position(|known| *known == name) else {
            let help = match closest(name, KEYS.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => LOOKS_HELP.to_owned(),
            };
            let place = reader.place(key.span());
            reader.mistakes.push(&place, format!("unknown key `experiment.seeds.{name}`"), help);
            continue;
        };
        let least = if name == "from" { 2 } else { u64::from(name != "first") };
        let most = if name == "first" { i64::MAX as u64 - MOST } else { MOST };
        let number = integer(value.get_ref()).and_then(|v| u64::try_from(v).ok());
        values[at] = number.filter(|v| (least..=most).contains(v));
        if values[at].is_none() {
            let [low, high] = [least, most].map(|n| crate::text::grouped(n.into()));
            let said = describe(value.get_ref());
            let message = format!(
                "`experiment.seeds.{name}` must be an integer from {low} to {high}, not {said}"
            );
            let place = reader.place(value.span());
            reader.mistakes.push(&place, message, LOOKS_HELP);
        }
    }
    if reader.mistakes.count() > before {
        return None;
    }
    let [Some(from), Some(to), step, first] = values else {
        let lacking = if values[0].is_none() { "from" } else { "to" };
        reader.mistakes.push(
            place,
            format!("seeds that are looked at lack `{lacking}`"),
            LOOKS_HELP,
        );
        return None;
    };
    let (step, first) = (step.unwrap_or(from), first.unwrap_or(1));
    if to <= from {
        let message = format!("the looks end at {to} seeds, where they begin at {from}");
        reader.mistakes.push(place, message, LOOKS_HELP);
        return None;
    }
    let looks =
        Looks { from: from as usize, to: to as usize, step: step as usize, spend_to: to as usize };
    let count = looks.seeds().len();
    if count > MOST_LOOKS {
        let help = "a larger step makes them fewer, and each of them finds more";
        reader.mistakes.push(place, format!("{count} looks, and {MOST_LOOKS} is the limit"), help);
        return None;
    }
    Some(((first..first + to).collect(), Some(looks)))
}

fn too_many(seeds: u64) -> String {
    let [seeds, most] = [seeds, MOST].map(|n| crate::text::grouped(n.into()));
    format!("{seeds} seeds, and {most} is the limit")
}

/// Reads `1..=5` or `1,2,5`. `1..5` is refused: some would take it for five seeds, some for four.
pub(super) fn parse(text: &str) -> Result<Vec<u64>, String> {
    let number = |part: &str| -> Result<u64, String> {
        let part = part.trim();
        part.parse::<u64>()
            .ok()
            .filter(|v| i64::try_from(*v).is_ok())
            .ok_or_else(|| format!("a seed must be {RANGE}, not {part:?}"))
    };
    if let Some((from, to)) = text.split_once("..") {
        let (to, inclusive) = match to.strip_prefix('=') {
            Some(to) => (to, true),
            None => (to, false),
        };
        let (from, to) = (number(from)?, number(to)?);
        if to < from || (to == from && !inclusive) {
            return Err(format!("the range {text:?} is empty"));
        }
        if !inclusive {
            return Err(format!(
                "the range {text:?} leaves open whether {to} is in it; write {from}..={to} if it is"
            ));
        }
        let end = to + 1;
        if end - from > MOST {
            return Err(too_many(end - from));
        }
        return Ok((from..end).collect());
    }
    let seeds: Vec<u64> = text.split(',').map(number).collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    match seeds.iter().find(|s| !seen.insert(**s)) {
        Some(seed) => Err(format!("the seed {seed} is there twice")),
        None => Ok(seeds),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ranges_and_lists() {
        assert_eq!(parse("1..=3"), Ok(vec![1, 2, 3]));
        let open = "the range \"1..3\" leaves open whether 3 is in it; write 1..=3 if it is";
        assert_eq!(parse("1..3"), Err(open.to_owned()));
        let bound = "a seed must be an integer from 0 to 9,223,372,036,854,775,807, \
                     not \"9223372036854775808\"";
        assert_eq!(parse("9223372036854775808"), Err(bound.to_owned()));
        assert_eq!(parse("7"), Ok(vec![7]));
        assert_eq!(parse("3, 1"), Ok(vec![3, 1]));
        for bad in [
            "",
            "1..",
            "..",
            "3..1",
            "3..=2",
            "1,1",
            "-1",
            "1..=99999",
            "a",
            "1..=2..=3",
            "18446744073709551615",
            "0..=9223372036854775807",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
