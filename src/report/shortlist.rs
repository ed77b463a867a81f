//! The experiment that proves what a search found: its best few against the baseline, on seeds that
//! the search has not seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::analysis::Analysis;
use super::load::Sweep;
use super::page::Page;

/// Seeds of the first look, of the last, and what each adds: with few variants these find an effect of
/// two standard deviations nearly always (docs/proofs/adaptive.md).
const LOOKS: (u64, u64, u64) = (6, 12, 2);

/// The name of the file.
pub(super) fn file(sweep: &Sweep) -> String {
    format!("{}-compare.toml", sweep.manifest.experiment)
}

/// The file, once the search has ended with somebody on its short list.
pub(super) fn page(sweep: &Sweep, analysis: &Analysis) -> Option<Page> {
    let (search, course) = (sweep.manifest.search.as_ref()?, analysis.search.as_ref()?);
    if !course.done || course.shortlist.is_empty() {
        return None;
    }
    let baseline = &sweep.manifest.variants[sweep.baseline()];
    let settings = fs::read_to_string(sweep.paths.variant_settings(&baseline.name)).ok()?;
    let (from, to, step) = LOOKS;
    let first = fresh(&sweep.manifest.seeds, to);
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let base = &search.points[search.place(sweep.baseline()).0];
    let asked = format!(
        "Is what the search {} found better than {base}, on seeds it has not seen?",
        sweep.manifest.experiment
    );
    let mut text = format!(
        "# Written by the report of the search {name}, from its records.\n\
         #\n\
         # A search proves nothing by itself: of many variants that are equally good the luckiest wins, and\n\
         # its numbers are as lucky. This experiment trains the best of it anew beside the baseline,\n\
         # {base}, on seeds that no run of the search had, and adds seeds until it is told which\n\
         # of them differ: at most 5 % of such experiments err, however many variants were searched.\n\
         #\n\
         # cgan-sweep plan  FILE    what it costs, and what it can find\n\
         # cgan-sweep sweep FILE    from the folder that the search was started in\n\
         #\n\
         # A difference that is too small to matter: a `margin` under [question] lets it be told, too.\n\n\
         [experiment]\nquestion = {question}\nprimary = {metric}\n\
         seeds = {{ from = {from}, to = {to}, step = {step}, first = {first} }}\n\n\
         [question]\ntest = \"compare\"\n\n\
         # The baseline, {base}: every setting.\n\n{settings}",
        name = sweep.manifest.experiment,
        question = quoted(&asked),
        metric = quoted(&search.metric),
    );
    let last = search.epochs.len() - 1;
    for (place, point) in course.shortlist.iter().enumerate() {
        let variant = &sweep.manifest.variants[search.variant(*point, last)];
        let placed = course.rungs.last()?.placed.iter().find(|placed| placed.point == *point)?;
        let _ = write!(
            text,
            "\n# Place {} of the search: mean {} {}.\n[variants.{}]\n",
            place + 1,
            search.metric,
            placed.mean.map_or_else(String::new, |mean| format!("{mean:.4}")),
            quoted(&search.points[*point])
        );
        for (key, value) in against(&variant.values, &baseline.values) {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    Some(Page { name: file(sweep), bytes: text.into_bytes() })
}

/// The values that a variant has and the baseline has not.
fn against<'a>(
    own: &'a BTreeMap<String, Value>,
    baseline: &'a BTreeMap<String, Value>,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    own.iter().filter(|(key, value)| baseline.get(*key) != Some(value))
}

/// The least seed from which on `count` seeds are none of these.
fn fresh(seeds: &[u64], count: u64) -> u64 {
    let mut sorted = seeds.to_vec();
    sorted.sort_unstable();
    let mut first = 1;
    for seed in sorted {
        if seed >= first + count {
            break;
        }
        first = first.max(seed + 1);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_fresh() {
        assert_eq!(fresh(&[1, 2, 3], 12), 4);
        assert_eq!(fresh(&[3, 1], 12), 4);
        assert_eq!(fresh(&[100], 12), 1);
        assert_eq!(fresh(&[1, 13, 14], 12), 15);
        assert_eq!(fresh(&[1, 14], 12), 2);
        assert_eq!(fresh(&[i64::MAX as u64], 12), 1);
    }
}
