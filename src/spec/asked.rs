//! From the questions that were written to those that are frozen.

use super::axes::Design;
use super::diagnostic::Diagnostics;
use super::question::{Ask, Question};
use super::suggest::closest;
use super::written::{Asked, Text};

/// The questions of a file, of the axes that its variants have. Diagnostics are noted.
pub(super) fn resolve(
    mistakes: &mut Diagnostics,
    asked: Vec<Asked>,
    design: &Design,
) -> Vec<Question> {
    let shape = Question::by_shape(design);
    let find = |name: &str| design.find(name).map(|axis| &design.axes[axis]);
    let mut questions: Vec<Question> = Vec::new();
    let mut first: Option<&Text> = None;
    for one in &asked {
        if let Some(text) = &one.primary {
            if let Some(first) = first {
                let at = mistakes.sources.locate(&first.place);
                let help = format!("the other is at {at}; the report opens with one of them");
                mistakes.push(&text.place, "two questions are primary", help);
            }
            first.get_or_insert(text);
        }
    }
    for one in &asked {
        let test = one.test.unwrap_or(if one.axes.is_empty() { shape.test } else { Ask::Factors });
        let test = match (one.test, &one.axes[..]) {
            // An axis alone says which: a trend where there is an order to follow.
            (None, [axis]) => match find(&axis.text) {
                Some(axis) if axis.numeric && axis.levels.len() > 2 => Ask::Trend,
                _ => test,
            },
            _ => test,
        };
        let mut question = Question::new(test, Vec::new());
        question.metric = one.metric.as_ref().map(|text| text.text.clone());
        question.margin = one.margin;
        question.primary = one.primary.is_some();
        if let Some((paired, place)) = &one.paired {
            question.paired = *paired;
            if test == Ask::Factors && !paired {
                let help = "leave it out: the other axes and the seeds are its blocks";
                mistakes.push(place, "a test of factors is within blocks", help);
            }
        }
        question.axes = match test {
            Ask::Compare => {
                if let Some(axis) = one.axes.first() {
                    let help =
                        "write test = \"trend\" or test = \"factors\", or leave the axis out";
                    mistakes.push(&axis.place, "variants are compared, not an axis", help);
                }
                Vec::new()
            }
            Ask::Trend | Ask::Factors => about(mistakes, one, test, design),
        };
        questions.push(question);
    }
    if questions.is_empty() {
        questions.push(shape);
    }
    if !questions.iter().any(|q| q.primary) {
        questions[0].primary = true;
    }
    questions
}

/// The axes that a question is about: those it names, or those there are.
fn about(mistakes: &mut Diagnostics, asked: &Asked, test: Ask, design: &Design) -> Vec<String> {
    let axes = &design.axes;
    let name = |at: usize| axes[at].name().to_owned();
    if asked.axes.is_empty() {
        let usable = (0..axes.len()).filter(|at| design.whole_cells(*at) > 0);
        let found: Vec<String> = usable.map(name).collect();
        let (message, help) = match (&found[..], test) {
            ([], _) => (
                format!("there is no axis to ask test = \"{}\" of", test.word()),
                "no setting has all its values beside equal values of the others; compare the \
                 variants with test = \"compare\""
                    .to_owned(),
            ),
            ([_, _, ..], Ask::Trend) => {
                let names: Vec<String> = found.iter().map(|name| format!("{name:?}")).collect();
                let help = format!("write axis = {}", names.join(" or axis = "));
                ("there are several axes a trend could be along".to_owned(), help)
            }
            _ => return found,
        };
        mistakes.push(&asked.place, message, help);
        return Vec::new();
    }
    let mut names = Vec::new();
    for text in &asked.axes {
        match design.find(&text.text) {
            None => {
                let known = || axes.iter().flat_map(|a| &a.keys).map(String::as_str);
                let help = match closest(&text.text, known()) {
                    Some(meant) => format!("did you mean {meant:?}?"),
                    None if axes.is_empty() => "there are no axes".to_owned(),
                    None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
                };
                mistakes.push(&text.place, format!("no axis is named {:?}", text.text), help);
            }
            Some(at) if design.whole_cells(at) == 0 => {
                let message = format!(
                    "{:?} cannot be asked by itself: nowhere are all its values beside equal \
                     values of the others",
                    text.text
                );
                let help = "make a grid of [axes], or compare with test = \"compare\"";
                mistakes.push(&text.place, message, help);
            }
            Some(at) => names.push(name(at)),
        }
    }
    if let ([_, second, ..], Ask::Trend) = (&asked.axes[..], test) {
        let help = "ask another [[question]] of it, or write test = \"factors\"";
        mistakes.push(&second.place, "a trend is along one axis", help);
    }
    names
}
