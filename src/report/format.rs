//! Numbers as text, and text made safe for the document it stands in.

use super::analysis::Analysis;
use super::stats::Interval;
use super::variant::Summary;
pub(super) use crate::text::{count, duration, list};

/// Nothing to show.
pub(super) const NONE: &str = "–";

/// How many decimals a metric's numbers have in tables: two significant digits of the narrowest
/// interval, so that no digit is printed that another seed would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimals(usize);

impl Decimals {
    /// For one metric over all variants.
    pub fn of(analysis: &Analysis, metric: usize) -> Self {
        let finals = || analysis.variants.iter().map(|v| &v.finals[metric]);
        let spread = |s: &Summary| s.interval.map(|i| (i.high - i.low) / 2.0);
        let narrowest =
            finals().filter_map(spread).filter(|w| *w > 0.0).fold(f64::INFINITY, f64::min);
        let largest = finals().filter_map(|s| s.mean).map(f64::abs).fold(0.0, f64::max);
        if narrowest.is_finite() {
            // A freak of two nearly equal seeds must not fill the table with digits.
            Self::for_scale(narrowest.max(largest * 1e-4), 2)
        } else {
            Self::for_scale(largest, 4)
        }
    }

    /// So many that a number of this size has `digits` significant ones.
    pub fn for_scale(size: f64, digits: i32) -> Self {
        if size <= 0.0 || !size.is_finite() {
            return Self(3);
        }
        let decimals = digits - 1 - size.log10().floor() as i32;
        Self(decimals.clamp(0, 9) as usize)
    }

    /// The number, with a true minus sign.
    pub fn show(self, value: f64) -> String {
        minus(format!("{value:.*}", self.0))
    }

    /// The number with its sign, `+` too.
    pub fn signed(self, value: f64) -> String {
        let text = self.show(value);
        if value > 0.0 { format!("+{text}") } else { text }
    }

    /// The number, or a dash.
    pub fn opt(self, value: Option<f64>) -> String {
        value.map_or_else(|| NONE.into(), |v| self.show(v))
    }

    /// `[low, high]`, or nothing.
    pub fn interval(self, interval: Option<Interval>) -> String {
        interval
            .map_or_else(String::new, |i| format!("[{}, {}]", self.show(i.low), self.show(i.high)))
    }

    /// `low to high` with signs.
    pub fn range(self, interval: Interval) -> String {
        format!("{} to {}", self.signed(interval.low), self.signed(interval.high))
    }
}

/// Four significant digits, whatever the size.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let size = value.abs();
    if (1e-4..1e6).contains(&size) {
        let text = Decimals::for_scale(size, 4).show(value);
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    minus(format!("{value:.2e}"))
}

/// A p value: two significant digits, never 0.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        format!("{p:.1e}")
    } else if p >= 0.9995 {
        "1".into()
    } else {
        Decimals::for_scale(p, 2).show(p).trim_end_matches('0').to_owned()
    }
}

/// Text for Markdown, in a paragraph or a table cell.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text for LaTeX.
pub(super) fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '−' => out.push_str("$-$"),
            '–' => out.push_str("--"),
            '²' => out.push_str("\\textsuperscript{2}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A relative path as a URL: every byte that is not plain is escaped.
pub(super) fn url(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._/~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn minus(text: String) -> String {
    // -0.00 is 0.00: a sign that the digits do not bear out.
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|b| (b'1'..=b'9').contains(&b)) => format!("−{rest}"),
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(Decimals::for_scale(0.034, 2).show(1.23456), "1.235");
        assert_eq!(Decimals::for_scale(12.0, 2).show(-3.6), "−4");
        assert_eq!(Decimals::for_scale(1.0, 2).signed(-0.04), "0.0");
        assert_eq!(Decimals::for_scale(1.0, 2).signed(0.44), "+0.4");
        assert_eq!(short(0.0002), "0.0002");
        assert_eq!(short(1234.567), "1235");
        assert_eq!(short(-0.5), "−0.5");
        assert_eq!(short(1e-7), "1.00e-7");
        assert_eq!(p_value(0.0078125), "0.0078");
        assert_eq!(p_value(0.25), "0.25");
        assert_eq!(p_value(1.0), "1");
        assert_eq!(p_value(2.0e-5), "2.0e-5");

        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }

    #[test]
    fn text_is_made_safe() {
        assert_eq!(markdown("a|<b>_c_\n"), "a\\|&lt;b&gt;\\_c\\_ ");
        assert_eq!(latex("50%_{x}\\"), "50\\%\\_\\{x\\}\\textbackslash{}");
        assert_eq!(url("a b/\"<é"), "a%20b/%22%3C%C3%A9");
    }
}
