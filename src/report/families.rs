//! The tests that were declared, each family with its share of the error rate.

use super::conclude::{Raw, Taken, conclude};
use super::finding::{Family, LevelRow, Levels, Subject};
use super::load::Sweep;
use super::metrics::MetricInfo;
use super::reach::{TREND, is_ordered, is_within, tested};
use super::stats::{self, Evidence, GridRun, Histories, Permute, Sampling};
use super::verdict::ALPHA;
use crate::run::Direction;
use crate::spec::{Ask, Design, Question};

/// Answers every question of a sweep, of whose values `finals` has those that may be looked at.
pub(super) fn families(
    sweep: &Sweep,
    metrics: &[MetricInfo],
    primary: Option<usize>,
    finals: &[Vec<Vec<(u64, f64)>>],
    taken: Option<Taken<'_>>,
) -> Vec<Family> {
    let questions = sweep.manifest.questions();
    let alpha = ALPHA / questions.len() as f64;
    let design = sweep.manifest.design();
    let answered = |question: Question| {
        let metric = match &question.metric {
            Some(name) => metrics.iter().position(|m| m.name == *name),
            None => primary,
        };
        let of = |v: usize| -> &[(u64, f64)] {
            metric.and_then(|m| finals[v].get(m)).map_or(&[], Vec::as_slice)
        };
        let name = metric.map_or("", |m| &metrics[m].name);
        let raw: Vec<Raw> = match question.test {
            Ask::Compare => (0..finals.len())
                .filter(|v| *v != sweep.baseline())
                .map(|v| {
                    let name = format!("{}\n{name}", sweep.manifest.variants[v].name);
                    compare(v, of(v), of(sweep.baseline()), &question, &name, taken)
                })
                .collect(),
            Ask::Trend | Ask::Factors => question
                .axes
                .iter()
                .filter_map(|axis| along(&design, axis, &of, &question, name, taken))
                .collect(),
        };
        let direction = metric.map_or(Direction::Neutral, |m| metrics[m].direction);
        let findings = conclude(raw, direction, alpha, taken);
        Family { question, metric, alpha, findings }
    };
    questions.into_iter().map(answered).collect()
}

fn compare(
    variant: usize,
    ours: &[(u64, f64)],
    theirs: &[(u64, f64)],
    question: &Question,
    name: &str,
    taken: Option<Taken<'_>>,
) -> Raw {
    let sampling = Sampling::verdict(name);
    let margin = question.margin;
    let both = |e: stats::Equivalence| e.p.max(e.permutation.p);
    let (x, y) = sides(ours, theirs, question.paired, |_| true);
    let estimate = stats::mean(&x).zip(stats::mean(&y)).map(|(a, b)| a - b);
    let (test, interval, equal) = if question.paired {
        let d: Vec<f64> = x.iter().zip(&y).map(|(a, b)| a - b).collect();
        let equal = margin.and_then(|m| stats::equal_pairs(&x, &y, m, sampling)).map(both);
        (stats::sign_flip(&d, name), stats::student_interval(&d, 0.95), equal)
    } else {
        let equal = margin.and_then(|m| stats::equal_means(&x, &y, m, sampling)).map(both);
        (stats::two_sample(&x, &y, sampling), stats::welch_interval(&x, &y, 0.95), equal)
    };
    let (permute, design) = if question.paired {
        (Permute::WithinBlocks, stats::Design::paired())
    } else {
        (Permute::AllRuns, stats::Design::two_sample())
    };
    let claims = taken.map(|taken| {
        let sampling = Sampling::looks(name);
        let moved = |by: f64| -> Vec<Vec<Vec<f64>>> {
            let stage = |seeds: &&[u64]| {
                let (x, y) = sides(ours, theirs, question.paired, |seed| seeds.contains(&seed));
                vec![x.iter().map(|v| v + by).collect(), y]
            };
            taken.stages.iter().map(stage).collect()
        };
        let different = vec![Evidence::Histories(design.histories(&moved(0.0), sampling))];
        // At the edge of the margin, what was moved by it is like the baseline.
        let equal = margin.map(|m| {
            let side = |by: f64| Histories::one_sided(&moved(by), permute, by > 0.0, sampling);
            vec![Evidence::Histories(side(m)), Evidence::Histories(side(-m))]
        });
        [different].into_iter().chain(equal).collect()
    });
    Raw {
        subject: Subject::Variant(variant),
        estimate,
        interval,
        n: vec![x.len(), y.len()],
        left_out: 0,
        test,
        equal: margin.map(|_| equal.unwrap_or(1.0)),
        values: vec![x, y],
        permute,
        design: Some(design),
        levels: None,
        claims: claims.unwrap_or_default(),
    }
}

/// Values of both sides, of some seeds; paired, of seeds that both have.
fn sides(
    ours: &[(u64, f64)],
    theirs: &[(u64, f64)],
    paired: bool,
    of: impl Fn(u64) -> bool,
) -> (Vec<f64>, Vec<f64>) {
    if paired {
        let other = |seed| theirs.iter().find(|(s, _)| *s == seed).map(|(_, y)| *y);
        let ours = ours.iter().filter(|(seed, _)| of(*seed));
        return ours.filter_map(|(seed, x)| Some((*x, other(*seed)?))).unzip();
    }
    let side =
        |side: &[(u64, f64)]| side.iter().filter(|(seed, _)| of(*seed)).map(|v| v.1).collect();
    (side(ours), side(theirs))
}

/// What one axis does; `None` if the design has no such axis.
fn along<'a>(
    design: &Design,
    name: &str,
    of: &impl Fn(usize) -> &'a [(u64, f64)],
    question: &Question,
    metric: &str,
    taken: Option<Taken<'_>>,
) -> Option<Raw> {
    let at = design.find(name)?;
    let axis = &design.axes[at];
    let levels = design.levels();
    let runs: Vec<GridRun> = design
        .members
        .iter()
        .zip(&levels)
        .flat_map(|(v, on)| {
            let run = |(seed, value): &(u64, f64)| GridRun {
                levels: on.clone(),
                seed: *seed,
                value: *value,
            };
            of(*v).iter().map(run)
        })
        .collect();
    let within = is_within(question, design);
    let valued = |of: &dyn Fn(u64) -> bool| -> (Vec<Vec<f64>>, usize) {
        let runs: Vec<GridRun> = runs.iter().filter(|run| of(run.seed)).cloned().collect();
        if within {
            let blocks = stats::factor_blocks(&runs, at, axis.levels.len());
            return (blocks.levels, blocks.incomplete);
        }
        let on = |l| runs.iter().filter(move |run| run.levels[at] == l).map(|run| run.value);
        ((0..axis.levels.len()).map(|l| on(l).collect()).collect(), 0)
    };
    let (values, left_out) = valued(&|_| true);
    let permute = if within { Permute::WithinBlocks } else { Permute::AllRuns };
    let ordered = is_ordered(question, design, at);
    let tested = tested(question, design, at);
    let name = format!("{name}\n{metric}");
    let sampling = Sampling::verdict(&name);
    let test = tested.test(&values, sampling);
    let line = stats::line(&values, permute, 0.95).filter(|_| ordered);
    let steps = (test.is_some() && ordered)
        .then(|| stats::gained_beyond(&values, permute, TREND, sampling))
        .flatten()
        .unwrap_or_default();
    let equal = question.margin.and_then(|m| stats::equal_from(&values, permute, m));
    let claims = taken.map(|taken| {
        let stage = |seeds: &&[u64]| valued(&|seed| seeds.contains(&seed)).0;
        let stages: Vec<Vec<Vec<f64>>> = taken.stages.iter().map(stage).collect();
        let histories = tested.histories(&stages, Sampling::looks(&name));
        let different = vec![Evidence::Histories(histories)];
        // Equality of levels is by Student's t, which has no histories: each look has its share.
        let equal = question.margin.map(|m| {
            let at = |look: usize| {
                let so_far = taken.stages[..=look].concat();
                let values = valued(&|seed| so_far.contains(&seed)).0;
                stats::equal_from(&values, permute, m).map_or(1.0, |p| p[0])
            };
            vec![Evidence::Each((0..taken.stages.len()).map(at).collect())]
        });
        [different].into_iter().chain(equal).collect()
    });
    let intervals = stats::level_intervals(&values, permute, 0.95);
    let rows = axis.levels.iter().enumerate().map(|(l, value)| LevelRow {
        value: value.clone(),
        mean: stats::mean(&values[l]),
        interval: intervals.as_ref().map(|i| i[l]),
        values: values[l].clone(),
    });
    let rows = rows.collect();
    let levels = Levels { ordered, rows, no_change_seen_from: None, equal_from: None };
    Some(Raw {
        subject: Subject::Axis(axis.name().to_owned()),
        estimate: line
            .map(|line| line.change)
            .or_else(|| Some(stats::mean(values.last()?)? - stats::mean(values.first()?)?))
            .filter(|_| ordered),
        interval: line.map(|line| line.interval),
        n: values.iter().map(Vec::len).collect(),
        left_out,
        test,
        equal: question.margin.map(|_| equal.as_ref().map_or(1.0, |p| p[0])),
        values,
        permute,
        design: Some(tested),
        levels: Some((levels, steps, equal.unwrap_or_default())),
        claims: claims.unwrap_or_default(),
    })
}
