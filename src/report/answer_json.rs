//! `answer.json`: what is answered, for scripts. `docs/stability.md` promises its form.

use serde::Serialize;

use super::analysis::Analysis;
use super::answer::Answer;
use super::finding::{Finding, Subject};
use super::load::Sweep;
use super::looks::Look;
use super::search::{Placed, Rung};
use super::sentence::Span;
use super::stats::Interval;
use super::verdict::{ALPHA, Verdict};
use crate::run::Direction;
use crate::run::RunStatus;
use crate::spec::Question;

/// The form of the file: raised when something in it changes its meaning.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    experiment: &'a str,
    question: &'a str,
    answer: String,
    detail: String,
    notices: Vec<String>,
    provisional: bool,
    declared_late: bool,
    baseline: &'a str,
    runs_planned: usize,
    runs_completed: usize,
    families: Vec<JsonFamily<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looks: Option<JsonLooks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<JsonSearch<'a>>,
}

/// A search: who went on at each rung, and who came out on top.
#[derive(Serialize)]
struct JsonSearch<'a> {
    done: bool,
    metric: &'a str,
    rungs: Vec<JsonRung<'a>>,
    shortlist: Vec<&'a str>,
}

#[derive(Serialize)]
struct JsonRung<'a> {
    epochs: usize,
    went_on: usize,
    placed: Vec<JsonPlaced<'a>>,
}

#[derive(Serialize)]
struct JsonPlaced<'a> {
    variant: &'a str,
    mean: Option<f64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
}

/// The looks of a sweep whose seeds are added.
#[derive(Serialize)]
struct JsonLooks {
    done: bool,
    runs_of_all: usize,
    taken: Vec<JsonLook>,
}

#[derive(Serialize)]
struct JsonLook {
    seeds: usize,
    error_spent: f64,
    runs: usize,
    told: Vec<String>,
    open: usize,
}

#[derive(Serialize)]
struct JsonFamily<'a> {
    #[serde(flatten)]
    question: &'a Question,
    /// The metric that was tested; null if no run has it.
    tested: Option<&'a str>,
    direction: Option<Direction>,
    alpha: f64,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    variant: Option<&'a str>,
    axis: Option<&'a str>,
    verdict: &'static str,
    estimate: Option<f64>,
    interval: Option<[f64; 2]>,
    p: Option<f64>,
    p_adjusted: Option<f64>,
    smallest_p_adjusted: f64,
    exact: bool,
    p_equal: Option<f64>,
    n: &'a [usize],
    left_out: usize,
    seeds_to_tell: Option<usize>,
    levels: Option<Vec<JsonLevel<'a>>>,
    no_change_seen_from: Option<&'a str>,
    equal_from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at_look: Option<usize>,
}

#[derive(Serialize)]
struct JsonLevel<'a> {
    value: &'a str,
    n: usize,
    mean: Option<f64>,
    interval: Option<[f64; 2]>,
}

/// The file's text.
pub(super) fn answer_json(sweep: &Sweep, analysis: &Analysis, answer: &Answer) -> String {
    let family = |family| -> JsonFamily<'_> {
        let family: &super::finding::Family = family;
        let info = family.metric.map(|m| &analysis.metrics[m]);
        JsonFamily {
            question: &family.question,
            tested: info.map(|info| info.name.as_str()),
            direction: info.map(|info| info.direction),
            alpha: family.alpha,
            findings: family.findings.iter().map(|f| finding(sweep, f)).collect(),
        }
    };
    let json = Json {
        format: FORMAT,
        experiment: &sweep.manifest.experiment,
        question: sweep.manifest.question.trim(),
        answer: text(&answer.finding),
        detail: text(&answer.detail),
        notices: answer.notices.iter().map(|notice| text(notice)).collect(),
        provisional: analysis.is_provisional(),
        declared_late: sweep.manifest.declared_late,
        baseline: &sweep.manifest.baseline,
        runs_planned: analysis.planned(),
        runs_completed: analysis.total(RunStatus::Completed),
        families: analysis.families.iter().map(family).collect(),
        looks: analysis.course.as_ref().map(|course| JsonLooks {
            done: course.done,
            runs_of_all: sweep.runs.len(),
            taken: course.taken.iter().map(look).collect(),
        }),
        search: search(sweep, analysis),
    };
    let mut text = serde_json::to_string_pretty(&json).expect("plain values");
    text.push('\n');
    text
}

fn search<'a>(sweep: &'a Sweep, analysis: &'a Analysis) -> Option<JsonSearch<'a>> {
    let (search, course) = (sweep.manifest.search.as_ref()?, analysis.search.as_ref()?);
    let name = |point: usize| search.points[point].as_str();
    let placed = |placed: &'a Placed| JsonPlaced {
        variant: name(placed.point),
        mean: placed.mean,
        why: &placed.why,
    };
    let rung = |rung: &'a Rung| JsonRung {
        epochs: rung.epochs,
        went_on: rung.went_on,
        placed: rung.placed.iter().map(placed).collect(),
    };
    Some(JsonSearch {
        done: course.done,
        metric: &search.metric,
        rungs: course.rungs.iter().map(rung).collect(),
        shortlist: course.shortlist.iter().map(|point| name(*point)).collect(),
    })
}

fn look(look: &Look) -> JsonLook {
    JsonLook {
        seeds: look.seeds,
        error_spent: look.spent * ALPHA,
        runs: look.runs,
        told: look.told.iter().map(|(name, _)| name.clone()).collect(),
        open: look.open,
    }
}

fn finding<'a>(sweep: &'a Sweep, finding: &'a Finding) -> JsonFinding<'a> {
    let ends = |i: Interval| [i.low, i.high];
    let tested = finding.verdict != Verdict::NoPairs;
    let levels = finding.levels.as_ref();
    let value = |i: usize| levels.map_or("", |l| l.rows[i].value.as_str());
    let row = |row: &'a super::finding::LevelRow| JsonLevel {
        value: &row.value,
        n: row.values.len(),
        mean: row.mean,
        interval: row.interval.map(ends),
    };
    let (variant, axis) = match &finding.subject {
        Subject::Variant(v) => (Some(sweep.manifest.variants[*v].name.as_str()), None),
        Subject::Axis(axis) => (None, Some(axis.as_str())),
    };
    JsonFinding {
        variant,
        axis,
        verdict: finding.verdict.word(),
        estimate: finding.estimate,
        interval: finding.interval.map(ends),
        p: tested.then_some(finding.test.p),
        p_adjusted: tested.then_some(finding.p_adjusted),
        smallest_p_adjusted: finding.smallest_adjusted,
        exact: finding.test.exact,
        p_equal: finding.p_equal,
        n: &finding.n,
        left_out: finding.left_out,
        seeds_to_tell: finding.seeds_to_tell,
        levels: levels.map(|l| l.rows.iter().map(row).collect()),
        no_change_seen_from: levels.and_then(|l| l.no_change_seen_from).map(value),
        equal_from: levels.and_then(|l| l.equal_from).map(value),
        told_at_look: finding.look.map(|look| look + 1),
    }
}

/// A sentence without marks.
pub(super) fn text(spans: &[Span]) -> String {
    let words = spans.iter().map(|span| match span {
        Span::Text(text) | Span::Name(text) => text.as_str(),
    });
    words.collect()
}
