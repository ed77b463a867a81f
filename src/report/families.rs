//! The tests that were declared, each family with its share of the error rate.

use super::load::Sweep;
use super::metrics::MetricInfo;
use super::reach::{TREND, is_ordered, is_within, tested};
use super::stats::{
    self, Claim, Evidence, GridRun, Histories, Interval, PermutationTest, Permute, Sampling,
};
use super::verdict::{ALPHA, Verdict};
use crate::run::Direction;
use crate::spec::{Ask, Design, Question};

/// One question and its answers.
#[derive(Clone, Debug)]
pub struct Family {
    /// What was asked.
    pub question: Question,
    /// Index of the metric in [`Analysis::metrics`](super::Analysis::metrics); none if no run has it.
    pub metric: Option<usize>,
    /// The chance that some finding of it is one of chance alone: 5 % over the number of families.
    pub alpha: f64,
    /// One a comparison or axis.
    pub findings: Vec<Finding>,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A variant, against the baseline; its index.
    Variant(usize),
    /// An axis by its name, its levels beside each other.
    Axis(String),
}

/// The answer to one comparison, or about one axis.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// Variant minus baseline, or the change from the first level to the last along the straight
    /// line through them; none without values, or an order of the levels.
    pub estimate: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Values on each side, or at each level.
    pub n: Vec<usize>,
    /// Blocks that lacked a level and were left out.
    pub left_out: usize,
    /// The permutation test; of p 1 where nothing could be tested.
    pub test: PermutationTest,
    /// Its p after the correction over the family: Holm's, or Bonferroni's with a margin.
    pub p_adjusted: f64,
    /// Smallest p after the correction, had every test of the family given its smallest.
    pub smallest_adjusted: f64,
    /// Adjusted p of "equal within the margin", where a margin was declared.
    pub p_equal: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
    /// Where it cannot be told: seeds that would tell with a power of 80 %, if effect and spread
    /// are what was seen; none if more than 100.
    pub seeds_to_tell: Option<usize>,
    /// The levels of an axis.
    pub levels: Option<Levels>,
    /// Of a sweep that is looked at: which look told it, the first being 0.
    pub look: Option<usize>,
}

impl Finding {
    /// Whether more seeds may tell more: nothing is told of it yet, or something is, but not from
    /// which level on nothing is gained.
    pub(super) fn is_open(&self) -> bool {
        !self.verdict.is_told() || self.is_end_open()
    }

    /// Whether it is open from which level on nothing is gained, which a margin asks of every axis
    /// with an order.
    pub(super) fn is_end_open(&self) -> bool {
        let asked = self.p_equal.is_some() && self.verdict != Verdict::Equal;
        let ends = |levels: &Levels| levels.ordered && levels.rows.len() > 2;
        asked && self.levels.as_ref().is_some_and(|l| ends(l) && l.equal_from.is_none())
    }

    /// The level from which on nothing is gained, where that was told.
    pub(super) fn end(&self) -> Option<&str> {
        let levels = self.levels.as_ref()?;
        Some(levels.rows[levels.equal_from?].value.as_str())
    }
}

/// An axis, level by level.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// Whether the levels have an order.
    pub ordered: bool,
    /// Value as text, number of values, mean and its 95 % interval.
    pub rows: Vec<LevelRow>,
    /// Index of the level from which on no change was shown: the levels before it differ from what
    /// follows. None where nothing was shown, or the change goes on to the last level but one.
    pub no_change_seen_from: Option<usize>,
    /// Index of the lowest level from which on all are equal to the last within the margin.
    pub equal_from: Option<usize>,
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelRow {
    /// Its value as TOML.
    pub value: String,
    /// Values that enter the test.
    pub values: Vec<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// 95 % interval of the mean, by the spread that all levels share.
    pub interval: Option<Interval>,
}

/// Everything about a finding that the correction does not change.
struct Raw {
    subject: Subject,
    estimate: Option<f64>,
    interval: Option<Interval>,
    n: Vec<usize>,
    left_out: usize,
    test: Option<PermutationTest>,
    equal: Option<f64>,
    /// The values by side or level, and how they may change places.
    values: Vec<Vec<f64>>,
    permute: Permute,
    design: Option<stats::Design>,
    levels: Option<(Levels, Vec<f64>, Vec<f64>)>,
    /// Different, and equal where a margin was declared, over the looks; empty without looks.
    claims: Vec<Claim>,
}

/// The looks that were taken: the seeds that each added, and the share of the error rate that may
/// have been spent up to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) stages: &'a [&'a [u64]],
    pub(super) spent: &'a [f64],
}

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

/// The correction over the family, and the verdicts. With a margin a finding can be told in two
/// ways, of which only one can be wrong: then both are held by Bonferroni, together.
fn conclude(
    raw: Vec<Raw>,
    direction: Direction,
    alpha: f64,
    taken: Option<Taken<'_>>,
) -> Vec<Finding> {
    let none = PermutationTest { p: 1.0, smallest: 1.0, exact: true };
    let mut tests: Vec<PermutationTest> = raw.iter().map(|r| r.test.unwrap_or(none)).collect();
    let mut raw = raw;
    // Over looks a p is the smallest error rate at which some look would have told.
    if let Some(taken) = taken {
        for (r, test) in raw.iter_mut().zip(&mut tests) {
            let mut p = r.claims.iter().map(|claim| stats::p_over_looks(claim, taken.spent));
            (test.p, test.exact) = (p.next().unwrap_or(1.0), false);
            r.equal = p.next();
        }
    }
    let decided: Option<Vec<Vec<Option<usize>>>> = taken.map(|taken| {
        let claims: Vec<Vec<Claim>> = raw.iter().map(|r| r.claims.clone()).collect();
        stats::decide(&claims, taken.spent, alpha)
    });
    let margin = raw.iter().any(|r| r.equal.is_some());
    let correct = if margin { stats::bonferroni } else { stats::holm };
    let adjusted = correct(&tests.iter().map(|t| t.p).collect::<Vec<_>>());
    let smallest = correct(&tests.iter().map(|t| t.smallest).collect::<Vec<_>>());
    let equal = correct(&raw.iter().map(|r| r.equal.unwrap_or(1.0)).collect::<Vec<_>>());
    // What a lone effect is held against, and what steps within an axis are; these are told by what
    // a look may spend by itself.
    let share = alpha / raw.len().max(1) as f64;
    let of_steps = match taken.map(|taken| taken.spent) {
        None => share,
        Some([.., before, last]) => share * (last - before),
        Some([last]) => share * last,
        Some([]) => 0.0,
    };
    let finding = |(k, r): (usize, Raw)| {
        let told = |claim: usize, p: f64| match &decided {
            None => (p <= alpha, None),
            Some(looks) => {
                let look = looks[k].get(claim).copied().flatten();
                (look.is_some(), look)
            }
        };
        let (is_different, by_different) = told(0, adjusted[k]);
        // What was told and what not is the closed test's to say; a p by itself may be off by a hair.
        let side = |told: bool, p: f64| match &decided {
            None => p,
            Some(_) if told => p.min(alpha),
            Some(_) => p.max(alpha * 1.001).min(1.0),
        };
        let (is_equal, by_equal) =
            if r.equal.is_some() { told(1, equal[k]) } else { (false, None) };
        let p_equal = r.equal.map(|_| side(is_equal, equal[k]));
        let up = r.estimate.unwrap_or(0.0) > 0.0;
        let ordered = r.levels.as_ref().is_none_or(|l| l.0.ordered);
        let verdict = if r.test.is_none() {
            Verdict::NoPairs
        } else if is_equal {
            Verdict::Equal
        } else if is_different {
            match direction {
                _ if !ordered => Verdict::Different,
                Direction::Neutral => Verdict::Different,
                Direction::Higher if up => Verdict::Better,
                Direction::Lower if !up => Verdict::Better,
                _ => Verdict::Worse,
            }
        } else if smallest[k] > alpha {
            Verdict::Underpowered
        } else {
            Verdict::Unclear
        };
        let open = matches!(verdict, Verdict::Unclear | Verdict::Underpowered | Verdict::NoPairs);
        let seeds_to_tell = r.design.filter(|_| open).and_then(|design| {
            let spread = stats::spread(&r.values, r.permute).filter(|s| *s > 0.0);
            match spread.zip(effect(&r, ordered)) {
                Some((spread, effect)) => design.seeds_to_tell(effect / spread, share),
                // Without a spread the fewest that could tell at all.
                None => design.fewest_seeds(share),
            }
        });
        let levels = r.levels.map(|(mut levels, steps, equal)| {
            // A step counts where the axis itself was told. With a margin, equality tells where
            // the change ends: both together would err more often than either.
            let told = is_different && !margin;
            let first = steps.iter().position(|p| *p > of_steps);
            levels.no_change_seen_from = first.filter(|from| told && *from > 0);
            levels.equal_from = equal.iter().position(|p| *p <= of_steps);
            levels
        });
        Finding {
            subject: r.subject,
            estimate: r.estimate,
            interval: r.interval,
            n: r.n,
            left_out: r.left_out,
            test: tests[k],
            p_adjusted: side(is_different, adjusted[k]),
            smallest_adjusted: smallest[k],
            p_equal,
            verdict,
            seeds_to_tell,
            levels,
            look: if is_equal { by_equal } else { by_different },
        }
    };
    raw.into_iter().enumerate().map(finding).collect()
}

/// The effect that more seeds would have to find: the estimate, or by how much the level farthest
/// from the others is off.
fn effect(raw: &Raw, ordered: bool) -> Option<f64> {
    if ordered {
        return raw.estimate;
    }
    let means: Vec<f64> = raw.values.iter().map(|x| stats::mean(x)).collect::<Option<_>>()?;
    let k = means.len() as f64;
    let sum: f64 = means.iter().sum();
    means.iter().map(|m| (m - (sum - m) / (k - 1.0)).abs()).reduce(f64::max)
}
