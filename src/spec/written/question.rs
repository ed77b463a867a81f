//! `[question]`, or several `[[question]]`: what is asked of the numbers.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::help::did_you_mean;
use super::reader::{Reader, Text, in_order};
use crate::spec::diagnostic::Span;
use crate::spec::question::Ask;
use crate::spec::value::describe;

const KEYS: &[&str] = &["test", "axis", "metric", "margin", "paired", "primary"];

/// A question as it is written.
#[derive(Debug)]
pub(in crate::spec) struct Asked {
    pub(in crate::spec) test: Option<Ask>,
    pub(in crate::spec) axes: Vec<Text>,
    pub(in crate::spec) metric: Option<Text>,
    pub(in crate::spec) margin: Option<f64>,
    pub(in crate::spec) paired: Option<(bool, Span)>,
    /// There if it says that it is primary.
    pub(in crate::spec) primary: Option<Text>,
    pub(in crate::spec) place: Span,
}

impl Reader<'_> {
    /// One table, or a list of them.
    pub(super) fn questions(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Asked> {
        match value.get_ref() {
            DeValue::Array(_) => {
                let tables = self.tables(value, "[[question]]");
                tables.into_iter().map(|(table, place)| self.question(table, place)).collect()
            }
            _ => {
                let place = self.place(value.span());
                let table = self.table(value, "[question]");
                table.map(|table| self.question(table, place)).into_iter().collect()
            }
        }
    }

    fn question(&mut self, table: &DeTable<'_>, place: Span) -> Asked {
        let (test, axes) = (None, Vec::new());
        let (metric, margin, paired, primary) = (None, None, None, None);
        let mut asked = Asked { test, axes, metric, margin, paired, primary, place };
        for (key, value) in in_order(table) {
            let what = format!("`question.{}`", key.get_ref());
            match key.get_ref().as_ref() {
                "test" => asked.test = self.test(value, &what),
                "axis" => {
                    asked.axes = match value.get_ref() {
                        DeValue::Array(items) => {
                            items.iter().filter_map(|item| self.text(item, &what)).collect()
                        }
                        _ => self.text(value, &what).into_iter().collect(),
                    }
                }
                "metric" => asked.metric = self.text(value, &what),
                "margin" => {
                    asked.margin = self.number(value, &what);
                    if asked.margin.is_some_and(|margin| margin <= 0.0) {
                        let place = self.place(value.span());
                        let help =
                            "it is the smallest difference that matters, in units of the metric";
                        self.mistakes.push(&place, format!("{what} must be above 0"), help);
                    }
                }
                "paired" => {
                    let place = self.place(value.span());
                    asked.paired = self.flag(value, &what).map(|flag| (flag, place));
                }
                "primary" => {
                    let place = self.place(value.span());
                    let text = Text { text: String::new(), place };
                    asked.primary = self.flag(value, &what).filter(|flag| *flag).map(|_| text);
                }
                other => {
                    let place = self.place(key.span());
                    let message = format!("unknown key `question.{other}`");
                    self.mistakes.push(&place, message, did_you_mean(other, KEYS));
                }
            }
        }
        asked
    }

    fn test(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<Ask> {
        let text = self.text(value, what)?;
        let found = Ask::of(&text.text);
        if found.is_none() {
            let message = format!("no test is named {:?}", text.text);
            let help = did_you_mean(&text.text, &Ask::WORDS);
            self.mistakes.push(&text.place, message, help);
        }
        found
    }

    fn flag(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<bool> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        let place = self.place(value.span());
        let said = describe(value.get_ref());
        self.mistakes.push(&place, format!("{what} must be true or false, not {said}"), "");
        None
    }
}
