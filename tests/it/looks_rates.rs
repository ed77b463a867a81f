//! How often sweeps that are looked at err, what they find and what they cost, by simulation.
//! `just looks-rates` writes `docs/proofs/adaptive.md`; the tests hold a short form.

use std::fmt::Write as _;

use cgan_sweep::report::stats::{
    Claim, Design, Evidence, Factor, Histories, Permute, Sampling, TrendStatistic, decide,
};
use cgan_sweep::spec::spent_at;
use rand_chacha::ChaCha8Rng;

use crate::error_rates::{ALPHA, Shape, levels, rates_by_shape, share};

/// Seeds at the looks of a sweep.
type Looks = &'static [usize];

/// Two to six looks.
const LOOKS: [Looks; 4] = [&[6, 12], &[4, 8, 12], &[4, 6, 8, 10, 12], &[5, 6, 7, 8, 10, 12]];

fn sampling() -> Sampling<'static> {
    Sampling { draws: 999, ..Sampling::looks("") }
}

fn spent(looks: Looks) -> Vec<f64> {
    looks.iter().map(|n| spent_at(*n, looks[looks.len() - 1])).collect()
}

/// What is looked at.
#[derive(Clone, Copy)]
enum Tested {
    /// So many variants against a baseline, paired or not.
    Compare(usize, bool),
    /// As `Compare`, unpaired, with a margin of 2 by which every other variant is off.
    Margin(usize),
    /// A trend over so many levels.
    Trend(usize),
    /// One of so many axes of a grid, of three levels without an order and two cells.
    Factors(usize),
}

impl Tested {
    fn name(self) -> String {
        match self {
            Self::Compare(m, false) => format!("compare, {m}"),
            Self::Compare(m, true) => format!("compare paired, {m}"),
            Self::Margin(m) => format!("different or equal, every other off by the margin, {m}"),
            Self::Trend(levels) => format!("trend of {levels} levels"),
            Self::Factors(m) => format!("factors, {m}"),
        }
    }

    /// Stages of values `[stage][level][run]`, a set a comparison.
    fn draw(
        self,
        rng: &mut ChaCha8Rng,
        looks: Looks,
        shape: Shape,
        r: f64,
        effect: f64,
    ) -> Vec<Vec<Vec<Vec<f64>>>> {
        let n = looks[looks.len() - 1];
        let cut = |values: &[Vec<f64>], cells: usize| -> Vec<Vec<Vec<f64>>> {
            let starts = [0].into_iter().chain(looks.iter().copied());
            let stage = |(from, to): (usize, &usize)| {
                values.iter().map(|v| v[from * cells..to * cells].to_vec()).collect()
            };
            starts.zip(looks).map(stage).collect()
        };
        match self {
            Self::Compare(m, _) | Self::Margin(m) => {
                let values = levels(rng, (m + 1, n, 1), shape, r);
                let off = |i: usize| {
                    if matches!(self, Self::Margin(_)) && i % 2 == 1 { 2.0 } else { effect }
                };
                let pair = |i: usize| -> Vec<Vec<f64>> {
                    let x = values[i + 1].iter().map(|v| v + off(i)).collect();
                    vec![x, values[0].clone()]
                };
                (0..m).map(|i| cut(&pair(i), 1)).collect()
            }
            Self::Trend(k) => {
                let mut values = levels(rng, (k, n, 1), shape, r);
                for (l, values) in values.iter_mut().enumerate() {
                    values.iter_mut().for_each(|v| *v += effect * l as f64 / (k - 1) as f64);
                }
                vec![cut(&values, 1)]
            }
            Self::Factors(m) => (0..m).map(|_| cut(&levels(rng, (3, n, 2), shape, r), 2)).collect(),
        }
    }

    fn claims(self, stages: &[Vec<Vec<f64>>]) -> Vec<Claim> {
        let design = match self {
            Self::Compare(_, true) => Design::paired(),
            Self::Compare(_, false) | Self::Margin(_) => Design::two_sample(),
            Self::Trend(k) => Design::trend(k, Permute::WithinBlocks, TrendStatistic::Isotonic),
            Self::Factors(_) => Design::factor(3, Factor::Unordered, 2),
        };
        let mut claims = vec![vec![Evidence::Histories(design.histories(stages, sampling()))]];
        if matches!(self, Self::Margin(_)) {
            let side = |by: f64| {
                let mut moved = stages.to_vec();
                moved.iter_mut().for_each(|stage| stage[0].iter_mut().for_each(|v| *v += by));
                Evidence::Histories(Histories::one_sided(
                    &moved,
                    Permute::AllRuns,
                    by > 0.0,
                    sampling(),
                ))
            };
            claims.push(vec![side(2.0), side(-2.0)]);
        }
        claims
    }

    /// The look at which each claim of each comparison is made.
    fn decided(
        self,
        rng: &mut ChaCha8Rng,
        looks: Looks,
        shape: Shape,
        r: f64,
        effect: f64,
    ) -> Vec<Vec<Option<usize>>> {
        let drawn = self.draw(rng, looks, shape, r, effect);
        let claims: Vec<Vec<Claim>> = drawn.iter().map(|stages| self.claims(stages)).collect();
        decide(&claims, &spent(looks), ALPHA)
    }

    /// Whether a sweep errs in which nothing differs, but for what is off by the margin.
    fn errs(self, rng: &mut ChaCha8Rng, looks: Looks, shape: Shape, r: f64) -> bool {
        let decided = self.decided(rng, looks, shape, r, 0.0);
        let wrong = |i: usize| usize::from(matches!(self, Self::Margin(_)) && i % 2 == 1);
        decided.iter().enumerate().any(|(i, claims)| claims[wrong(i)].is_some())
    }
}

const TESTED: [Tested; 10] = [
    Tested::Compare(1, false),
    Tested::Compare(4, false),
    Tested::Compare(9, false),
    Tested::Compare(1, true),
    Tested::Compare(4, true),
    Tested::Margin(1),
    Tested::Margin(4),
    Tested::Margin(9),
    Tested::Trend(4),
    Tested::Factors(4),
];

/// The short form.
#[test]
fn sweeps_that_are_looked_at_err_in_no_more_than_five_percent() {
    let sweeps = 120;
    // Four standard errors: the long form is held to two.
    let limit = ALPHA + 4.0 * (ALPHA * (1.0 - ALPHA) / f64::from(sweeps)).sqrt();
    for tested in
        [Tested::Compare(1, false), Tested::Compare(4, true), Tested::Margin(2), Tested::Trend(4)]
    {
        for looks in [LOOKS[1], LOOKS[3]] {
            let name = format!("short {} {looks:?}", tested.name());
            let rate = share(&name, u64::from(sweeps as u32), |g| {
                tested.errs(g, looks, Shape::Normal, 0.0)
            });
            assert!(rate <= limit, "{name}: {rate}");
        }
    }
}

/// Whether looks find nearly what the fixed design finds, with fewer seeds: the short form.
#[test]
fn looks_cost_little_power_and_save_seeds() {
    let one = Tested::Compare(1, false);
    let (found, seeds) = found(one, LOOKS[2], 2.0, 200);
    let (fixed, _) = self::found(one, &[12], 2.0, 200);
    assert!(found > fixed - 0.05, "{found} of {fixed}");
    assert!(seeds < 0.65 * 12.0, "{seeds}");
}

/// Share of sweeps that find an effect, and the mean of the seeds they take.
fn found(tested: Tested, looks: Looks, effect: f64, sweeps: u64) -> (f64, f64) {
    let total = std::sync::atomic::AtomicUsize::new(0);
    let rate = share(&format!("{} {looks:?} {effect}", tested.name()), sweeps, |g| {
        let told = tested.decided(g, looks, Shape::Normal, 0.0, effect)[0][0];
        let seeds = looks[told.unwrap_or(looks.len() - 1)];
        total.fetch_add(seeds, std::sync::atomic::Ordering::Relaxed);
        told.is_some()
    });
    (rate, total.into_inner() as f64 / sweeps as f64)
}

/// `4, 8, 12`.
fn at(looks: Looks) -> String {
    let at: Vec<String> = looks.iter().map(ToString::to_string).collect();
    at.join(", ")
}

fn error_rates(sweeps: u64) -> String {
    let mut out = String::from(
        "| test, comparisons | looks at | correlation | normal | skewed | heavy tails | first a third of the spread | three times |\n|---|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for tested in TESTED {
        for looks in LOOKS {
            for r in [0.0, 0.5] {
                let _ = write!(out, "| {} | {} | {r} |", tested.name(), at(looks));
                let name = |shape| format!("{} {looks:?} {shape:?} {r}", tested.name());
                let errs = |g: &mut ChaCha8Rng, shape| tested.errs(g, looks, shape, r);
                let _ = writeln!(out, "{}", rates_by_shape(sweeps, name, errs));
            }
        }
    }
    out
}

fn power(sweeps: u64) -> String {
    let mut out = String::from(
        "| test | effect, SD | looks at | found, % | the fixed 12 find, % | mean seeds | of the fixed, % |\n|---|--:|---|--:|--:|--:|--:|\n",
    );
    for tested in [Tested::Compare(1, false), Tested::Compare(1, true), Tested::Trend(4)] {
        for effect in [1.0, 1.5, 2.0, 3.0] {
            let (fixed, _) = found(tested, &[12], effect, sweeps);
            for looks in LOOKS {
                let (rate, seeds) = found(tested, looks, effect, sweeps);
                let _ = writeln!(
                    out,
                    "| {} | {effect} | {} | {:.1} | {:.1} | {seeds:.1} | {:.0} |",
                    tested.name(),
                    at(looks),
                    100.0 * rate,
                    100.0 * fixed,
                    100.0 * seeds / 12.0
                );
            }
        }
    }
    out
}

/// All tables, as Markdown; written where `CGAN_PROOF` says.
#[test]
#[ignore = "takes minutes: just looks-rates"]
fn looks_as_tables() {
    let sweeps = std::env::var("CGAN_SWEEPS").ok().map_or(500, |text| text.parse::<u64>().unwrap());
    let limit = 100.0 * (ALPHA + 2.0 * (ALPHA * (1.0 - ALPHA) / sweeps as f64).sqrt());
    let page = format!(
        "# Seeds until it is answered: error rates, power, cost\n\nBy simulation, with fixed seeds: \
         `just looks-rates` makes this page again \
         ([tests/it/looks_rates.rs](../../tests/it/looks_rates.rs)); {sweeps} sweeps a cell, 999 histories \
         a test (a verdict has 19,999). How it works: [adaptive.md](../design/adaptive.md).\n\n## Sweeps that \
         err over all looks and comparisons, %\n\nNothing differs, but for variants that are off by just the \
         margin; bold is above 5 % and two standard errors of the simulation ({limit:.1} %). Words as in \
         [error_rates.md](error_rates.md).\n\n{}\n## What is found, and with how many seeds\n\nNormal \
         values, independent; one comparison, or a straight trend. The fixed design has 12 seeds. {} sweeps \
         a cell.\n\n{}",
        error_rates(sweeps),
        10 * sweeps,
        power(10 * sweeps),
    );
    match std::env::var_os("CGAN_PROOF") {
        Some(path) => std::fs::write(path, page).unwrap(),
        None => panic!("{page}"),
    }
}
