//! What is said of settings, from their declarations.

use std::fmt::Write as _;

use super::schema::{Id, Schema};
use super::setting::Setting;

/// Columns of a page of text.
const WIDTH: usize = 100;

/// The bracketed line of a setting: what values it takes, and when.
fn fact(setting: &Setting) -> String {
    let mut fact = setting.kind.to_string();
    if !setting.unit.is_empty() {
        let _ = write!(fact, "; unit: {}", setting.unit);
    }
    for condition in &setting.when {
        let _ = write!(fact, "; where {}", condition.describe(""));
    }
    format!("{fact}; short: {}", setting.short)
}

/// The table that a setting stands in, and its name there.
fn parts(setting: &Setting) -> (&str, &str) {
    setting.key.rsplit_once('.').unwrap_or(("", &setting.key))
}

/// Every setting with its default, documented, as a TOML document that an experiment file could
/// hold.
pub fn toml(schema: &Schema) -> String {
    let comment = |text: &str| {
        let options = textwrap::Options::new(WIDTH)
            .initial_indent("# ")
            .subsequent_indent("# ")
            .break_words(false);
        textwrap::fill(text, options)
    };
    let mut text = String::from(
        "# Every setting with its default.\n#\n\
         # An experiment file writes only what it changes, under the same names, in [tables] as here or \
         as\n# dotted keys (`train.epochs = 20`). The line in brackets says what values are taken, the \
         unit (1 is\n# a plain number), the conditions under which the setting applies, and the short \
         name that variants\n# are called by.\n",
    );
    let mut table = "";
    for setting in schema.settings() {
        let (parent, name) = parts(setting);
        text.push('\n');
        if parent != table {
            table = parent;
            let _ = writeln!(text, "[{table}]");
        }
        let _ = writeln!(text, "{}\n# [{}]", comment(setting.about), fact(setting));
        let _ = writeln!(text, "{}", comment(&format!("source: {}", setting.source)));
        let _ = writeln!(text, "{name} = {}", setting.default);
    }
    text
}

/// What a setting is, in its first sentence.
pub(super) fn about(id: Id) -> String {
    let first = id.setting().about.split_inclusive(". ").next().unwrap_or_default();
    format!("{}: {}", id.key(), first.trim().trim_end_matches('.'))
}

/// `docs/settings.md`: the same as a page.
pub fn markdown(schema: &Schema) -> String {
    let mut page = String::from(
        "# Settings\n\n\
         <!-- Made by `cgan-sweep defaults --markdown > docs/settings.md`; a test fails when it is \
         stale. -->\n\n\
         Every setting of an experiment file. An experiment writes only what it changes; the rest \
         has these defaults,\nwhich together are the preset `article`. Unit 1 is a plain number. The short \
         name is what variants are called by: `d.image_pieces=8`.\n",
    );
    let mut table = "";
    for setting in schema.settings() {
        let (parent, _) = parts(setting);
        if parent != table {
            table = parent;
            let _ = write!(page, "\n## {table}\n");
        }
        let _ = write!(page, "\n### `{}`\n\n{}\n\n", setting.key, setting.about);
        let _ = writeln!(page, "- default: `{}`", setting.default);
        let _ = writeln!(page, "- takes {}", setting.kind);
        if !setting.unit.is_empty() {
            let _ = writeln!(page, "- unit: {}", setting.unit);
        }
        for condition in &setting.when {
            let _ = writeln!(page, "- applies where {}", condition.describe("`"));
        }
        let _ = writeln!(page, "- short name: `{}`", setting.short);
        let _ = writeln!(page, "- source: {}", setting.source);
    }
    page
}
