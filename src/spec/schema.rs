//! All settings of an experiment, in one order.

use std::collections::BTreeMap;

use super::general;
use super::setting::{Setting, When};
use super::value::{Kind, Value};

/// A setting of a schema: its place there.
#[derive(Clone, Copy)]
pub(crate) struct Id {
    index: usize,
    setting: &'static Setting,
}

impl Id {
    pub(crate) fn index(self) -> usize {
        self.index
    }

    pub(crate) fn setting(self) -> &'static Setting {
        self.setting
    }

    /// The setting's dotted key.
    pub(crate) fn key(self) -> &'static str {
        &self.setting.key
    }

    /// What variant names call the setting.
    pub(crate) fn short(self) -> &'static str {
        &self.setting.short
    }
}

impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for Id {}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.index.cmp(&other.index)
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Every setting of an experiment, in the order in which it is documented, resolved and hashed:
/// those of the data, the swept network's own, and those of training, records and scores.
#[derive(Debug)]
pub struct Schema {
    settings: Vec<Setting>,
    by_key: BTreeMap<String, usize>,
    presets: &'static [(&'static str, &'static str)],
    defaults: Vec<Value>,
    /// What each setting is where a record does not know it.
    before: Vec<Value>,
}

impl Schema {
    /// The schema of a network with these settings of its own, and recipes (name, TOML) that a file
    /// extends by their names.
    ///
    /// # Panics
    /// On a mistake of the programmer: two settings of one key or short name, a default that a
    /// setting does not take, a condition on none that is declared.
    pub fn new(own: Vec<Setting>, presets: &'static [(&'static str, &'static str)]) -> Self {
        let mut settings = general::data();
        settings.extend(own);
        settings.extend(general::rest());
        let default = |s: &Setting| {
            let read = s.parse(s.default);
            read.unwrap_or_else(|why| panic!("the default of {} {why}", s.key))
        };
        let defaults = settings.iter().map(default).collect();
        let before = |s: &Setting| match s.before {
            "" => default(s),
            toml => s.parse(toml).unwrap_or_else(|why| panic!("before {}: it {why}", s.key)),
        };
        let before = settings.iter().map(before).collect();
        let names = |s: &Setting| {
            let old = s.was.iter().map(|name| (*name).to_owned());
            old.chain([s.key.clone()]).collect::<Vec<_>>()
        };
        let all = settings.iter().enumerate();
        let by_key: BTreeMap<String, usize> =
            all.flat_map(|(i, s)| names(s).into_iter().map(move |name| (name, i))).collect();
        let schema = Self { settings, by_key, presets, defaults, before };
        schema.check();
        schema
    }

    /// The settings, in order.
    pub(crate) fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The keys of the swept network's own settings.
    pub fn own_keys(&self) -> Vec<&str> {
        let general: Vec<String> =
            general::data().into_iter().chain(general::rest()).map(|s| s.key).collect();
        self.settings
            .iter()
            .map(|s| s.key.as_str())
            .filter(|k| !general.iter().any(|g| g == k))
            .collect()
    }

    pub(crate) fn presets(&self) -> &'static [(&'static str, &'static str)] {
        self.presets
    }

    pub(super) fn defaults(&self) -> Vec<Value> {
        self.defaults.clone()
    }

    pub(super) fn before(&self) -> Vec<Value> {
        self.before.clone()
    }

    /// The setting with this dotted key, which it may have had before.
    pub(crate) fn find(&'static self, key: &str) -> Option<Id> {
        let index = *self.by_key.get(key)?;
        Some(Id { index, setting: &self.settings[index] })
    }

    /// Every setting's place.
    pub(crate) fn ids(&'static self) -> impl Iterator<Item = Id> {
        self.settings.iter().enumerate().map(|(index, setting)| Id { index, setting })
    }

    /// Whether settings lie below this dotted key, as `optimizer.generator` has.
    pub(crate) fn is_table(&self, prefix: &str) -> bool {
        let below = |key: &str| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        let from = self.by_key.range(prefix.to_owned()..);
        from.take_while(|(key, _)| key.starts_with(prefix)).any(|(key, _)| below(key))
    }

    fn check(&self) {
        let mut shorts = std::collections::BTreeSet::new();
        let names: usize = self.settings.iter().map(|s| 1 + s.was.len()).sum();
        assert_eq!(self.by_key.len(), names, "two settings have one key");
        for setting in &self.settings {
            let key = &setting.key;
            assert!(shorts.insert(&setting.short), "two settings are called {}", setting.short);
            assert!(!self.is_table(key), "{key} is both a setting and a table");
            assert!(key.contains('.'), "{key} lies in no table");
            if let Err(why) = super::name::check(&setting.short) {
                panic!("the short name of {key} {why}");
            }
            let number =
                matches!(setting.kind, Kind::Int(..) | Kind::Float(..) | Kind::Ints { .. });
            assert_eq!(number, !setting.unit.is_empty(), "the unit of {key}");
            let kind = |other: &str| {
                let index = self.by_key.get(other);
                let index = index.unwrap_or_else(|| panic!("{key} depends on {other}: no setting"));
                &self.settings[*index].kind
            };
            for condition in &setting.when {
                match condition {
                    When::Is(other, allowed) => {
                        let Kind::OneOf(all) = kind(other) else {
                            panic!("{key} depends on {other}, which is no choice")
                        };
                        assert!(allowed.iter().all(|a| all.contains(a)), "{key}");
                    }
                    When::Positive(other) | When::Zero(other) => {
                        assert!(matches!(kind(other), Kind::Int(..) | Kind::Float(..)), "{key}");
                    }
                    When::On(other) => assert!(matches!(kind(other), Kind::Bool), "{key}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Settings, When};

    #[test]
    fn tables_are_prefixes_at_a_dot() {
        let own = vec![Setting::flag("net.deep.on", "on").default("true")];
        let schema = Schema::new(own, &[]);
        assert!(schema.is_table("net") && schema.is_table("net.deep") && schema.is_table("data"));
        assert!(!schema.is_table("ne") && !schema.is_table("data.dir") && !schema.is_table(""));
    }

    #[test]
    fn a_declaration_that_cannot_be_meant_is_refused() {
        let refused = |setting: Setting| {
            std::panic::catch_unwind(|| Schema::new(vec![setting], &[])).is_err()
        };
        assert!(refused(Setting::flag("net.on", "on").default("1")));
        assert!(refused(Setting::flag("data.dir", "on").default("true")));
        assert!(refused(Setting::flag("net.on", "data").default("true")));
        assert!(refused(Setting::flag("on", "on").default("true")));
        assert!(refused(Setting::int("net.n", "n", 0..=1).default("1")));
        let depends = When::is("train.batch", &["many"]);
        assert!(refused(Setting::flag("net.on", "on").default("true").when(depends)));
    }

    /// `settings` with a network's own, which live as long as the program.
    fn schema(own: Vec<Setting>) -> &'static Schema {
        Box::leak(Box::new(Schema::new(own, &[])))
    }

    #[test]
    fn a_setting_that_is_added_or_renamed_changes_no_key() {
        let width = || Setting::int("net.width", "width", 1..=9).unit("units").default("3");
        let old = schema(vec![width()]);
        let key = |schema, text| {
            crate::spec::parse_settings("x", text, schema).unwrap().values().canonical()
        };
        let was = key(old, "net.width = 4");
        assert!(was.contains("net.width = 4\n"), "{was}");

        // The default of new experiments is another one than what was done before.
        let depth =
            Setting::int("net.depth", "depth", 1..=9).unit("layers").default("2").added("1");
        let new = schema(vec![depth, width()]);
        assert_eq!(key(new, "net.width = 4"), was);
        assert_eq!(key(new, "net.width = 4\nnet.depth = 1"), was);
        assert_ne!(key(new, "net.width = 4\nnet.depth = 2"), was);
        assert!(Settings::defaults(new).values().canonical().contains("net.depth = 2\n"));

        let units = Setting::int("net.units", "units", 1..=9).unit("units").default("3");
        let renamed = schema(vec![units.was(&["net.width"])]);
        assert_eq!(key(renamed, "net.units = 4"), was);
        assert_eq!(key(renamed, "net.width = 4"), was);
    }
}
