//! What someone who wrote an unknown word may have meant.

use crate::spec::schema::Schema;
use crate::spec::suggest::closest;

pub(super) const EXPERIMENT_KEYS: &[&str] =
    &["question", "expected", "cost", "extends", "seeds", "baseline", "primary"];
pub(super) const BLOCK_KEYS: &[&str] = &["axes", "zip", "sample", "exclude", "require"];
pub(super) const NAMED_BLOCK_KEYS: &[&str] =
    &["name", "set", "axes", "zip", "sample", "exclude", "require"];
pub(super) const TOP_KEYS: &[&str] = &["experiment", "question", "search", "block", "variants"];

pub(in crate::spec) fn did_you_mean(word: &str, words: &[&str]) -> String {
    match closest(word, words.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", list(words)),
    }
}

pub(super) fn list(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

/// Names of the settings and tables one step below a prefix.
pub(super) fn below(schema: &Schema, prefix: &str) -> String {
    let mut names: Vec<&str> = schema
        .settings()
        .iter()
        .filter_map(|s| s.key.strip_prefix(prefix)?.strip_prefix('.')?.split('.').next())
        .collect();
    names.dedup();
    list(&names)
}

/// The key behind a short name.
pub(super) fn short_help(schema: &Schema, path: &str) -> Option<String> {
    let setting = schema.settings().iter().find(|s| s.short == path)?;
    Some(format!("variant names call it that; its key is `{}`", setting.key))
}

/// What someone who wrote an unknown path may have meant.
pub(super) fn unknown_help(schema: &'static Schema, path: &str, prefix: &str) -> String {
    if let Some(help) = short_help(schema, path) {
        return help;
    }
    let keys = || schema.settings().iter().map(|s| s.key.as_str());
    let name = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
    let last = path.rsplit('.').next().unwrap_or(path);
    let same: Vec<&str> = keys().filter(|k| name(k) == last).take(3).collect();
    if !same.is_empty() {
        return format!("did you mean {}?", list(&same).replace(", ", " or "));
    }
    let tables = [TOP_KEYS, BLOCK_KEYS, &roots(schema)].concat();
    let table = closest(path, tables).filter(|_| prefix.is_empty());
    let near = closest(last, keys().map(name)).and_then(|n| keys().find(|k| name(k) == n));
    match table.or_else(|| closest(path, keys())).or(near) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if prefix.is_empty() => "`cgan-sweep defaults` prints every setting".to_owned(),
        None => format!("`{prefix}` has {}", below(schema, prefix)),
    }
}

/// The first parts of all keys: `data`, `noise`, …
pub(super) fn roots(schema: &'static Schema) -> Vec<&'static str> {
    let mut roots: Vec<&str> =
        schema.settings().iter().filter_map(|s| s.key.split('.').next()).collect();
    roots.dedup();
    roots
}
