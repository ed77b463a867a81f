//! What is wrong with an experiment file: where, what, and what to do; all of them at once.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use unicode_width::UnicodeWidthChar;

/// Most mistakes shown at once; the rest are counted.
const SHOWN: usize = 50;
/// Most columns of a source line shown on either side of a mistake.
const MARGIN: usize = 60;

/// Where something was written: a stretch of bytes in one of the [`Sources`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) source: usize,
    pub(crate) span: Range<usize>,
}

/// A text that settings were written in: an experiment file, a preset, a command-line argument.
#[derive(Clone, Debug)]
struct Source {
    /// What a person calls it: a path as given, `preset:paper`, `--set`.
    name: String,
    text: Arc<str>,
    /// Whether lines and columns mean anything: not for an argument.
    lines: bool,
}

/// The texts an experiment was read from, in the order they were opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Adds a file and returns its number.
    pub(crate) fn file(&mut self, name: &str, text: impl Into<Arc<str>>) -> usize {
        self.0.push(Source { name: name.to_owned(), text: text.into(), lines: true });
        self.0.len() - 1
    }

    /// Adds a command-line argument (`--set`, `--seeds`) and returns its number.
    pub(crate) fn argument(&mut self, name: &str, text: &str) -> usize {
        self.0.push(Source { name: name.to_owned(), text: text.into(), lines: false });
        self.0.len() - 1
    }

    /// The text of a source.
    pub(crate) fn text(&self, source: usize) -> Arc<str> {
        Arc::clone(&self.0[source].text)
    }

    /// `file:line:column` of a place, or the argument's name.
    pub(crate) fn locate(&self, place: &Span) -> String {
        let source = &self.0[place.source];
        if source.lines && !source.text.is_empty() {
            let (line, column) = line_column(&source.text, place.span.start);
            format!("{}:{line}:{column}", source.name)
        } else {
            source.name.clone()
        }
    }
}

/// One mistake.
#[derive(Clone, Debug)]
struct Diagnostic {
    place: Span,
    message: String,
    help: Option<String>,
    /// A file that could not be read, rather than one that reads wrong.
    io: bool,
}

/// Every mistake of an experiment, with the texts they were made in.
///
/// Displays each as `file:line:column: message`, the line, a caret and what to do, then a count.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    pub(crate) sources: Sources,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No mistakes yet, in these texts.
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources, list: Vec::new() }
    }

    /// Notes a mistake. An empty `help` means there is none.
    pub(crate) fn push(
        &mut self,
        place: &Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let help = Some(help.into()).filter(|h| !h.is_empty());
        let mistake = Diagnostic { place: place.clone(), message: message.into(), help, io: false };
        self.list.push(mistake);
    }

    /// Notes a file that could not be read.
    pub(crate) fn push_io(&mut self, place: &Span, message: impl Into<String>) {
        self.push(place, message, "");
        if let Some(last) = self.list.last_mut() {
            last.io = true;
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether files could not be read, and nothing else is wrong.
    pub fn only_io(&self) -> bool {
        !self.list.is_empty() && self.list.iter().all(|m| m.io)
    }

    /// The mistakes as an error, if there are any.
    pub(crate) fn into_result(self) -> Result<Sources, Self> {
        if self.list.is_empty() { Ok(self.sources) } else { Err(self) }
    }
}

impl std::error::Error for Diagnostics {}

impl From<Diagnostics> for crate::error::Error {
    fn from(source: Diagnostics) -> Self {
        Self::other(source)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|m| (m.place.source, m.place.span.start));
        for mistake in sorted.iter().take(SHOWN) {
            let location = self.sources.locate(&mistake.place);
            writeln!(f, "{location}: {}", clean(&mistake.message))?;
            excerpt(f, &self.sources.0[mistake.place.source], &mistake.place.span)?;
            if let Some(help) = &mistake.help {
                writeln!(f, "  = help: {}", clean(help))?;
            }
            writeln!(f)?;
        }
        match self.list.len() {
            1 => write!(f, "1 mistake"),
            n if n > SHOWN => write!(f, "{n} mistakes, the first {SHOWN} shown"),
            n => write!(f, "{n} mistakes"),
        }
    }
}

/// Line and column, both from 1, of a byte offset; columns count characters.
fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = floor_char(text, offset);
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The source line with carets under the span, cut to a window when it is very long.
fn excerpt(f: &mut fmt::Formatter<'_>, source: &Source, span: &Range<usize>) -> fmt::Result {
    let text = &*source.text;
    if text.is_empty() {
        return Ok(());
    }
    let start = floor_char(text, span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = floor_char(text, span.end).clamp(start, line_end);

    let before: Vec<char> = text[line_start..start].chars().collect();
    let marked: Vec<char> = text[start..end].chars().collect();
    let after: Vec<char> = text[end..line_end].trim_end().chars().collect();
    let cut_left = before.len().saturating_sub(MARGIN);
    let shown_marked = marked.len().min(2 * MARGIN);
    let shown_after = if shown_marked < marked.len() { 0 } else { after.len().min(MARGIN) };

    let left = if cut_left > 0 { "…" } else { "" };
    let cut_right = shown_marked < marked.len() || shown_after < after.len();
    let right = if cut_right { "…" } else { "" };
    let line: String = [&before[cut_left..], &marked[..shown_marked], &after[..shown_after]]
        .concat()
        .into_iter()
        .map(visible)
        .collect();

    let width =
        |chars: &[char]| -> usize { chars.iter().map(|&c| visible(c).width().unwrap_or(0)).sum() };
    let indent = width(&before[cut_left..]) + left.chars().count();
    let carets = width(&marked[..shown_marked]).max(1);
    let number = if source.lines { line_column(text, start).0.to_string() } else { " ".to_owned() };
    let gutter = " ".repeat(number.len());
    writeln!(f, " {gutter} |")?;
    writeln!(f, " {number} | {left}{line}{right}")?;
    writeln!(f, " {gutter} | {}{}", " ".repeat(indent), "^".repeat(carets))
}

/// A character a terminal can be trusted with: tabs as a space, controls as a mark.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        // Invisible and direction-changing characters would hide what was written.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        c => c,
    }
}

fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        let mut mistakes = Diagnostics::default();
        let source = mistakes.sources.file("x.toml", text);
        mistakes.push(&Span { source, span }, "wrong", "do right");
        mistakes.to_string()
    }

    #[test]
    fn caret_stands_under_wide_characters_and_tabs() {
        insta::assert_snapshot!(shown("a = 1\n\t\"問\" = 5\n", 7..12), @r#"
        x.toml:2:2: wrong
           |
         2 |  "問" = 5
           |  ^^^^
          = help: do right

        1 mistake
        "#);
    }

    #[test]
    fn long_lines_are_cut_and_controls_are_shown_as_marks() {
        let text = format!("a = \"{}\u{1b}[31mred{}\"", "x".repeat(5_000), "y".repeat(5_000));
        let shown = shown(&text, 5_005..5_010);
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(shown.lines().all(|l| l.chars().count() < 200), "{shown}");
    }

    #[test]
    fn any_span_is_safe() {
        let text = "é = 1\nü = 2";
        for start in 0..20 {
            for end in 0..20 {
                let _ = shown(text, start..end);
            }
        }
    }
}
