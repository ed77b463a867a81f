//! Searches: which variants are trained how far, by successive halving.

use serde::{Deserialize, Serialize};

use super::diagnostic::{Diagnostics, Span};
use super::expand::ResolvedVariant;
use super::looks::Looks;
use super::schema::Schema;
use super::value::Value;
use super::written::{Asked, Halving, Header, Keep, Text};
use crate::run::{Direction, EPOCH_SCORES, Metric, score_metric};
use crate::text::count;

/// The share that goes on where the file says none: a third, as Li et al. recommend (Hyperband,
/// JMLR 18, 2018).
const SHARE: f64 = 1.0 / 3.0;
/// Variants on the short list where the file says nothing.
const SHORTLIST: usize = 3;

/// A search by synchronous successive halving (Jamieson & Talwalkar, AISTATS 2016): all variants
/// are trained a little, the best of them further, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Epochs that a run has at the end of each rung, rising; the last is the full length.
    pub epochs: Vec<usize>,
    /// Variants that enter each rung at most, falling: all of them the first.
    pub enter: Vec<usize>,
    /// The metric by which they are ranked.
    pub metric: String,
    /// Variants that are named at the end at most.
    pub shortlist: usize,
    /// The searched variants, in the order of the file. Each is a variant of the plan at every rung.
    pub points: Vec<String>,
}

impl Search {
    /// The variant of the plan that a searched one is at a rung, both counted from 0: they stand point
    /// by point.
    pub fn variant(&self, point: usize, rung: usize) -> usize {
        point * self.epochs.len() + rung
    }

    /// The searched variant and the rung of a variant of the plan.
    pub fn place(&self, variant: usize) -> (usize, usize) {
        (variant / self.epochs.len(), variant % self.epochs.len())
    }

    /// Runs of each seed that are trained over all rungs, at most.
    pub fn runs(&self) -> usize {
        self.enter.iter().sum()
    }

    /// Epochs that runs of a rung train beyond those of the rung before.
    pub fn added(&self, rung: usize) -> usize {
        self.epochs[rung] - rung.checked_sub(1).map_or(0, |before| self.epochs[before])
    }
}

/// What a search needs of the rest of its file.
pub(super) struct Around<'a> {
    pub(super) header: &'a Header,
    pub(super) questions: &'a [Asked],
    pub(super) looks: Option<&'a Looks>,
    pub(super) seeds: Option<&'a Span>,
}

/// The search that was written, if it makes sense: `variants` become one a rung, and with them the
/// index of the baseline. Mistakes are noted.
pub(super) fn resolve(
    mistakes: &mut Diagnostics,
    written: &Halving,
    around: &Around<'_>,
    schema: &'static Schema,
    variants: &mut Vec<ResolvedVariant>,
    baseline: &mut Option<usize>,
) -> Option<Search> {
    let before = mistakes.count();
    fits(mistakes, written, around);
    let epochs: Vec<usize> = written.epochs.iter().map(|(epochs, _)| *epochs).collect();
    for pair in written.epochs.windows(2).filter(|pair| pair[1].0 <= pair[0].0) {
        let message = format!("`search.epochs` must rise, and {} follows {}", pair[1].0, pair[0].0);
        mistakes.push(&pair[1].1, message, "each rung trains further than the one before");
    }
    if epochs.len() < 2 && mistakes.count() == before {
        let help = "write epochs = [2, 5, 10]: how far runs of each rung are trained";
        mistakes.push(&written.epochs_place, "a search has two rungs or more", help);
    }
    lengths(mistakes, written, variants);
    if variants.len() < 2 && mistakes.count() == before {
        let help = "list variants under [axes] or [variants], or draw a [sample]";
        mistakes.push(&written.place, "there is one variant, and nothing to search", help);
    }
    let enter = entries(mistakes, written, variants.len(), epochs.len());
    let last = enter.last().copied().unwrap_or(0);
    let shortlist = match &written.shortlist {
        None => SHORTLIST.min(last),
        Some((wanted, place)) if *wanted > last && mistakes.count() == before => {
            let message = format!("a short list of {wanted}, where {} the last rung", enters(last));
            mistakes.push(place, message, "keep more, or shorten the list");
            last
        }
        Some((wanted, _)) => *wanted,
    };
    let id = schema.find("train.epochs").filter(|_| mistakes.count() == before)?;
    let search = Search {
        metric: metric(written, around.header).text,
        shortlist,
        points: variants.iter().map(|v| v.name.clone()).collect(),
        enter,
        epochs,
    };
    let at = |point: &ResolvedVariant, epochs: usize| {
        let mut rung = point.clone();
        rung.name = format!("{},{}={epochs}", point.name, id.short());
        rung.changes.push((id.key().to_owned(), epochs.to_string()));
        rung.values.set(id, Value::Int(epochs as i64));
        rung
    };
    let rungs = |point| search.epochs.iter().map(move |epochs| at(point, *epochs));
    *variants = variants.iter().flat_map(rungs).collect();
    *baseline = baseline.map(|point| search.variant(point, search.epochs.len() - 1));
    Some(search)
}

/// The metric that ranks, with its place: the search's own, the file's primary one, or FID.
pub(super) fn metric(written: &Halving, header: &Header) -> Text {
    let named = written.metric.as_ref().or(header.primary.as_ref()).cloned();
    named.unwrap_or_else(|| Text { text: "fid".to_owned(), place: written.place.clone() })
}

/// Notes what has no meaning beside a search.
fn fits(mistakes: &mut Diagnostics, written: &Halving, around: &Around<'_>) {
    if let (Some(own), Some(primary)) = (&written.metric, &around.header.primary)
        && own.text != primary.text
    {
        let message = format!(
            "the search ranks by {:?}, and the primary metric is {:?}",
            own.text, primary.text
        );
        mistakes.push(&own.place, message, "say it once: leave one of the two out");
    }
    if let (Some(_), Some(place)) = (around.looks, around.seeds) {
        let help = "write a list; the file that the search's report writes adds seeds until it is \
                    answered";
        mistakes.push(place, "a search has seeds that are fixed", help);
    }
    for asked in around.questions {
        let help = "ask it in the file that the search's report writes, on seeds that the search \
                    has not seen";
        mistakes.push(&asked.place, "a search answers no question", help);
    }
}

/// Notes variants whose length is said elsewhere.
fn lengths(mistakes: &mut Diagnostics, written: &Halving, variants: &[ResolvedVariant]) {
    let varied = |point: &&ResolvedVariant| point.changes.iter().any(|(k, _)| k == "train.epochs");
    if let Some(point) = variants.iter().find(varied) {
        let message = format!("`train.epochs` of `{}` is the search's to say", point.name);
        mistakes.push(&point.place, message, "leave it out: `search.epochs` says how long");
    }
    if let Some(point) = variants.iter().find(|p| p.settings().train.steps > 0) {
        let message = format!("`train.steps` says how long `{}` is", point.name);
        let help = "leave it out: a search counts in epochs";
        mistakes.push(&written.epochs_place, message, help);
    }
}

/// How many variants enter each rung; falling unless a mistake was noted.
fn entries(
    mistakes: &mut Diagnostics,
    written: &Halving,
    variants: usize,
    rungs: usize,
) -> Vec<usize> {
    let mut enter = vec![variants];
    if variants < 2 || rungs < 2 {
        return enter;
    }
    match &written.keep {
        Some((Keep::Counts(counts), place)) if counts.len() != rungs - 1 => {
            let message = format!(
                "`search.keep` says of {} how many go on, and there are {} with one after them",
                count(counts.len(), "rung"),
                rungs - 1
            );
            mistakes.push(place, message, "one count for each rung but the last");
        }
        Some((Keep::Counts(counts), place)) => {
            for keep in counts {
                let of = enter[enter.len() - 1];
                if *keep >= of {
                    let message = format!("{keep} are to go on, and {} that rung", enters(of));
                    mistakes.push(place, message, "each rung keeps fewer than enter it");
                    break;
                }
                enter.push(*keep);
            }
        }
        shared => {
            let share = match shared {
                Some((Keep::Share(share), _)) => *share,
                _ => SHARE,
            };
            let place = shared.as_ref().map_or(&written.place, |(_, place)| place);
            for _ in 1..rungs {
                let of = enter[enter.len() - 1];
                let keep = ((of as f64 * share).round() as usize).max(1);
                if keep == of {
                    let message = format!("{} a rung, and all go on", enters(of));
                    let help = "keep a smaller share, take fewer rungs, or search more variants";
                    mistakes.push(place, message, help);
                    break;
                }
                enter.push(keep);
            }
        }
    }
    enter
}

/// `3 variants enter`, `1 variant enters`.
fn enters(variants: usize) -> String {
    format!("{} {}", count(variants, "variant"), if variants == 1 { "enters" } else { "enter" })
}

/// Notes a metric that cannot rank: of no direction, or that some variant's runs do not have.
pub(super) fn check_metric(
    mistakes: &mut Diagnostics,
    metric: &Metric,
    place: &Span,
    variants: &[ResolvedVariant],
) {
    let name = metric.name;
    if metric.direction == Direction::Neutral {
        let message = format!("no way of {name:?} is better, so it ranks nothing");
        mistakes.push(place, message, "rank by a score, such as \"fid\" or \"kid\"");
        return;
    }
    let of_epochs = EPOCH_SCORES.iter().any(|score| score.name == name);
    let of_ends = score_metric(name).is_some();
    let lacks = |point: &&ResolvedVariant| {
        let score = point.settings().score;
        (of_epochs || of_ends) && !(of_epochs && score.fast || of_ends && score.full)
    };
    if let Some(point) = variants.iter().find(lacks) {
        let flag = if of_ends { "score.full" } else { "score.fast" };
        let message = format!("runs of `{}` do not have {name:?}: `{flag}` is false", point.name);
        mistakes.push(place, message, format!("set {flag} = true, or rank by another metric"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_hand() {
        let search = Search {
            epochs: vec![2, 5, 10],
            enter: vec![9, 3, 1],
            metric: "fid".into(),
            shortlist: 1,
            points: vec!["base".into(), "a".into()],
        };
        assert_eq!([0, 1, 2].map(|rung| search.variant(1, rung)), [3, 4, 5]);
        assert_eq!((search.place(2), search.place(4)), ((0, 2), (1, 1)));
        assert_eq!([0, 1, 2].map(|rung| search.added(rung)), [2, 3, 5]);
    }
}
