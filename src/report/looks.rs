//! The course of a sweep that is looked at: which looks were taken, what each told, and which runs are
//! still needed. All of it follows from the records alone, whatever order they came in.

use super::conclude::Taken;
use super::families::families;
use super::finding::{Family, Subject};
use super::load::{RunData, Sweep};
use super::metrics::MetricInfo;
use super::verdict::Verdict;
use crate::run::RunStatus;

/// How far a sweep has come through its looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The looks that were taken.
    pub taken: Vec<Look>,
    /// Whether nothing is left to be trained for: all is told, or the last look was taken.
    pub done: bool,
    /// Whether each run of the plan is needed, as far as is known by now.
    pub needed: Vec<bool>,
}

/// A look that was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Seeds up to it.
    pub seeds: usize,
    /// Share of the error rate that may have been spent up to it.
    pub spent: f64,
    /// Runs that it and those before needed.
    pub runs: usize,
    /// What it told: a variant's or an axis' name, with the verdict's word.
    pub told: Vec<(String, &'static str)>,
    /// Findings that it left open.
    pub open: usize,
}

/// Values of runs as `[variant][metric]`, each with its seed.
pub(super) type Values = Vec<Vec<Vec<(u64, f64)>>>;

/// Final values of the completed runs that are wanted.
pub(super) fn values(sweep: &Sweep, metrics: &[MetricInfo], wanted: &[bool]) -> Values {
    let mut all = vec![vec![Vec::new(); metrics.len()]; sweep.manifest.variants.len()];
    for (run, _) in sweep.runs.iter().zip(wanted).filter(|(_, wanted)| **wanted) {
        for (m, metric) in metrics.iter().enumerate() {
            if let Some(value) = run.final_value(&metric.name) {
                all[run.variant][m].push((run.record.seed, value));
            }
        }
    }
    all
}

/// Takes every look whose runs have ended, and answers by the last of them; `None` of a sweep whose
/// seeds are fixed.
pub(super) fn course(
    sweep: &Sweep,
    metrics: &[MetricInfo],
    primary: Option<usize>,
) -> Option<(Course, Vec<Family>)> {
    let looks = sweep.manifest.looks.as_ref()?;
    let stages = looks.stages(&sweep.manifest.seeds);
    let (seeds, spent) = (looks.seeds(), looks.spent());
    let ended = |run: &RunData| run.status.has_ended();
    let mut course = Course { needed: vec![false; sweep.runs.len()], ..Course::default() };
    let mut wanted = vec![true; sweep.manifest.variants.len()];
    let taken = |look: usize| Some(Taken { stages: &stages[..look], spent: &spent[..look] });
    let mut answered = families(sweep, metrics, primary, &values(sweep, metrics, &[]), taken(0));
    for (look, stage) in stages.iter().enumerate() {
        let new = |run: &RunData| stage.contains(&run.record.seed) && wanted[run.variant];
        for (needed, run) in course.needed.iter_mut().zip(&sweep.runs) {
            *needed |= new(run);
        }
        let mut needed = course.needed.iter().zip(&sweep.runs).filter(|(needed, _)| **needed);
        if !needed.all(|(_, run)| ended(run)) {
            // What there is so far is shown, and nothing told by it that no look has told.
            return Some((course, answered));
        }
        let before = answered;
        let finals = values(sweep, metrics, &course.needed);
        answered = families(sweep, metrics, primary, &finals, taken(look + 1));
        course.taken.push(Look {
            seeds: seeds[look],
            spent: spent[look],
            runs: course.needed.iter().filter(|needed| **needed).count(),
            told: told(sweep, &before, &answered),
            open: open(&answered).count(),
        });
        wanted = still_wanted(sweep, &answered, &course.needed);
        if !wanted.contains(&true) {
            break;
        }
    }
    course.done = true;
    Some((course, answered))
}

/// What findings are about of which more seeds may tell more.
fn open(families: &[Family]) -> impl Iterator<Item = &Subject> {
    let findings = families.iter().flat_map(|family| &family.findings);
    findings.filter(|finding| finding.is_open()).map(|finding| &finding.subject)
}

/// The variants that an open question is about. One that lost all its runs so far is given up: further
/// seeds would be lost as well, and without a baseline nothing is compared.
fn still_wanted(sweep: &Sweep, families: &[Family], needed: &[bool]) -> Vec<bool> {
    let mut wanted = vec![false; sweep.manifest.variants.len()];
    let mut alive = wanted.clone();
    for (run, _) in sweep.runs.iter().zip(needed).filter(|(_, needed)| **needed) {
        alive[run.variant] |= run.status == RunStatus::Completed;
    }
    for subject in open(families) {
        match subject {
            Subject::Variant(v) if !alive[*v] || !alive[sweep.baseline()] => {}
            Subject::Variant(v) => {
                wanted[*v] = true;
                wanted[sweep.baseline()] = true;
            }
            Subject::Axis(_) => {
                sweep.manifest.design().members.iter().for_each(|v| wanted[*v] = true);
            }
        }
    }
    wanted
}

/// What is told now that was not before.
fn told(sweep: &Sweep, before: &[Family], now: &[Family]) -> Vec<(String, &'static str)> {
    let findings = |families| -> Vec<_> {
        let families: &[Family] = families;
        families.iter().flat_map(|f| &f.findings).collect()
    };
    let (before, now) = (findings(before), findings(now));
    let mut out = Vec::new();
    for (i, finding) in now.iter().enumerate() {
        let was = before.get(i);
        let name = match &finding.subject {
            Subject::Variant(v) => &sweep.manifest.variants[*v].name,
            Subject::Axis(axis) => axis,
        };
        if finding.verdict.is_told() && was.is_none_or(|was| !was.verdict.is_told()) {
            out.push((name.clone(), finding.verdict.word()));
        }
        if finding.verdict != Verdict::Equal
            && let Some(end) = finding.end()
            && was.is_none_or(|was| was.is_end_open())
        {
            out.push((format!("{name} from {end} on"), Verdict::Equal.word()));
        }
    }
    out
}
