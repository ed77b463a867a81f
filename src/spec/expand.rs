//! From blocks of axes to variants: names, resolved values, and what is wrong among them.

use crate::text::grouped;
use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::axes::Varied;
use super::diagnostic::{Diagnostics, Span};
use super::name;
use super::schema::Id;
use super::values::Values;
use super::written::{Assignment, Block, Choice, Choices};

/// Most variants of one experiment.
pub const MOST_VARIANTS: usize = 20_000;

/// One point of the axes with a value for every setting.
#[derive(Clone, Debug)]
pub struct ResolvedVariant {
    /// Short, stable, safe as a folder name.
    pub name: String,
    /// What it sets differently from the base: dotted key and value as TOML.
    pub changes: Vec<(String, String)>,
    pub(crate) values: Values,
    /// Where it is written: its block, its name, or its first axis' value.
    pub(crate) place: Span,
}

impl ResolvedVariant {
    /// What it trains with.
    pub fn settings(&self) -> Settings {
        self.values.settings()
    }

    /// Its settings as a TOML document that an experiment file could hold.
    pub fn to_toml(&self) -> String {
        self.values.to_toml()
    }

    /// `key = value` lines of all that can change a result, given the images themselves.
    pub(crate) fn in_key(&self) -> String {
        self.values.in_key()
    }

    /// All that can change a result, with numbers as exact as networks train with them.
    pub(crate) fn in_single_precision(&self) -> String {
        self.values.in_single_precision()
    }

    /// The settings that apply, with their values as TOML.
    pub(crate) fn applying(&self) -> BTreeMap<Id, String> {
        self.values.applying().map(|(id, value)| (id, value.to_string())).collect()
    }

    /// The settings as they stand, without any axis.
    pub(super) fn base(values: &Values, place: Span) -> Self {
        Self { name: "base".to_owned(), changes: Vec::new(), values: values.clone(), place }
    }
}

/// The values that variants have of every setting that some variant sets.
pub(super) fn varied(points: &[ResolvedVariant]) -> Vec<Varied> {
    let keys: BTreeSet<&str> =
        points.iter().flat_map(|p| p.changes.iter().map(|(key, _)| key.as_str())).collect();
    let of = |point: &ResolvedVariant| {
        let applying = point.values.applying().filter(|(id, _)| keys.contains(id.key()));
        applying.map(|(id, value)| (id.key().to_owned(), value.to_string())).collect()
    };
    points.iter().map(of).collect()
}

/// The variants of all blocks, in order. Mistakes are noted; a point that could not be made is
/// missing.
pub(super) fn expand(
    mistakes: &mut Diagnostics,
    base: &Values,
    blocks: &[Block],
) -> Vec<ResolvedVariant> {
    let total: u128 = blocks.iter().map(size).fold(0, u128::saturating_add);
    if total > MOST_VARIANTS as u128 {
        let largest = blocks.iter().max_by_key(|b| size(b));
        let place = largest.and_then(|b| b.axes.first()).map(|axis| axis.place.clone());
        let place = place.unwrap_or(Span { source: 0, span: 0..0 });
        let (total, most) = (grouped(total), grouped(MOST_VARIANTS as u128));
        mistakes.push(
            &place,
            format!("the axes make {total} variants, and {most} is the limit"),
            "take fewer values, pair them with [zip], or draw a [sample]",
        );
        return Vec::new();
    }
    let mut points = Vec::new();
    for block in blocks {
        expand_block(mistakes, base, block, &mut points);
    }
    points
}

/// How many variants a block makes before its conditions.
fn size(block: &Block) -> u128 {
    let lengths = block.axes.iter().map(|axis| match &axis.choices {
        Choices::Listed(choices) => choices.len() as u128,
        Choices::Drawn(sample) => sample.count as u128,
    });
    lengths.fold(1, u128::saturating_mul)
}

fn expand_block(
    mistakes: &mut Diagnostics,
    base: &Values,
    block: &Block,
    points: &mut Vec<ResolvedVariant>,
) {
    if block.name.is_none() && block.axes.is_empty() {
        return;
    }
    let mut drawn: Vec<Vec<Choice>> = Vec::with_capacity(block.axes.len());
    for axis in &block.axes {
        drawn.push(match &axis.choices {
            Choices::Listed(choices) => choices.clone(),
            Choices::Drawn(sample) => {
                let choices = sample.choices();
                if choices.iter().any(Option::is_none) {
                    let help = "add name = \"…\" to call the samples by number";
                    mistakes.push(&axis.place, "a sampled text cannot be part of a name", help);
                }
                distinct(mistakes, &axis.place, choices.into_iter().flatten().collect())
            }
        });
    }
    let mut shared = base.clone();
    for assignment in &block.set {
        shared.set(assignment.id, assignment.value.clone());
    }
    let total: usize = drawn.iter().map(Vec::len).product();
    let mut excluded = vec![false; block.exclude.len()];
    let mut required = vec![false; block.require.len()];
    let mut used: BTreeSet<Id> = BTreeSet::new();
    let mut idle: BTreeMap<(usize, usize), (&Assignment, String)> = BTreeMap::new();
    let before = points.len();

    for number in 0..total {
        let taken = pick(&drawn, number);
        let mut values = shared.clone();
        let mut set: Vec<&Assignment> = Vec::new();
        // What one axis writes wins over what another one's preset gives.
        for extended in [true, false] {
            for assignment in taken.iter().flat_map(|choice| &choice.set) {
                if assignment.extended == extended {
                    values.set(assignment.id, assignment.value.clone());
                    set.push(assignment);
                }
            }
        }
        if !kept(block, &values, &mut excluded, &mut required) {
            continue;
        }
        let name = join(block, &taken);
        for assignment in &set {
            if !assignment.extended && !values.applies(assignment.id) {
                let at = (assignment.key.source, assignment.key.span.start);
                idle.entry(at).or_insert_with(|| (assignment, name.clone()));
            }
        }
        for assignment in &block.set {
            let overridden = set.iter().any(|a| a.id == assignment.id);
            if !overridden && values.applies(assignment.id) {
                used.insert(assignment.id);
            }
        }
        let place = taken.first().map_or(&block.place, |choice| &choice.place).clone();
        if let Err(why) = name::check(&name) {
            let message = format!("the variant's name `{name}` {why}");
            mistakes.push(&place, message, "give the values shorter names: { name = \"…\", … }");
            return;
        }
        // What a preset gives counts where it differs; what is written counts as written.
        let counts = |a: &&Assignment| !a.extended || *base.get(a.id) != a.value;
        let changes = changes(block.set.iter().chain(set).filter(counts));
        points.push(ResolvedVariant { name, changes, values, place });
    }

    for (assignment, variant) in idle.into_values() {
        does_nothing(mistakes, assignment, &format!("in the variant `{variant}`"), points);
    }
    for assignment in block.set.iter().filter(|a| !a.extended && !used.contains(&a.id)) {
        if points.len() > before {
            let variants = if points.len() == before + 1 { "this variant" } else { "this block" };
            does_nothing(mistakes, assignment, &format!("in {variants}"), &points[before..]);
        }
    }
    let conditions = block.exclude.iter().zip(&excluded).filter(|(_, hit)| !**hit);
    for (condition, _) in conditions.filter(|_| !block.has_errors) {
        let help = "it names values that no variant has together";
        mistakes.push(&condition.place, "[[exclude]] drops no variant", help);
    }
    for (condition, _) in block.require.iter().zip(&required).filter(|(_, hit)| !**hit) {
        if !block.has_errors {
            let help = "every variant fulfils it: remove it, or make it stricter";
            mistakes.push(&condition.place, "[[require]] drops no variant", help);
        }
    }
    let conditions = block.require.iter().chain(&block.exclude);
    if let (Some(condition), true) = (conditions.last(), points.len() == before && total > 0) {
        let help = "every value of the axes is dropped: loosen or remove a condition";
        mistakes.push(&condition.place, "the conditions leave no variant", help);
    }
}

/// The samples without those that repeat an earlier one, which are noted.
fn distinct(mistakes: &mut Diagnostics, place: &Span, mut samples: Vec<Choice>) -> Vec<Choice> {
    let drawn = samples.len();
    let mut seen = BTreeSet::new();
    samples.retain(|sample| seen.insert(sample.piece.clone()));
    if samples.len() < drawn {
        let repeated = drawn - samples.len();
        let message = format!("{repeated} of the {drawn} samples repeat an earlier one");
        mistakes.push(place, message, "lower the count, or widen the ranges");
    }
    samples
}

/// The choices of the variant with this number; the last axis varies fastest.
fn pick(axes: &[Vec<Choice>], mut number: usize) -> Vec<&Choice> {
    let mut taken: Vec<&Choice> = axes
        .iter()
        .rev()
        .map(|choices| {
            let choice = &choices[number % choices.len()];
            number /= choices.len();
            choice
        })
        .collect();
    taken.reverse();
    taken
}

fn kept(block: &Block, values: &Values, excluded: &mut [bool], required: &mut [bool]) -> bool {
    let mut keep = true;
    for (condition, hit) in block.exclude.iter().zip(excluded) {
        if condition.holds(|id| values.get(id)) {
            *hit = true;
            keep = false;
        }
    }
    for (condition, hit) in block.require.iter().zip(required) {
        if !condition.holds(|id| values.get(id)) {
            *hit = true;
            keep = false;
        }
    }
    keep
}

fn join(block: &Block, taken: &[&Choice]) -> String {
    let lead = block.name.iter().map(|name| name.text.as_str());
    lead.chain(taken.iter().map(|choice| choice.piece.as_str())).collect::<Vec<_>>().join(",")
}

/// Keys and values set, each key once with its last value.
fn changes<'a>(set: impl Iterator<Item = &'a Assignment>) -> Vec<(String, String)> {
    let mut changes: Vec<(Id, String)> = Vec::new();
    for assignment in set {
        let value = assignment.value.to_string();
        match changes.iter_mut().find(|(id, _)| *id == assignment.id) {
            Some((_, earlier)) => *earlier = value,
            None => changes.push((assignment.id, value)),
        }
    }
    changes.into_iter().map(|(id, value)| (id.key().to_owned(), value)).collect()
}

/// Notes a value that was written and acts nowhere.
pub(super) fn does_nothing(
    mistakes: &mut Diagnostics,
    assignment: &Assignment,
    where_: &str,
    points: &[ResolvedVariant],
) {
    let id = assignment.id;
    let obstacle = points.iter().find_map(|point| point.values.obstacle(id));
    let help = match obstacle {
        Some(condition) => format!("it applies where {}", condition.describe("`")),
        None => "every variant sets it otherwise; remove it".to_owned(),
    };
    let message = format!("`{}` does nothing {where_}", id.key());
    mistakes.push(&assignment.key, message, help);
}

/// Notes variants of one name, or of one meaning.
pub(super) fn no_doubles(mistakes: &mut Diagnostics, points: &[ResolvedVariant]) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut meanings: BTreeMap<String, usize> = BTreeMap::new();
    for (number, point) in points.iter().enumerate() {
        // Some file systems do not tell capitals apart.
        if let Some(first) = names.insert(point.name.to_ascii_lowercase(), number) {
            let first = &points[first];
            let at = mistakes.sources.locate(&first.place);
            let message = format!("two variants are named `{}`", point.name);
            let help = if first.name == point.name {
                format!("the other is at {at}; a block's `name` leads the names of its variants")
            } else {
                format!("`{}` at {at} differs in capitals only", first.name)
            };
            mistakes.push(&point.place, message, help);
            continue;
        }
        let Some(first) = meanings.insert(point.values.canonical(), number) else { continue };
        let first = &points[first];
        let at = mistakes.sources.locate(&first.place);
        let (message, help) = if first.changes.is_empty() {
            (
                format!("`{}` changes nothing: it is the same as `{}`", point.name, first.name),
                format!("write baseline = {:?} under [experiment] to compare with it", point.name),
            )
        } else {
            (
                format!("`{}` and `{}` resolve to the same settings", first.name, point.name),
                format!("the other is at {at}; remove one of them"),
            )
        };
        mistakes.push(&point.place, message, help);
    }
}
