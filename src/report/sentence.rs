//! Sentences of words and names, which each page marks in its own way.

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// A name from the experiment, to be escaped and set apart.
    Name(String),
}

/// Builds sentences from words and names.
#[derive(Default)]
pub(super) struct Sentence(pub(super) Vec<Span>);

impl Sentence {
    pub(super) fn text(mut self, words: impl Into<String>) -> Self {
        self.0.push(Span::Text(words.into()));
        self
    }

    pub(super) fn name(mut self, name: &str) -> Self {
        self.0.push(Span::Name(name.to_owned()));
        self
    }

    pub(super) fn names(mut self, names: &[&str]) -> Self {
        for (i, name) in names.iter().enumerate() {
            let last = i + 1 == names.len();
            match i {
                0 => {}
                _ if last => self = self.text(" and "),
                _ => self = self.text(", "),
            }
            self = self.name(name);
        }
        self
    }
}

impl Sentence {
    /// Another sentence behind it.
    pub(super) fn then(mut self, mut other: Self) -> Self {
        if !self.0.is_empty() && !other.0.is_empty() {
            self = self.text(" ");
        }
        self.0.append(&mut other.0);
        self
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        let mut spans = other.0;
        // After a semicolon a sentence goes on in lower case.
        if let Some(Span::Text(first)) = spans.first_mut()
            && let Some(rest) = first.strip_prefix("It ")
        {
            *first = format!("it {rest}");
        }
        self.0.append(&mut spans);
        self
    }

    pub(super) fn capitalised(mut self) -> Self {
        let first = self.0.iter_mut().find_map(|span| match span {
            Span::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        });
        if let Some(text) = first {
            let mut letters = text.chars();
            if let Some(letter) = letters.next() {
                *text = letter.to_uppercase().collect::<String>() + letters.as_str();
            }
        }
        self
    }
}
