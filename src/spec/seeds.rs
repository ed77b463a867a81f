//! Seeds: a list, or a range written as `"1..=5"`.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeValue;

use super::value::{describe, integer};
use super::written::Reader;

/// Most seeds of an experiment.
pub(super) const MOST: u64 = 10_000;

const HELP: &str = "write a list, seeds = [1, 2, 3], or a range, seeds = \"1..=3\"";

/// What a seed must be: TOML's integers end there.
const RANGE: &str = "an integer from 0 to 9,223,372,036,854,775,807";

/// Reads the value of `experiment.seeds`; `None` if it is wrong.
pub(super) fn read(reader: &mut Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<Vec<u64>> {
    let place = reader.place(item.span());
    let seeds = match item.get_ref() {
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
    seeds.map_err(|message| reader.mistakes.push(&place, message, HELP)).ok()
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
