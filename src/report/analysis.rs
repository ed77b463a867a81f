//! From a sweep to the numbers a report shows: summaries per variant, comparisons with the
//! baseline, and the one test of the primary metric.

use super::difference::{difference, test};
use super::families::families;
use super::finding::Family;
use super::load::{RunData, Sweep};
use super::looks::{self, Course};
use super::metrics::MetricInfo;
use super::search::{self, SearchCourse};
use super::variant::{Summary, VariantSummary};
use crate::run::RunStatus;
use crate::spec::{Ask, Question};

/// All numbers of a report.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Every metric that some run has, in the order of tables.
    pub metrics: Vec<MetricInfo>,
    /// The one metric that is tested; `None` while no run has completed.
    pub primary: Option<Primary>,
    /// Index of the baseline.
    pub baseline: usize,
    /// One a variant, in the manifest's order.
    pub variants: Vec<VariantSummary>,
    /// The variants that tables show: all, and of a search those of the farthest rung.
    pub shown: Vec<usize>,
    /// What was asked, with its answers; the first is the one that a report opens with.
    pub families: Vec<Family>,
    /// Of a sweep that is looked at: the looks that were taken, and what is still needed.
    pub course: Option<Course>,
    /// Of a search: the rungs that have ended, and what is still needed.
    pub search: Option<SearchCourse>,
    /// What real images score against real images, one a metric: the floor, or the ceiling.
    pub real: Vec<Option<f64>>,
}

/// The metric the answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Primary {
    /// Index in [`Analysis::metrics`].
    pub metric: usize,
    /// Why it is this one.
    pub choice: Choice,
}

/// Where the primary metric comes from. Never from the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The experiment file names it.
    Named,
    /// The file names none, and the runs have a FID.
    Default,
    /// There is no score at all: a loss stands in, which cannot say what is better.
    StandIn,
}

/// Computes everything from the loaded records.
pub fn analyse(sweep: &Sweep) -> Analysis {
    let metrics = super::metrics::present(sweep);
    let questions = sweep.manifest.questions();
    let primary = choose_primary(sweep, &questions, &metrics);
    // Differences are looked at as they are tested; without such a test, as independent runs.
    let paired = questions.iter().find(|q| q.test == Ask::Compare).is_some_and(|q| q.paired);
    let baseline = sweep.baseline();
    let search = search::course(sweep, &metrics);
    let (course, mut families) = match looks::course(sweep, &metrics, primary.map(|p| p.metric)) {
        Some((course, families)) => (Some(course), families),
        // A search tests nothing.
        None if search.is_some() => (None, Vec::new()),
        None => {
            let finals = looks::values(sweep, &metrics, &vec![true; sweep.runs.len()]);
            (None, families(sweep, &metrics, primary.map(|p| p.metric), &finals, None))
        }
    };
    let needed = needed(course.as_ref(), search.as_ref());
    let mut variants: Vec<VariantSummary> =
        (0..sweep.manifest.variants.len()).map(|v| summarise(sweep, &metrics, v, needed)).collect();
    let reference = variants[baseline].finals.clone();
    for (index, variant) in variants.iter_mut().enumerate() {
        // Variants of a search have not the same length.
        if index == baseline || search.is_some() {
            continue;
        }
        variant.differences = (variant.finals.iter().zip(&reference).zip(&metrics))
            .map(|((a, b), _)| difference(a, b, paired))
            .collect();
    }
    families.sort_by_key(|family| !family.question.primary);
    if let Some(primary) = primary {
        test(&mut variants, &reference, &families, primary.metric, &metrics[primary.metric]);
    }
    let shown = search::shown(sweep);
    let scored = sweep.runs.iter().find_map(|r| r.scores.as_ref());
    let real_score = |metric: &MetricInfo| {
        scored?.real_vs_real.iter().find(|s| s.name == metric.name)?.value.number()
    };
    let real = metrics.iter().map(real_score).collect();
    Analysis { metrics, primary, baseline, variants, shown, families, course, search, real }
}

fn needed<'a>(course: Option<&'a Course>, search: Option<&'a SearchCourse>) -> Option<&'a [bool]> {
    course.map(|course| &*course.needed).or_else(|| search.map(|search| &*search.needed))
}

/// Names the random stream of a bootstrap.
fn key(variant: &str, metric: &str) -> String {
    format!("{variant}\n{metric}")
}

fn choose_primary(
    sweep: &Sweep,
    questions: &[Question],
    metrics: &[MetricInfo],
) -> Option<Primary> {
    let find = |name: &str| metrics.iter().position(|m| m.name == name);
    let with = |choice| move |metric| Primary { metric, choice };
    let asked = questions.iter().find(|q| q.primary).and_then(|q| q.metric.as_ref());
    match asked.or(sweep.manifest.primary_metric.as_ref()) {
        Some(name) => find(name).map(with(Choice::Named)),
        None => find("fid")
            .map(with(Choice::Default))
            .or_else(|| metrics.iter().rposition(|m| m.of_steps).map(with(Choice::StandIn))),
    }
}

fn summarise(
    sweep: &Sweep,
    metrics: &[MetricInfo],
    index: usize,
    needed: Option<&[bool]>,
) -> VariantSummary {
    let name = sweep.manifest.variants[index].name.clone();
    let mut counts = [0; RunStatus::OF_RECORDS.len()];
    for (place, run) in sweep.runs.iter().enumerate().filter(|(_, run)| run.variant == index) {
        // A run that no look or rung has needed is none that is missing.
        let is_needed = needed.is_none_or(|needed| needed[place]);
        if !is_needed && run.status == RunStatus::NotStarted {
            continue;
        }
        if let Some(index) = RunStatus::OF_RECORDS.iter().position(|s| *s == run.status) {
            counts[index] += 1;
        }
    }
    let finals = metrics
        .iter()
        .map(|metric| {
            let value = |run: &RunData| run.final_value(&metric.name).map(|v| (run.record.seed, v));
            let values = sweep.runs_of(index).filter_map(value).collect();
            Summary::new(values, &key(&name, &metric.name))
        })
        .collect();
    VariantSummary {
        planned: counts.iter().sum(),
        name,
        counts,
        finals,
        differences: Vec::new(),
        test: None,
    }
}

impl Analysis {
    /// Runs of the plan in this state.
    pub fn total(&self, state: RunStatus) -> usize {
        self.variants.iter().map(|v| v.count(state)).sum()
    }

    /// Whether some run may still come: what is said now may change.
    pub fn is_provisional(&self) -> bool {
        self.total(RunStatus::NotStarted) + self.total(RunStatus::Interrupted) > 0
            || self.rounds().is_some_and(|(_, done)| !done)
    }

    /// The runs that are needed, or were begun all the same.
    pub fn wanted<'a>(&'a self, sweep: &'a Sweep) -> impl Iterator<Item = &'a RunData> {
        let needed = move |place: usize| self.needed().is_none_or(|needed| needed[place]);
        let runs = sweep.runs.iter().enumerate();
        runs.filter(move |(place, run)| needed(*place) || run.status != RunStatus::NotStarted)
            .map(|(_, run)| run)
    }

    /// Of a sweep that goes by rounds: how many were decided, and whether that was the last.
    pub fn rounds(&self) -> Option<(usize, bool)> {
        let looks = self.course.as_ref().map(|course| (course.taken.len(), course.done));
        looks.or_else(|| self.search.as_ref().map(|search| (search.rungs.len(), search.done)))
    }

    /// Of a sweep that goes by rounds: whether each run of the plan is needed, as far as is known.
    pub fn needed(&self) -> Option<&[bool]> {
        needed(self.course.as_ref(), self.search.as_ref())
    }

    /// Of so many seeds, those of the last look that was taken; all where none are.
    pub(super) fn seeds(&self, all: usize) -> usize {
        self.course.as_ref().and_then(|course| course.taken.last()).map_or(all, |look| look.seeds)
    }

    /// Runs of the plan.
    pub fn planned(&self) -> usize {
        self.variants.iter().map(|v| v.planned).sum()
    }

    /// How differences are looked at, in a sentence or two.
    pub(super) fn method_of_differences(&self) -> String {
        match self.compared() {
            None if self.search.is_some() => "A search tests nothing.".into(),
            None => "Exploratory, without p: it is not what was asked.".into(),
            Some(family) => {
                let test = if family.question.paired {
                    "Paired by seed; p: two-sided sign-flip permutation test"
                } else {
                    "Independent runs; p: two-sided two-sample permutation test"
                };
                let comparisons = crate::text::count(family.findings.len(), "comparison");
                let by = if family.question.margin.is_some() { "Bonferroni" } else { "Holm" };
                format!("{test}, {by}-adjusted over {comparisons}.")
            }
        }
    }

    /// What the effect size of a variant against the baseline is called, and what it is.
    pub(super) fn effect(&self) -> (&'static str, &'static str) {
        if self.compared().is_some_and(|family| family.question.paired) {
            ("d_z", "the mean of the pairs' differences over their standard deviation")
        } else {
            ("d", "the difference of the means over the pooled standard deviation (Cohen's)")
        }
    }

    /// The family that compares variants in the primary metric.
    pub fn compared(&self) -> Option<&Family> {
        let metric = self.primary?.metric;
        let asked = |f: &&Family| f.question.test == Ask::Compare && f.metric == Some(metric);
        self.families.iter().find(asked)
    }

    /// The primary metric's description.
    pub fn primary_info(&self) -> Option<&MetricInfo> {
        self.primary.map(|p| &self.metrics[p.metric])
    }
}
