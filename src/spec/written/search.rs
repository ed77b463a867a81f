//! `[search]`: how variants are searched.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::help::did_you_mean;
use super::reader::{Reader, Text, in_order};
use crate::spec::diagnostic::Span;
use crate::spec::value::{describe, integer};

const KEYS: &[&str] = &["epochs", "keep", "metric", "shortlist"];

const EPOCHS_HELP: &str = "write epochs = [2, 5, 10]: how far runs of each rung are trained";

const KEEP_HELP: &str = "write keep = 0.34, or one count for each rung but the last: keep = [9, 3]";

/// A search as it is written.
#[derive(Debug)]
pub(in crate::spec) struct Halving {
    /// Epochs at the end of each rung, each with its place.
    pub(in crate::spec) epochs: Vec<(usize, Span)>,
    pub(in crate::spec) epochs_place: Span,
    pub(in crate::spec) keep: Option<(Keep, Span)>,
    pub(in crate::spec) metric: Option<Text>,
    pub(in crate::spec) shortlist: Option<(usize, Span)>,
    pub(in crate::spec) place: Span,
    /// Whether something in here was wrong.
    pub(in crate::spec) has_errors: bool,
}

/// How many of a rung go on.
#[derive(Debug)]
pub(in crate::spec) enum Keep {
    /// This share of those that entered it.
    Share(f64),
    /// So many, a count for each rung but the last.
    Counts(Vec<usize>),
}

impl Reader<'_> {
    pub(super) fn search(&mut self, table: &DeTable<'_>, place: Span) -> Halving {
        let before = self.mistakes.count();
        let mut search = Halving {
            epochs: Vec::new(),
            epochs_place: place.clone(),
            keep: None,
            metric: None,
            shortlist: None,
            place,
            has_errors: false,
        };
        let mut has_epochs = false;
        for (key, value) in in_order(table) {
            let place = self.place(value.span());
            match key.get_ref().as_ref() {
                "epochs" => {
                    has_epochs = true;
                    search.epochs_place = place;
                    search.epochs = self.counts(value, "`search.epochs`", EPOCHS_HELP);
                }
                "keep" => search.keep = self.keep(value).map(|keep| (keep, place)),
                "metric" => search.metric = self.text(value, "`search.metric`"),
                "shortlist" => {
                    search.shortlist = self.positive(value, "`search.shortlist`", "");
                }
                other => {
                    let place = self.place(key.span());
                    let help = match other {
                        "stop_on" => "it is a setting of runs: stop_on = […] under [train]".into(),
                        _ => did_you_mean(other, KEYS),
                    };
                    self.mistakes.push(&place, format!("unknown key `search.{other}`"), help);
                }
            }
        }
        if !has_epochs {
            self.mistakes.push(&search.place.clone(), "[search] lacks `epochs`", EPOCHS_HELP);
        }
        search.has_errors = self.mistakes.count() > before;
        search
    }

    fn keep(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Keep> {
        if let DeValue::Array(_) = value.get_ref() {
            let counts = self.counts(value, "`search.keep`", KEEP_HELP);
            return Some(Keep::Counts(counts.into_iter().map(|(count, _)| count).collect()));
        }
        let share = self.number(value, "`search.keep`")?;
        if share > 0.0 && share < 1.0 {
            return Some(Keep::Share(share));
        }
        let place = self.place(value.span());
        let said = describe(value.get_ref());
        let message = format!(
            "`search.keep` must be a share above 0 and below 1, or a list of counts, not {said}"
        );
        self.mistakes.push(&place, message, KEEP_HELP);
        None
    }

    /// A list of whole numbers from 1 on.
    fn counts(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        what: &str,
        help: &str,
    ) -> Vec<(usize, Span)> {
        match value.get_ref() {
            DeValue::Array(items) => {
                let each = format!("each of {what}");
                items.iter().filter_map(|item| self.positive(item, &each, help)).collect()
            }
            other => {
                let message = format!("{what} must be a list, not {}", describe(other));
                let place = self.place(value.span());
                self.mistakes.push(&place, message, help);
                Vec::new()
            }
        }
    }

    fn positive(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        what: &str,
        help: &str,
    ) -> Option<(usize, Span)> {
        const MOST: i64 = 1_000_000;
        let place = self.place(value.span());
        let number = integer(value.get_ref()).filter(|n| (1..=MOST).contains(n));
        if number.is_none() {
            let said = describe(value.get_ref());
            let message = format!("{what} must be an integer from 1 to 1,000,000, not {said}");
            self.mistakes.push(&place, message, help);
        }
        Some((usize::try_from(number?).ok()?, place))
    }
}
