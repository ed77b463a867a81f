//! What is said about an axis: its trend, or what it does in a grid.

use super::analysis::Analysis;
use super::finding::{Family, Finding, Levels, Subject};
use super::format::{Decimals, count, p_value};
use super::sentence::Sentence;
use super::verdict::Verdict;
use crate::run::Direction;

/// The sentences of a family of axes: the strongest finding, then the rest of them.
pub(super) fn sentences(analysis: &Analysis, family: &Family) -> (Sentence, Sentence) {
    let Some(metric) = family.metric else { return Default::default() };
    let mut order: Vec<&Finding> = family.findings.iter().collect();
    order.sort_by_key(|f| !f.verdict.is_told());
    let mut said = order.into_iter().map(|finding| one(analysis, metric, family, finding));
    let first = said.next().unwrap_or_default();
    let rest = said.reduce(|all, next| all.text(" ").join(next)).unwrap_or_default();
    (first, rest)
}

fn one(analysis: &Analysis, metric: usize, family: &Family, finding: &Finding) -> Sentence {
    let Subject::Axis(axis) = &finding.subject else { return Sentence::default() };
    let Some(levels) = &finding.levels else { return Sentence::default() };
    let info = &analysis.metrics[metric];
    let label = info.in_sentence();
    let d = Decimals::of(analysis, metric);
    let end = |i: usize| levels.rows.get(i).map_or("", |row| row.value.as_str());
    let (low, high) = (end(0), end(levels.rows.len().saturating_sub(1)));
    let runs = finding.n.iter().min().copied().unwrap_or(0);
    let over = format!("{} at each of {} levels", count(runs, "value"), levels.rows.len());
    let p = format!("p = {}", p_value(finding.p_adjusted));
    let say = Sentence::default;
    let from_to = |change: f64| {
        let way = if change > 0.0 { "rises" } else { "falls" };
        let size = d.show(change.abs());
        let interval = finding.interval.map_or_else(String::new, |i| {
            let (a, b) = if change > 0.0 { (i.low, i.high) } else { (-i.high, -i.low) };
            format!("95 % CI {} to {}, ", d.show(a), d.show(b))
        });
        format!("{label} {way} by {size} ({interval}{over}, {p})")
    };
    match finding.verdict {
        Verdict::Equal => {
            let margin = family.question.margin.unwrap_or_default();
            say().text("It makes no difference that matters what ").name(axis).text(format!(
                " is, from {low} to {high}: {label} is equal within {} (p = {}, {over}).",
                d.show(margin),
                p_value(finding.p_equal.unwrap_or(1.0)),
            ))
        }
        Verdict::Better | Verdict::Worse | Verdict::Different if levels.ordered => {
            let change = finding.estimate.unwrap_or(0.0);
            let word = match (finding.verdict, info.direction) {
                (Verdict::Better, _) => " is better",
                (Verdict::Worse, _) => " is worse",
                _ => " makes a difference",
            };
            say()
                .text("More ")
                .name(axis)
                .text(format!("{word}: from {low} to {high} {}.", from_to(change)))
                .text(&*where_it_ends(finding, levels, family.question.margin, &d))
        }
        Verdict::Different | Verdict::Better | Verdict::Worse => {
            let best = best(levels, info.direction);
            say().text("It matters what ").name(axis).text(format!(" is ({p}, {over}){best}."))
        }
        Verdict::Unclear | Verdict::Underpowered | Verdict::NoPairs => {
            let why = match finding.verdict {
                Verdict::NoPairs => "no seed has a value at every level".to_owned(),
                Verdict::Underpowered => format!(
                    "{over} cannot carry the test (smallest attainable p = {})",
                    p_value(finding.smallest_adjusted)
                ),
                _ => format!("{p}, {over}"),
            };
            let tell = to_tell(finding.seeds_to_tell);
            say()
                .text("It cannot be told whether ")
                .name(axis)
                .text(format!(" changes {label}: {why}{tell}."))
                .text(&*where_it_ends(finding, levels, family.question.margin, &d))
        }
    }
}

/// From which level on nothing is gained: as it was shown, or only that nothing more was seen.
fn where_it_ends(finding: &Finding, levels: &Levels, margin: Option<f64>, d: &Decimals) -> String {
    let is_open = finding.verdict.is_told() && finding.is_end_open();
    let value = |i: usize| levels.rows[i].value.as_str();
    let last = levels.rows.len() - 1;
    match (levels.equal_from, levels.no_change_seen_from) {
        (Some(from), _) => format!(
            " From {} on nothing is gained: all are equal to {} within {}.",
            value(from),
            value(last),
            d.show(margin.unwrap_or_default())
        ),
        (None, Some(from)) => format!(
            " Beyond {} no further change was seen, which is not to say that there is none.",
            value(from)
        ),
        (None, None) if is_open => format!(
            " From where on nothing is gained, within {}, cannot be told.",
            d.show(margin.unwrap_or_default())
        ),
        (None, None) => String::new(),
    }
}

fn best(levels: &Levels, direction: Direction) -> String {
    let mean = |i: &usize| levels.rows[*i].mean.unwrap_or(f64::NAN);
    let by = |a: &usize, b: &usize| mean(a).total_cmp(&mean(b));
    let all = 0..levels.rows.len();
    let best = match direction {
        Direction::Lower => all.min_by(by),
        Direction::Higher => all.max_by(by),
        Direction::Neutral => None,
    };
    best.map_or_else(String::new, |i| {
        format!("; the best mean is that of {}", levels.rows[i].value)
    })
}

/// How many seeds would tell.
pub(super) fn to_tell(seeds: Option<usize>) -> String {
    match seeds {
        Some(n) => format!("; about {} would likely tell", count(n, "seed")),
        None => "; more than 100 seeds would be needed to tell".to_owned(),
    }
}
