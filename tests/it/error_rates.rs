//! How often the tests err when nothing differs, what intervals cover, and what is found: by
//! simulation. `just error-rates` writes `docs/proofs/error_rates.md`; the tests hold a short form.

use std::fmt::Write as _;

use cgan_sweep::report::stats::{
    self, Design, Factor, Permute, Sampling, TrendStatistic, TrendStatistic::*,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Exp1, StandardNormal, StudentT};
use rayon::prelude::*;

pub(crate) const ALPHA: f64 = 0.05;

/// What a run's value is drawn from: mean 0, standard deviation 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    Normal,
    /// Exponential.
    Skewed,
    /// Student's t with three degrees of freedom.
    Heavy,
    /// Normal; the first level (the baseline) has a third of the others' spread.
    Narrow,
    /// Normal; the first level (the baseline) has three times the others' spread.
    Wide,
}

pub(crate) const SHAPES: [Shape; 5] =
    [Shape::Normal, Shape::Skewed, Shape::Heavy, Shape::Narrow, Shape::Wide];

fn draw(rng: &mut ChaCha8Rng, shape: Shape) -> f64 {
    match shape {
        Shape::Skewed => rng.sample::<f64, _>(Exp1) - 1.0,
        Shape::Heavy => rng.sample(StudentT::new(3.0).unwrap()) / 3f64.sqrt(),
        _ => rng.sample(StandardNormal),
    }
}

/// `[level][seed · cells]`: values of so many levels, runs of one seed correlated. Cells of a seed
/// add something of their own.
pub(crate) fn levels(
    rng: &mut ChaCha8Rng,
    (count, seeds, cells): (usize, usize, usize),
    shape: Shape,
    correlation: f64,
) -> Vec<Vec<f64>> {
    let mut values = vec![Vec::with_capacity(seeds * cells); count];
    for _ in 0..seeds {
        let shared = draw(rng, shape) * correlation.sqrt();
        for cell in 0..cells {
            for (level, values) in values.iter_mut().enumerate() {
                let spread = match shape {
                    Shape::Narrow if level == 0 => 1.0 / 3.0,
                    Shape::Wide if level == 0 => 3.0,
                    _ => 1.0,
                };
                let own = draw(rng, shape) * (1.0 - correlation).sqrt();
                values.push(shared + spread * own + cell as f64);
            }
        }
    }
    values
}

/// Share of `sweeps` simulated ones for which something holds.
pub(crate) fn share(
    name: &str,
    sweeps: u64,
    holds: impl Fn(&mut ChaCha8Rng) -> bool + Sync,
) -> f64 {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hits = (0..sweeps)
        .into_par_iter()
        .filter(|i| holds(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_add(*i))))
        .count();
    hits as f64 / sweeps as f64
}

fn simulation() -> Sampling<'static> {
    Sampling::simulation("")
}

/// Whether any of `m` variants is told from a baseline that is like them.
fn compare(rng: &mut ChaCha8Rng, m: usize, n: usize, paired: bool, shape: Shape, r: f64) -> bool {
    let values = levels(rng, (m + 1, n, 1), shape, r);
    let p: Vec<f64> = values[1..].iter().map(|x| p_of(x, &values[0], paired)).collect();
    stats::holm(&p).iter().any(|p| *p <= ALPHA)
}

fn p_of(x: &[f64], y: &[f64], paired: bool) -> f64 {
    if paired {
        let d: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
        return stats::sign_flip(&d, "").unwrap().p;
    }
    stats::two_sample(x, y, simulation()).unwrap().p
}

/// Whether any of `m` questions, which share the error rate, finds an effect that is not there.
fn design(
    rng: &mut ChaCha8Rng,
    m: usize,
    design: Design,
    dims: (usize, usize, usize),
    shape: Shape,
    r: f64,
) -> bool {
    (0..m).any(|_| {
        let values = levels(rng, dims, shape, r);
        design.test(&values, simulation()).unwrap().p <= ALPHA / m as f64
    })
}

/// Whether a variant that is off by just the margin of 2 is called equal.
fn equal(rng: &mut ChaCha8Rng, n: usize, paired: bool, shape: Shape, r: f64) -> bool {
    let values = levels(rng, (2, n, 1), shape, r);
    let x: Vec<f64> = values[1].iter().map(|v| v + 2.0).collect();
    let test = if paired {
        stats::equal_pairs(&x, &values[0], 2.0, simulation())
    } else {
        stats::equal_means(&x, &values[0], 2.0, simulation())
    };
    test.is_some_and(|e| e.p.max(e.permutation.p) <= ALPHA)
}

/// Whether of `m` variants, every other one off by just the margin of 2, one that is like the
/// baseline is called different, or one that is off equal. Both claims share the error rate.
fn either(rng: &mut ChaCha8Rng, m: usize, n: usize, shape: Shape, r: f64) -> bool {
    let values = levels(rng, (m + 1, n, 1), shape, r);
    let off = |i: usize| i % 2 == 1;
    let (mut different, mut equal) = (Vec::new(), Vec::new());
    for (i, x) in values[1..].iter().enumerate() {
        let x: Vec<f64> = x.iter().map(|v| v + if off(i) { 2.0 } else { 0.0 }).collect();
        different.push(p_of(&x, &values[0], false));
        let test = stats::equal_means(&x, &values[0], 2.0, simulation());
        equal.push(test.map_or(1.0, |e| e.p.max(e.permutation.p)));
    }
    let (different, equal) = (stats::bonferroni(&different), stats::bonferroni(&equal));
    (0..m).any(|i| if off(i) { equal[i] <= ALPHA } else { different[i] <= ALPHA })
}

/// Whether five levels of which the last is off by just the margin are all called equal.
fn equal_levels(rng: &mut ChaCha8Rng, n: usize, shape: Shape, r: f64) -> bool {
    let mut values = levels(rng, (5, n, 1), shape, r);
    values[4].iter_mut().for_each(|v| *v += 2.0);
    let p = stats::equal_from(&values, Permute::WithinBlocks, 2.0);
    p.is_some_and(|p| p.iter().any(|p| *p <= ALPHA))
}

/// Whether a gain is claimed beyond the second of five levels, all of it being before.
fn beyond(rng: &mut ChaCha8Rng, n: usize, statistic: TrendStatistic, shape: Shape, r: f64) -> bool {
    let mut values = levels(rng, (5, n, 1), shape, r);
    values[1..].iter_mut().flatten().for_each(|v| *v += 3.0);
    let steps = stats::gained_beyond(&values, Permute::WithinBlocks, statistic, simulation());
    steps.unwrap()[1] <= ALPHA
}

type Holds = Box<dyn Fn(&mut ChaCha8Rng, Shape, f64) -> bool + Sync>;

/// Every test that is offered, with the number of its comparisons.
fn offered() -> Vec<(String, Holds)> {
    let mut all: Vec<(String, Holds)> = Vec::new();
    let mut add = |name: String, holds: Holds| all.push((name, holds));
    for m in [1, 4, 9] {
        let words = if m == 1 { "1 comparison".to_owned() } else { format!("{m} comparisons") };
        add(
            format!("compare, 6 runs each, {words}"),
            Box::new(move |rng, s, r| compare(rng, m, 6, false, s, r)),
        );
        add(
            format!("compare paired, 10 seeds, {words}"),
            Box::new(move |rng, s, r| compare(rng, m, 10, true, s, r)),
        );
        for (name, statistic) in [("isotonic", Isotonic), ("contrast", Contrast)] {
            for (within, permute) in [("", Permute::WithinBlocks), (" unpaired", Permute::AllRuns)]
            {
                let test = Design::trend(5, permute, statistic);
                add(
                    format!("trend{within}, {name}, 3 seeds × 5 levels, {words}"),
                    Box::new(move |rng, s, r| design(rng, m, test, (5, 3, 1), s, r)),
                );
            }
        }
        for (name, kind, count) in [
            ("two levels", Factor::Ordered(Isotonic), 2),
            ("four in order", Factor::Ordered(Isotonic), 4),
            ("four without order", Factor::Unordered, 4),
        ] {
            let test = Design::factor(count, kind, 4);
            add(
                format!("factor, {name}, 3 seeds × 4 cells, {words}"),
                Box::new(move |rng, s, r| design(rng, m, test, (count, 3, 4), s, r)),
            );
        }
    }
    add(
        "equal, off by the margin, 5 runs each".into(),
        Box::new(|g, s, r| equal(g, 5, false, s, r)),
    );
    add(
        "equal paired, off by the margin, 8 seeds".into(),
        Box::new(|g, s, r| equal(g, 8, true, s, r)),
    );
    for m in [2, 4, 9] {
        add(
            format!("different or equal, half off by the margin, 8 runs each, {m} comparisons"),
            Box::new(move |g, s, r| either(g, m, 8, s, r)),
        );
    }
    add("equal levels, 3 seeds × 5 levels".into(), Box::new(|g, s, r| equal_levels(g, 3, s, r)));
    for (name, statistic) in [("isotonic", Isotonic), ("contrast", Contrast)] {
        add(
            format!("a gain beyond the level where it ends, {name}, 3 seeds × 5 levels"),
            Box::new(move |g, s, r| beyond(g, 3, statistic, s, r)),
        );
    }
    all
}

fn error_rates(sweeps: u64) -> String {
    let mut out = String::from(
        "| test | correlation | normal | skewed | heavy tails | baseline or first level a third of the spread | three times the spread |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, holds) in offered() {
        for r in [0.0, 0.5] {
            let _ = write!(out, "| {name} | {r} |");
            let cells = rates_by_shape(
                sweeps,
                |shape| format!("{name} {shape:?} {r}"),
                |g, shape| holds(g, shape, r),
            );
            let _ = writeln!(out, "{cells}");
        }
    }
    out
}

/// The cells of a row of error rates, in percent: bold above 5 % and two standard errors.
pub(crate) fn rates_by_shape(
    sweeps: u64,
    name: impl Fn(Shape) -> String,
    errs: impl Fn(&mut ChaCha8Rng, Shape) -> bool + Sync,
) -> String {
    let limit = ALPHA + 2.0 * (ALPHA * (1.0 - ALPHA) / sweeps as f64).sqrt();
    let cell = |shape| {
        let rate = share(&name(shape), sweeps, |g| errs(g, shape));
        let mark = if rate > limit { "**" } else { "" };
        format!(" {mark}{:.1}{mark} |", 100.0 * rate)
    };
    SHAPES.into_iter().map(cell).collect()
}

/// Percent of samples whose interval covers the mean.
fn coverage(samples: u64) -> String {
    let mut out = String::from(
        "| n | Student, normal | Student, skewed | Student, heavy tails | Welch, normal, spreads 1 and 3 | BCa, normal | BCa, skewed |\n|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let covers = |i: Option<stats::Interval>| i.is_some_and(|i| i.low <= 0.0 && 0.0 <= i.high);
    for n in (2..=20).chain([30, 50]) {
        let _ = write!(out, "| {n} |");
        let sample = |g: &mut ChaCha8Rng, s| (0..n).map(|_| draw(g, s)).collect::<Vec<f64>>();
        for shape in [Shape::Normal, Shape::Skewed, Shape::Heavy] {
            let rate = share(&format!("student {n} {shape:?}"), samples, |g| {
                covers(stats::student_interval(&sample(g, shape), 0.95))
            });
            let _ = write!(out, " {:.1} |", 100.0 * rate);
        }
        let rate = share(&format!("welch {n}"), samples, |g| {
            let wide: Vec<f64> = sample(g, Shape::Normal).iter().map(|v| 3.0 * v).collect();
            covers(stats::welch_interval(&wide, &sample(g, Shape::Normal), 0.95))
        });
        let _ = write!(out, " {:.1} |", 100.0 * rate);
        let fewer = if n > 7 { samples / 10 } else { samples };
        for shape in [Shape::Normal, Shape::Skewed] {
            let rate = share(&format!("bca {n} {shape:?}"), fewer, |g| {
                covers(stats::mean_interval(&sample(g, shape), "bca"))
            });
            let _ = write!(out, " {:.1} |", 100.0 * rate);
        }
        out.push('\n');
    }
    out
}

/// Percent of sweeps in which an effect is found.
fn power(sweeps: u64) -> String {
    let mut out = String::from(
        "| one comparison, normal | correlation | 1 SD | 2 SD | 3 SD |\n|---|--:|--:|--:|--:|\n",
    );
    for n in [3, 4, 5, 6, 8, 10] {
        for (name, paired) in [("two-sample", false), ("sign-flip (the test until now)", true)] {
            for r in [0.0, 0.5] {
                let _ = write!(out, "| {name}, {n} seeds | {r} |");
                for effect in [1.0, 2.0, 3.0] {
                    let rate = share(&format!("power {name} {n} {r} {effect}"), sweeps, |g| {
                        let values = levels(g, (2, n, 1), Shape::Normal, r);
                        let x: Vec<f64> = values[1].iter().map(|v| v + effect).collect();
                        p_of(&x, &values[0], paired) <= ALPHA
                    });
                    let _ = write!(out, " {:.0} |", 100.0 * rate);
                }
                out.push('\n');
            }
        }
    }
    out.push_str("\n| 3 seeds × 5 levels, normal, within seeds | statistic | 1 SD | 2 SD | 3 SD |\n|---|---|--:|--:|--:|\n");
    let shapes: [(&str, [f64; 5]); 5] = [
        ("a straight line", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("all between the first two levels", [0.0, 1.0, 1.0, 1.0, 1.0]),
        ("all between the last two", [0.0, 0.0, 0.0, 0.0, 1.0]),
        ("in the middle", [0.0, 0.0, 0.5, 1.0, 1.0]),
        ("less and less", [0.0, 0.5, 0.75, 0.875, 1.0]),
    ];
    for (name, curve) in shapes {
        for (word, statistic) in [("isotonic", Isotonic), ("contrast", Contrast)] {
            let _ = write!(out, "| {name} | {word} |");
            for effect in [1.0, 2.0, 3.0] {
                let rate = share(&format!("trend {name} {effect}"), sweeps, |g| {
                    let mut values = levels(g, (5, 3, 1), Shape::Normal, 0.0);
                    for (level, height) in values.iter_mut().zip(curve) {
                        level.iter_mut().for_each(|v| *v += effect * height);
                    }
                    let test = Design::trend(5, Permute::WithinBlocks, statistic);
                    test.test(&values, simulation()).unwrap().p <= ALPHA
                });
                let _ = write!(out, " {:.0} |", 100.0 * rate);
            }
            out.push('\n');
        }
    }
    out
}

/// The short form: where the null is as a test takes it to be, it errs in 5 % of sweeps at most.
#[test]
fn tests_err_in_no_more_than_five_percent() {
    let sweeps = 150;
    // Four standard errors: the long form is held to two.
    let limit = ALPHA + 4.0 * (ALPHA * (1.0 - ALPHA) / sweeps as f64).sqrt();
    for (name, holds) in offered() {
        for r in [0.0, 0.5] {
            let rate = share(&format!("{name} {r}"), sweeps, |g| holds(g, Shape::Normal, r));
            assert!(rate <= limit, "{name}, correlation {r}: {rate}");
        }
    }
}

#[test]
fn intervals_cover_what_they_say_for_normal_values() {
    for n in 2..=20 {
        let covered = share(&format!("short {n}"), 4_000, |g| {
            let x: Vec<f64> = (0..n).map(|_| draw(g, Shape::Normal)).collect();
            let i = stats::interval_of_mean(&x, "").unwrap();
            i.low <= 0.0 && 0.0 <= i.high
        });
        // Four standard errors are 1.4 points.
        assert!((covered - 0.95).abs() < 0.014, "n {n}: {covered}");
    }
}

/// All tables, as Markdown; written where `CGAN_PROOF` says.
#[test]
#[ignore = "takes minutes: just error-rates"]
fn error_rates_as_tables() {
    let count = |name: &str, or: u64| -> u64 {
        std::env::var(name).ok().map_or(or, |text| text.parse().unwrap())
    };
    let sweeps = count("CGAN_SWEEPS", 2_000);
    let limit = 100.0 * (ALPHA + 2.0 * (ALPHA * (1.0 - ALPHA) / sweeps as f64).sqrt());
    let page = format!(
        "# Error rates, coverage, power\n\nBy simulation, with fixed seeds: `just error-rates` makes \
         this page again ([tests/it/error_rates.rs](../../tests/it/error_rates.rs)). What follows from \
         it stands in [statistics.md](../design/statistics.md).\n\n## Sweeps that err, %\n\nOf \
         {sweeps} sweeps a cell in which nothing differs; bold is above 5 % and two standard errors \
         of the simulation ({limit:.1} %). Several comparisons share one baseline; several trends or \
         factors share the error rate equally. Skewed is exponential, heavy tails are Student's t with \
         three degrees of freedom. Correlation is that of two runs of one seed.\n\n{}\n## Intervals \
         that cover, %\n\nNominally 95; of {} samples a cell, BCa from n = 8 on of a tenth.\n\n{}\n## \
         Effects that are found, %\n\nOf {sweeps} sweeps a cell.\n\n{}",
        error_rates(sweeps),
        10 * sweeps,
        coverage(10 * sweeps),
        power(sweeps),
    );
    match std::env::var_os("CGAN_PROOF") {
        Some(path) => std::fs::write(path, page).unwrap(),
        None => panic!("{page}"),
    }
}
