//! Successive halving against random search at equal cost, replayed on a table of real trainings:
//! `just search-rates` writes `docs/proofs/search.md`; the test holds a short form.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cgan_sweep::report::ranked;
use cgan_sweep::run::Direction;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::durable::lab::proof;

/// KID after each epoch, by variant and seed: `tests/data/README.md` says of what.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/search_table.csv");

/// How a search is laid out: variants that enter each rung, and the epochs there.
struct Layout {
    enter: &'static [usize],
    epochs: &'static [usize],
}

const LAYOUTS: [Layout; 3] = [
    Layout { enter: &[27, 9, 3], epochs: &[1, 3, 9] },
    Layout { enter: &[18, 6, 2], epochs: &[2, 4, 9] },
    Layout { enter: &[24, 8], epochs: &[3, 9] },
];

impl Layout {
    /// Epochs that are trained, each rung going on from the one before.
    fn cost(&self) -> usize {
        let before = [0].iter().chain(self.epochs);
        let added = self.epochs.iter().zip(before).map(|(epochs, before)| epochs - before);
        self.enter.iter().zip(added).map(|(enter, added)| enter * added).sum()
    }
}

/// `[variant][seed][epoch]`.
fn table() -> Vec<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(TABLE).unwrap();
    let mut variants: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut cells = line.split(',');
        let variant = cells.next().unwrap();
        let curve = cells.skip(1).map(|cell| cell.parse().unwrap()).collect();
        variants.entry(variant).or_default().push(curve);
    }
    variants.into_values().filter(|seeds| seeds.len() == 2).collect()
}

/// What the best of some variants has after its last epoch with a seed that nobody looked at.
struct Chosen {
    search: f64,
    random: f64,
    /// The best that could have been chosen among all that the search looked at.
    best: f64,
}

fn once(table: &[Vec<Vec<f64>>], layout: &Layout, rng: &mut ChaCha8Rng) -> Chosen {
    let mut drawn: Vec<usize> = (0..table.len()).collect();
    drawn.shuffle(rng);
    let seed = rand::Rng::random_range(rng, 0..2);
    let length = *layout.epochs.last().unwrap();
    let at = |variant: usize, seed: usize, epochs: usize| table[variant][seed][epochs - 1];
    let first_of = |variants: &[usize], epochs: usize, keep: usize| -> Vec<usize> {
        let means: Vec<Option<f64>> = variants.iter().map(|v| Some(at(*v, seed, epochs))).collect();
        let order = ranked(Direction::Lower, &means);
        order.into_iter().take(keep).map(|place| variants[place]).collect()
    };
    let entered = drawn[..layout.enter[0]].to_vec();
    let mut left = entered.clone();
    for (rung, epochs) in layout.epochs.iter().enumerate() {
        let keep = layout.enter.get(rung + 1).copied().unwrap_or(1);
        left = first_of(&left, *epochs, keep);
    }
    // As many variants as the same epochs train to the end, or one more.
    let random = first_of(&drawn[..layout.cost().div_ceil(length)], length, 1);
    let fresh = |variant: usize| at(variant, 1 - seed, length);
    Chosen {
        search: fresh(left[0]),
        random: fresh(random[0]),
        best: entered.iter().map(|v| fresh(*v)).fold(f64::INFINITY, f64::min),
    }
}

/// Means over so many draws: search, random search, the best there was, and the share of draws in which
/// the search chose better, ties counting half.
fn rates(layout: &Layout, draws: u32) -> [f64; 4] {
    let table = table();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut sums = [0.0; 4];
    for _ in 0..draws {
        let Chosen { search, random, best } = once(&table, layout, &mut rng);
        let won = if search < random { 1.0 } else { 0.0 };
        let won = if search == random { 0.5 } else { won };
        for (sum, value) in sums.iter_mut().zip([search, random, best, won]) {
            *sum += value / f64::from(draws);
        }
    }
    sums
}

#[test]
fn a_search_chooses_better_than_random_search_at_the_same_cost() {
    for layout in &LAYOUTS {
        let [search, random, best, won] = rates(layout, 2_000);
        assert!(best <= search && search < random && won > 0.5, "{search} {random} {best} {won}");
    }
}

/// `just search-rates`.
#[test]
#[ignore = "writes a page"]
fn search_rates_as_a_table() {
    let variants = table().len();
    let mut text = format!(
        "# Successive halving against random search at equal cost\n\nReplayed on real trainings: \
         {variants} settings of a small network, each with two seeds on 5,000 images of MNIST, KID after \
         each of 9 epochs ([the table](../../tests/data/README.md)). Of 10,000 draws each takes other \
         settings and one of the two seeds; a search ranks them as `report::ranked` does, random search \
         trains as many of them to the end as the same epochs do (rounded up), and both choose the best of that seed. \
         What is compared is KID after 9 epochs with the *other* seed, which neither has seen. \
         `just search-rates` makes this page again \
         ([tests/it/search_rates.rs](../../tests/it/search_rates.rs)).\n\n| rungs (settings at epoch) | \
         epochs trained | random search: settings to the end | chosen by the search: mean KID | by random \
         search | the best of all that the search began with | search chose better, % |\n\
         |---|--:|--:|--:|--:|--:|--:|\n"
    );
    for layout in &LAYOUTS {
        let [search, random, best, won] = rates(layout, 10_000);
        let rungs: Vec<String> =
            layout.enter.iter().zip(layout.epochs).map(|(n, e)| format!("{n} at {e}")).collect();
        let length = layout.epochs.last().unwrap();
        writeln!(
            text,
            "| {} | {} | {} | {search:.3} | {random:.3} | {best:.3} | {:.1} |",
            rungs.join(", "),
            layout.cost(),
            layout.cost().div_ceil(*length),
            100.0 * won
        )
        .unwrap();
    }
    text += "\nOne table of one network: how much a search gains elsewhere it does not say.\n";
    proof(&text);
}
