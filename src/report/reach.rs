//! What a sweep can find, before anything trains.

use serde::Serialize;

use super::stats::{self, Factor, Permute};
use super::verdict::ALPHA;
use crate::record::Manifest;
use crate::spec::{Ask, Design, Question};

/// What trends are measured by: `docs/proofs/error_rates.md` has both.
pub const TREND: stats::TrendStatistic = stats::TrendStatistic::Isotonic;

/// More seeds than this add nothing to what is said here.
const MOST_SEEDS: usize = 100;

/// Effects that power is given for, in standard deviations of a run.
const EFFECTS: [f64; 3] = [1.0, 2.0, 3.0];

/// What one test of a plan can find.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reach {
    /// The test.
    pub test: Ask,
    /// The axis it is about; none where variants are compared.
    pub axis: Option<String>,
    /// Tests of its family: comparisons, or axes.
    pub tests: usize,
    /// What its p is held against if its effect is alone: its family's share of 5 %, over `tests`.
    pub level: f64,
    /// The smallest p there is.
    pub smallest_p: f64,
    /// Power for an effect of 1, 2 and 3 standard deviations of a run.
    pub power: [f64; 3],
    /// The fewest seeds with which anything could be told; none if more than 100.
    pub fewest_seeds: Option<usize>,
    /// Of a sweep that is looked at: seeds after which such effects are told, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_seeds: Option<[f64; 3]>,
}

impl Reach {
    /// Whether no outcome whatever could be told from chance.
    pub fn is_out(&self) -> bool {
        self.smallest_p > self.level
    }
}

/// What each test of a plan can find, with runs of one seed as independent as any; a search tests
/// nothing.
pub fn reach(manifest: &Manifest) -> Vec<Reach> {
    if manifest.search.is_some() {
        return Vec::new();
    }
    let questions = manifest.questions();
    let alpha = ALPHA / questions.len() as f64;
    let seeds = manifest.seeds.len().min(MOST_SEEDS);
    let design = manifest.design();
    let mut all = Vec::new();
    for question in questions {
        let tests: Vec<(Option<String>, stats::Design)> = match question.test {
            Ask::Compare if manifest.variants.len() < 2 => Vec::new(),
            Ask::Compare if question.paired => vec![(None, stats::Design::paired())],
            Ask::Compare => vec![(None, stats::Design::two_sample())],
            Ask::Trend | Ask::Factors => {
                let of = |name: &String| {
                    Some((Some(name.clone()), tested(&question, &design, design.find(name)?)))
                };
                question.axes.iter().filter_map(of).collect()
            }
        };
        let count = match question.test {
            Ask::Compare => manifest.variants.len() - 1,
            Ask::Trend | Ask::Factors => tests.len(),
        };
        let level = alpha / count.max(1) as f64;
        all.extend(tests.into_iter().map(|(axis, tested)| Reach {
            test: question.test,
            axis,
            tests: count,
            level,
            smallest_p: tested.smallest_p(seeds),
            power: EFFECTS.map(|effect| tested.power(seeds, level, effect, 0.0)),
            fewest_seeds: tested.fewest_seeds(level),
            mean_seeds: manifest.looks.as_ref().map(|looks| {
                let (seeds, spent) = (looks.seeds(), looks.spent());
                EFFECTS.map(|effect| tested.mean_seeds(&seeds, &spent, level, effect))
            }),
        }));
    }
    all
}

/// The test of one axis of a design.
pub(super) fn tested(question: &Question, design: &Design, axis: usize) -> stats::Design {
    let levels = design.axes[axis].levels.len();
    if !is_within(question, design) {
        return stats::Design::trend(levels, Permute::AllRuns, TREND);
    }
    let kind = match is_ordered(question, design, axis) {
        true => Factor::Ordered(TREND),
        false => Factor::Unordered,
    };
    stats::Design::factor(levels, kind, design.whole_cells(axis).max(1))
}

/// Whether values change places within blocks. Without them only where nothing else varies: else
/// the other axes would be noise.
pub(super) fn is_within(question: &Question, design: &Design) -> bool {
    question.paired || design.axes.len() > 1
}

/// Whether levels have an order: numbers, two of them, or those of a trend, be it that of the file.
pub(super) fn is_ordered(question: &Question, design: &Design, axis: usize) -> bool {
    let axis = &design.axes[axis];
    axis.numeric || axis.levels.len() == 2 || question.test == Ask::Trend
}
