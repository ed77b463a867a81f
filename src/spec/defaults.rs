//! The defaults and their documentation: one commented TOML text.

use std::fmt::Write as _;

#[cfg(test)]
use super::schema::SETTINGS;
use super::schema::Setting;

/// Every setting with its default, documented.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// What is said about one setting.
struct Entry {
    setting: &'static Setting,
    about: String,
    source: String,
    default: String,
}

/// The bracketed line of a setting: what values it takes, and when.
#[cfg(test)]
fn fact(setting: &Setting) -> String {
    let mut fact = setting.kind.to_string();
    if !setting.unit.is_empty() {
        let _ = write!(fact, "; unit: {}", setting.unit);
    }
    for condition in setting.when {
        let _ = write!(fact, "; where {}", condition.describe(""));
    }
    format!("{fact}; short: {}", setting.short)
}

/// The text with the bracketed line of every setting as the schema has it.
#[cfg(test)]
fn with_facts(text: &str) -> String {
    let mut out = String::new();
    let mut table = String::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            table = name.to_owned();
        }
        if line.starts_with('#') {
            comment.push(line);
            continue;
        }
        let setting = line
            .split_once(" = ")
            .and_then(|(name, _)| super::schema::find(&format!("{table}.{name}")));
        let facts = setting.map(|id| format!("# [{}]", fact(id.setting())));
        for old in comment.drain(..) {
            if facts.is_some() && old.starts_with("# [") {
                continue;
            }
            if let (Some(facts), true) = (&facts, old.starts_with("# source:")) {
                out.push_str(facts);
                out.push('\n');
            }
            out.push_str(old);
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The comments of [`DEFAULTS`], setting by setting.
fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut table = "";
    let (mut about, mut source) = (String::new(), String::new());
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix("# source: ") {
            source = text.to_owned();
        } else if let Some(text) = line.strip_prefix("# ") {
            if !text.starts_with('[') {
                about = format!("{about} {text}").trim().to_owned();
            }
        } else if let Some((name, default)) = line.split_once(" = ") {
            let key = format!("{table}.{name}");
            if let Some(id) = super::schema::find(&key) {
                let (about, source) = (std::mem::take(&mut about), std::mem::take(&mut source));
                let default = default.to_owned();
                entries.push(Entry { setting: id.setting(), about, source, default });
            }
        } else {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                table = name;
            }
            about.clear();
            source.clear();
        }
    }
    entries
}

/// What a setting is, in its first sentence.
pub(super) fn about(id: super::schema::Id) -> String {
    let entries = entries();
    let Some(entry) = entries.iter().find(|e| e.setting.key == id.key()) else {
        return String::new();
    };
    let first = entry.about.split_inclusive(". ").next().unwrap_or_default();
    format!("{}: {}", id.key(), first.trim().trim_end_matches('.'))
}

/// `docs/settings.md`: the same as a page.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         <!-- Made by `cgan-sweep defaults --markdown > docs/settings.md` from \
         `src/spec/defaults.toml`; a test fails when it is stale. -->\n\n\
         Every setting of an experiment file. An experiment writes only what it changes; the rest \
         has these defaults,\nwhich together are the preset `article`. Unit 1 is a plain number. The short \
         name is what variants are called by: `d.image_pieces=8`.\n",
    );
    let mut table = "";
    for entry in entries() {
        let key = entry.setting.key;
        let (parent, _) = key.rsplit_once('.').unwrap_or(("", key));
        if parent != table {
            table = parent;
            let _ = write!(page, "\n## {table}\n");
        }
        let _ = write!(page, "\n### `{key}`\n\n{}\n\n", entry.about);
        let _ = writeln!(page, "- default: `{}`", entry.default);
        let _ = writeln!(page, "- takes {}", entry.setting.kind);
        if !entry.setting.unit.is_empty() {
            let _ = writeln!(page, "- unit: {}", entry.setting.unit);
        }
        for condition in entry.setting.when {
            let _ = writeln!(page, "- applies where {}", condition.describe("`"));
        }
        let _ = writeln!(page, "- short name: `{}`", entry.setting.short);
        let _ = writeln!(page, "- source: {}", entry.source);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_DOCS=1` writes what is stale instead of failing.
    fn fresh(path: &str, committed: &str, made: &str) {
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path), made)
                .unwrap();
        } else {
            assert_eq!(committed, made, "{path} is stale: UPDATE_DOCS=1 cargo test defaults");
        }
    }

    #[test]
    fn every_setting_is_documented_in_the_schemas_order() {
        fresh("src/spec/defaults.toml", DEFAULTS, &with_facts(DEFAULTS));
        let entries = entries();
        let keys: Vec<_> = entries.iter().map(|e| e.setting.key).collect();
        assert_eq!(keys, SETTINGS.iter().map(|s| s.key).collect::<Vec<_>>());
        for entry in &entries {
            assert!(entry.about.len() > 15, "{} says too little", entry.setting.key);
            assert!(!entry.source.is_empty(), "{} lacks a source", entry.setting.key);
        }
    }

    #[test]
    fn settings_page_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        fresh("docs/settings.md", &committed, &markdown());
    }
}
