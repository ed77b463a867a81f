//! The one table of settings: what may be written, under which key, of which type, and when it
//! applies. `defaults.toml` gives each its default, documentation and source; a test holds this
//! table, that file and [`super::Settings`] together.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};
use std::sync::LazyLock;

use super::value::Kind;

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Dotted key, as written.
    pub(crate) key: &'static str,
    /// What variant names call it: unique, and the same whatever else varies.
    pub(crate) short: &'static str,
    /// Its type and range.
    pub(crate) kind: Kind,
    /// What one of it is: "1" for a plain number, empty for what is no number.
    pub(crate) unit: &'static str,
    /// Conditions that all hold where the setting means something.
    pub(crate) when: &'static [When],
}

/// A condition on another setting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// The choice at this key is one of these.
    Is(&'static str, &'static [&'static str]),
    /// The integer at this key is above zero.
    Positive(&'static str),
    /// The integer at this key is zero.
    Zero(&'static str),
}

/// Index into [`SETTINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) usize);

impl Id {
    pub(crate) fn setting(self) -> &'static Setting {
        &SETTINGS[self.0]
    }

    /// The setting's dotted key.
    pub(crate) fn key(self) -> &'static str {
        self.setting().key
    }

    /// What variant names call the setting.
    pub(crate) fn short(self) -> &'static str {
        self.setting().short
    }
}

/// The condition in words, with `code` around keys and choices.
impl When {
    pub(crate) fn describe(&self, code: &str) -> String {
        match self {
            Self::Is(key, allowed) => {
                let quote = if code.is_empty() { "\"" } else { code };
                let allowed: Vec<String> =
                    allowed.iter().map(|a| format!("{quote}{a}{quote}")).collect();
                format!("{code}{key}{code} is {}", allowed.join(" or "))
            }
            Self::Positive(key) => format!("{code}{key}{code} is above 0"),
            Self::Zero(key) => format!("{code}{key}{code} is 0"),
        }
    }
}

impl Setting {
    /// Whether the setting cannot change a result, so that it stays out of a run's key.
    pub(crate) fn only_records(&self) -> bool {
        self.key.starts_with("record.") || self.key.starts_with("score.")
    }
}

const UNITS: Kind = Kind::Int(1, 65_536);
/// As many as can be told apart by a byte, with one value left for none: `ops::MAX_PIECES`.
const PIECES: Kind = Kind::Int(1, 255);
const COUNT: Kind = Kind::Int(1, 1_000_000_000);
const COUNT_OR_NONE: Kind = Kind::Int(0, 1_000_000_000);
const RATE: Kind = Kind::Float(Included(0.0), Excluded(1.0));
const ABOVE_ZERO: Kind = Kind::Float(Excluded(0.0), Included(10.0));
const FLOOR: Kind = Kind::Float(Included(0.0), Included(10.0));

const fn setting(key: &'static str, short: &'static str, kind: Kind) -> Setting {
    let unit = match kind {
        Kind::Float(..) => "1",
        _ => "",
    };
    Setting { key, short, kind, unit, when: &[] }
}

impl Setting {
    const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    const fn when(mut self, when: &'static [When]) -> Self {
        self.when = when;
        self
    }
}

/// How the label enters a network, and the network's initial weights.
macro_rules! network {
    ($net:literal, $short:literal) => {{
        const LABEL: &str = concat!($net, ".label");
        [
            setting(
                LABEL,
                concat!($short, ".label"),
                Kind::OneOf(&["dense", "maxout", "embedding", "concat"]),
            ),
            setting(concat!($net, ".label_units"), concat!($short, ".label_units"), UNITS)
                .unit("units")
                .when(&[When::Is(LABEL, &["dense", "maxout", "embedding"])]),
            setting(concat!($net, ".label_pieces"), concat!($short, ".label_pieces"), PIECES)
                .unit("pieces")
                .when(&[When::Is(LABEL, &["maxout"])]),
            setting(
                concat!($net, ".init"),
                concat!($short, ".init"),
                Kind::OneOf(&["glorot", "he", "uniform"]),
            ),
            setting(concat!($net, ".init_width"), concat!($short, ".init_width"), ABOVE_ZERO)
                .when(&[When::Is(concat!($net, ".init"), &["uniform"])]),
        ]
    }};
}

/// One network's optimizer.
macro_rules! optimizer {
    ($net:literal, $short:literal) => {{
        const KIND: &str = concat!("optimizer.", $net, ".kind");
        const SCHEDULE: &str = concat!("optimizer.", $net, ".schedule");
        const RAMP: &str = concat!("optimizer.", $net, ".momentum_ramp");
        const ADAM: &[When] = &[When::Is(KIND, &["adam", "adamw"])];
        const SGD: &[When] = &[When::Is(KIND, &["sgd"])];
        macro_rules! key {
            ($name:literal) => {
                concat!("optimizer.", $net, ".", $name)
            };
        }
        macro_rules! short {
            ($name:literal) => {
                concat!($short, ".", $name)
            };
        }
        [
            setting(KIND, short!("opt"), Kind::OneOf(&["adam", "adamw", "rmsprop", "sgd"])),
            setting(key!("lr"), short!("lr"), ABOVE_ZERO),
            setting(key!("beta1"), short!("beta1"), RATE).when(ADAM),
            setting(key!("beta2"), short!("beta2"), RATE).when(ADAM),
            setting(key!("rho"), short!("rho"), RATE).when(&[When::Is(KIND, &["rmsprop"])]),
            setting(key!("eps"), short!("eps"), Kind::Float(Excluded(0.0), Included(1.0)))
                .when(&[When::Is(KIND, &["adam", "adamw", "rmsprop"])]),
            setting(
                key!("weight_decay"),
                short!("weight_decay"),
                Kind::Float(Included(0.0), Included(1.0)),
            )
            .when(&[When::Is(KIND, &["adamw"])]),
            setting(key!("momentum"), short!("momentum"), RATE)
                .when(&[When::Is(KIND, &["rmsprop", "sgd"])]),
            setting(RAMP, short!("momentum_ramp"), Kind::Int(0, 1_000_000))
                .unit("epochs")
                .when(SGD),
            setting(key!("momentum_final"), short!("momentum_final"), RATE)
                .when(&[When::Is(KIND, &["sgd"]), When::Positive(RAMP)]),
            setting(key!("nesterov"), short!("nesterov"), Kind::Bool).when(SGD),
            setting(
                SCHEDULE,
                short!("schedule"),
                Kind::OneOf(&["constant", "exponential", "linear", "cosine"]),
            ),
            setting(
                key!("schedule_factor"),
                short!("schedule_factor"),
                Kind::Float(Included(1.0), Included(2.0)),
            )
            .when(&[When::Is(SCHEDULE, &["exponential"])]),
            setting(key!("schedule_floor"), short!("schedule_floor"), FLOOR)
                .when(&[When::Is(SCHEDULE, &["exponential", "linear", "cosine"])]),
            setting(
                key!("clip"),
                short!("clip"),
                Kind::Float(Included(0.0), Included(1_000_000.0)),
            ),
        ]
    }};
}

/// Every setting, in the order in which it is documented, resolved and hashed.
pub(crate) static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let [g_label, g_label_units, g_label_pieces, g_init, g_init_width] = network!("generator", "g");
    let [d_label, d_label_units, d_label_pieces, d_init, d_init_width] =
        network!("discriminator", "d");
    let mut settings = vec![
        setting("data.dir", "data", Kind::Text),
        setting("data.subset", "subset", COUNT_OR_NONE).unit("images"),
        setting("noise.dim", "n.dim", UNITS).unit("elements"),
        setting(
            "noise.distribution",
            "n.distribution",
            Kind::OneOf(&["normal", "uniform", "uniform-sqrt3"]),
        ),
        setting("generator.noise_units", "g.noise_units", UNITS).unit("units"),
        g_label,
        g_label_units,
        g_label_pieces,
        setting("generator.hidden", "g.hidden", Kind::Ints { min: 1, max: 65_536, len: 8 })
            .unit("units"),
        setting("generator.dropout", "g.dropout", RATE).unit("share"),
        setting("generator.output", "g.output", Kind::OneOf(&["tanh", "sigmoid"])),
        g_init,
        g_init_width,
        setting("discriminator.image_units", "d.image_units", UNITS).unit("units"),
        setting("discriminator.image_pieces", "d.image_pieces", PIECES).unit("pieces"),
        d_label,
        d_label_units,
        d_label_pieces,
        setting("discriminator.joint_units", "d.joint_units", UNITS).unit("units"),
        setting("discriminator.joint_pieces", "d.joint_pieces", PIECES).unit("pieces"),
        setting(
            "discriminator.maxout",
            "d.maxout",
            Kind::OneOf(&["article", "drop-inputs", "drop-outputs", "relu"]),
        ),
        setting("discriminator.dropout", "d.dropout", RATE).unit("share"),
        setting("discriminator.input_dropout", "d.input_dropout", RATE).unit("share"),
        d_init,
        d_init_width,
        setting(
            "loss.kind",
            "loss",
            Kind::OneOf(&["non-saturating", "saturating", "least-squares", "hinge"]),
        ),
        setting("loss.discriminator", "loss.d", Kind::OneOf(&["sum", "mean"])),
        setting("loss.real_target", "loss.real_target", Kind::Float(Excluded(0.0), Included(1.0)))
            .when(&[When::Is("loss.kind", &["non-saturating", "saturating", "least-squares"])]),
        setting("update.order", "u.order", Kind::OneOf(&["simultaneous", "alternating"])),
        setting("update.discriminator_steps", "u.d_steps", Kind::Int(1, 1_000)).unit("updates"),
        setting("update.fake_batch", "u.fake_batch", Kind::OneOf(&["shared", "fresh"])),
        setting("update.fake_labels", "u.fake_labels", Kind::OneOf(&["shared", "drawn"])),
    ];
    settings.extend(optimizer!("generator", "g"));
    settings.extend(optimizer!("discriminator", "d"));
    settings.extend([
        setting("train.batch", "batch", Kind::Int(1, 1_000_000)).unit("images"),
        setting("train.epochs", "epochs", Kind::Int(1, 1_000_000))
            .unit("epochs")
            .when(&[When::Zero("train.steps")]),
        setting("train.steps", "steps", COUNT_OR_NONE).unit("steps"),
        setting("record.scalars_every", "r.scalars_every", COUNT_OR_NONE).unit("steps"),
        setting("record.samples_every", "r.samples_every", COUNT).unit("epochs"),
        setting("record.checkpoint_every", "r.checkpoint_every", COUNT).unit("epochs"),
        setting("score.fast", "s.fast", Kind::Bool),
        setting("score.full", "s.full", Kind::Bool),
    ]);
    settings
});

static BY_KEY: LazyLock<BTreeMap<&'static str, Id>> =
    LazyLock::new(|| SETTINGS.iter().enumerate().map(|(i, s)| (s.key, Id(i))).collect());

/// The setting with this dotted key.
pub(crate) fn find(key: &str) -> Option<Id> {
    BY_KEY.get(key).copied()
}

/// Whether settings lie below this dotted key, as `optimizer.generator` has.
pub(crate) fn is_table(prefix: &str) -> bool {
    let below = |key: &str| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    BY_KEY.range(prefix..).take_while(|(k, _)| k.starts_with(prefix)).any(|(k, _)| below(k))
}

/// Every setting's index.
pub(crate) fn ids() -> impl Iterator<Item = Id> {
    (0..SETTINGS.len()).map(Id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_and_short_names_are_unique_and_conditions_name_settings() {
        let keys: BTreeSet<_> = SETTINGS.iter().map(|s| s.key).collect();
        let shorts: BTreeSet<_> = SETTINGS.iter().map(|s| s.short).collect();
        assert_eq!(keys.len(), SETTINGS.len());
        assert_eq!(shorts.len(), SETTINGS.len());
        for setting in SETTINGS.iter() {
            assert!(!is_table(setting.key), "{} is both a setting and a table", setting.key);
            super::super::name::check(setting.short).unwrap();
            let number =
                matches!(setting.kind, Kind::Int(..) | Kind::Float(..) | Kind::Ints { .. });
            assert_eq!(number, !setting.unit.is_empty(), "the unit of {}", setting.key);
            for condition in setting.when {
                match condition {
                    When::Is(key, allowed) => {
                        let Kind::OneOf(all) = find(key).unwrap().setting().kind else {
                            panic!("{key} is no choice")
                        };
                        assert!(allowed.iter().all(|a| all.contains(a)), "{key}");
                    }
                    When::Positive(key) | When::Zero(key) => {
                        assert!(matches!(find(key).unwrap().setting().kind, Kind::Int(..)));
                    }
                }
            }
        }
    }

    #[test]
    fn tables_are_prefixes_at_a_dot() {
        assert!(is_table("optimizer") && is_table("optimizer.generator") && is_table("data"));
        assert!(!is_table("optim") && !is_table("data.dir") && !is_table(""));
    }
}
