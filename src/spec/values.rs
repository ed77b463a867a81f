//! A value for every setting, and the one function from there to [`Settings`].

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, IntoDeserializer};

use super::mistake::Mistakes;
use super::schema::{Id, When, find, ids};
use super::value::Value;
use super::{
    DataSettings, DiscriminatorSettings, GeneratorSettings, Init, LabelInput, LossSettings,
    NoiseSettings, OptimizerKind, OptimizerSettings, Optimizers, RecordSettings, Schedule,
    ScoreSettings, Settings, TrainSettings, UpdateSettings,
};
use super::{defaults, written};

/// One value a setting, whether or not it applies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Values(Vec<Value>);

static DEFAULTS: LazyLock<Values> = LazyLock::new(|| Values(default_values()));

/// The default of each setting, in the schema's order.
fn default_values() -> Vec<Value> {
    let mut mistakes = Mistakes::default();
    let source = mistakes.sources.file("defaults.toml", defaults::DEFAULTS);
    let written = written::read(&mut mistakes, source);
    assert!(mistakes.count() == 0, "{mistakes}");
    ids()
        .map(|id| {
            let found = written.base.iter().find(|a| a.id == id);
            found.unwrap_or_else(|| panic!("{} has no default", id.setting().key)).value.clone()
        })
        .collect()
}

impl Settings {
    /// Preset `article`: the defaults.
    pub fn article() -> Self {
        DEFAULTS.settings()
    }
}

impl Values {
    /// The defaults, which are the preset `article`.
    pub(crate) fn defaults() -> Self {
        DEFAULTS.clone()
    }

    pub(crate) fn get(&self, id: Id) -> &Value {
        &self.0[id.0]
    }

    pub(crate) fn set(&mut self, id: Id, value: Value) {
        self.0[id.0] = value;
    }

    /// Whether the setting means anything beside the others.
    pub(crate) fn applies(&self, id: Id) -> bool {
        id.setting().when.iter().all(|condition| self.holds(condition))
    }

    /// The first condition that keeps the setting from applying.
    pub(crate) fn obstacle(&self, id: Id) -> Option<&'static When> {
        id.setting().when.iter().find(|condition| !self.holds(condition))
    }

    fn holds(&self, condition: &When) -> bool {
        match condition {
            When::Is(key, allowed) => allowed.contains(&self.choice(key)),
            When::Positive(key) => self.count(key) > 0,
            When::Zero(key) => self.count(key) == 0,
        }
    }

    /// The settings that apply, in the schema's order.
    pub(crate) fn applying(&self) -> impl Iterator<Item = (Id, &Value)> {
        ids().filter(|&id| self.applies(id)).map(|id| (id, self.get(id)))
    }

    /// `key = value` lines of all that can change a result, given the data's content: what two
    /// variants must not share, and what a run's key hashes.
    pub(crate) fn canonical(&self) -> String {
        let mut lines = String::with_capacity(2_048);
        for (id, value) in self.applying().filter(|(id, _)| !id.setting().only_records()) {
            let _ = writeln!(lines, "{} = {value}", id.setting().key);
        }
        lines
    }

    /// [`Self::canonical`], with numbers as exact as networks train with them.
    pub(crate) fn in_single_precision(&self) -> String {
        let mut lines = String::with_capacity(2_048);
        for (id, value) in self.applying().filter(|(id, _)| !id.setting().only_records()) {
            let key = id.setting().key;
            let _ = match value {
                Value::Float(number) => writeln!(lines, "{key} = {}", *number as f32),
                value => writeln!(lines, "{key} = {value}"),
            };
        }
        lines
    }

    /// The settings that apply as a TOML document that an experiment file could hold.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = String::with_capacity(2_048);
        let mut table = "";
        for (id, value) in self.applying() {
            let (parent, name) = id.setting().key.rsplit_once('.').unwrap_or(("", ""));
            if parent != table {
                let blank = if table.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{blank}[{parent}]");
                table = parent;
            }
            let _ = writeln!(text, "{name} = {value}");
        }
        text
    }

    /// What a run trains with.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            data: DataSettings { dir: self.text("data.dir"), subset: self.count("data.subset") },
            noise: NoiseSettings {
                dim: self.count("noise.dim"),
                distribution: self.named("noise.distribution"),
            },
            generator: GeneratorSettings {
                noise_units: self.count("generator.noise_units"),
                label: self.label("generator"),
                hidden: self.counts("generator.hidden"),
                dropout: self.number("generator.dropout"),
                output: self.named("generator.output"),
                init: self.init("generator"),
            },
            discriminator: DiscriminatorSettings {
                image_units: self.count("discriminator.image_units"),
                image_pieces: self.count("discriminator.image_pieces"),
                label: self.label("discriminator"),
                joint_units: self.count("discriminator.joint_units"),
                joint_pieces: self.count("discriminator.joint_pieces"),
                maxout: self.named("discriminator.maxout"),
                dropout: self.number("discriminator.dropout"),
                input_dropout: self.number("discriminator.input_dropout"),
                init: self.init("discriminator"),
            },
            loss: LossSettings {
                kind: self.named("loss.kind"),
                discriminator: self.named("loss.discriminator"),
                real_target: self.number_or("loss.real_target", 1.0),
            },
            update: UpdateSettings {
                order: self.named("update.order"),
                discriminator_steps: self.count("update.discriminator_steps"),
                fake_batch: self.named("update.fake_batch"),
                fake_labels: self.named("update.fake_labels"),
            },
            optimizer: Optimizers {
                generator: self.optimizer("generator"),
                discriminator: self.optimizer("discriminator"),
            },
            train: TrainSettings {
                batch: self.count("train.batch"),
                epochs: if self.count("train.steps") == 0 { self.count("train.epochs") } else { 0 },
                steps: self.count("train.steps"),
            },
            record: RecordSettings {
                scalars_every: self.count("record.scalars_every"),
                samples_every: self.count("record.samples_every"),
                checkpoint_every: self.count("record.checkpoint_every"),
            },
            score: ScoreSettings {
                fast: *self.value("score.fast") == Value::Bool(true),
                full: *self.value("score.full") == Value::Bool(true),
            },
        }
    }

    fn label(&self, net: &str) -> LabelInput {
        let units = || self.count(&format!("{net}.label_units"));
        match self.choice(&format!("{net}.label")) {
            "dense" => LabelInput::Dense { units: units() },
            "maxout" => LabelInput::Maxout {
                units: units(),
                pieces: self.count(&format!("{net}.label_pieces")),
            },
            "embedding" => LabelInput::Embedding { units: units() },
            _ => LabelInput::Concat,
        }
    }

    fn init(&self, net: &str) -> Init {
        match self.choice(&format!("{net}.init")) {
            "glorot" => Init::Glorot,
            "he" => Init::He,
            _ => Init::Uniform { width: self.number(&format!("{net}.init_width")) },
        }
    }

    fn optimizer(&self, net: &str) -> OptimizerSettings {
        let key = |name: &str| format!("optimizer.{net}.{name}");
        let number = |name: &str| self.number(&key(name));
        let kind = match self.choice(&key("kind")) {
            "adam" => OptimizerKind::Adam {
                beta1: number("beta1"),
                beta2: number("beta2"),
                eps: number("eps"),
            },
            "adamw" => OptimizerKind::AdamW {
                beta1: number("beta1"),
                beta2: number("beta2"),
                eps: number("eps"),
                weight_decay: number("weight_decay"),
            },
            "rmsprop" => OptimizerKind::RmsProp {
                rho: number("rho"),
                eps: number("eps"),
                momentum: number("momentum"),
            },
            _ => OptimizerKind::Sgd {
                momentum: number("momentum"),
                // Without a ramp momentum stays where it begins.
                momentum_final: self.number_or(&key("momentum_final"), number("momentum")),
                momentum_ramp: self.count(&key("momentum_ramp")),
                nesterov: *self.value(&key("nesterov")) == Value::Bool(true),
            },
        };
        let floor = || number("schedule_floor");
        let schedule = match self.choice(&key("schedule")) {
            "constant" => Schedule::Constant,
            "exponential" => {
                Schedule::Exponential { factor: number("schedule_factor"), floor: floor() }
            }
            "linear" => Schedule::Linear { floor: floor() },
            _ => Schedule::Cosine { floor: floor() },
        };
        OptimizerSettings { kind, lr: number("lr"), schedule, clip: number("clip") }
    }

    fn value(&self, key: &str) -> &Value {
        self.get(find(key).unwrap_or_else(|| panic!("no setting {key} in the schema")))
    }

    fn choice(&self, key: &str) -> &'static str {
        match self.value(key) {
            Value::Choice(v) => v,
            other => panic!("{key} = {other} is no choice"),
        }
    }

    /// A choice as the settings' own type, whose serialized name it is.
    fn named<T: Deserialize<'static>>(&self, key: &str) -> T {
        let text: StrDeserializer<'_, serde::de::value::Error> =
            self.choice(key).into_deserializer();
        T::deserialize(text).unwrap_or_else(|e| panic!("{key}: {e}"))
    }

    fn count(&self, key: &str) -> usize {
        match self.value(key) {
            Value::Int(v) => usize::try_from(*v).unwrap_or_else(|_| panic!("{key} = {v} < 0")),
            other => panic!("{key} = {other} is no count"),
        }
    }

    fn counts(&self, key: &str) -> Vec<usize> {
        match self.value(key) {
            Value::Ints(v) => v.iter().map(|v| usize::try_from(*v).unwrap_or_default()).collect(),
            other => panic!("{key} = {other} is no list of counts"),
        }
    }

    fn number(&self, key: &str) -> f64 {
        match self.value(key) {
            Value::Float(v) => *v,
            other => panic!("{key} = {other} is no number"),
        }
    }

    /// The number where the setting applies, else `other`.
    fn number_or(&self, key: &str, other: f64) -> f64 {
        let applies = find(key).is_some_and(|id| self.applies(id));
        if applies { self.number(key) } else { other }
    }

    fn text(&self, key: &str) -> String {
        match self.value(key) {
            Value::Text(v) => v.to_string(),
            other => panic!("{key} = {other} is no text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::super::value::Kind;
    use super::*;
    use crate::spec::{
        FakeBatch, FakeLabels, LossKind, LossSum, MaxoutMode, NoiseDistribution, Output,
        UpdateOrder,
    };

    #[test]
    fn the_defaults_are_the_article() {
        let optimizer = OptimizerSettings {
            kind: OptimizerKind::Adam { beta1: 0.5, beta2: 0.999, eps: 1e-7 },
            lr: 2e-4,
            schedule: Schedule::Constant,
            clip: 0.0,
        };
        let article = Settings {
            data: DataSettings { dir: String::new(), subset: 0 },
            noise: NoiseSettings { dim: 100, distribution: NoiseDistribution::Normal },
            generator: GeneratorSettings {
                noise_units: 256,
                label: LabelInput::Dense { units: 256 },
                hidden: vec![512],
                dropout: 0.0,
                output: Output::Tanh,
                init: Init::Glorot,
            },
            discriminator: DiscriminatorSettings {
                image_units: 240,
                image_pieces: 5,
                label: LabelInput::Maxout { units: 50, pieces: 5 },
                joint_units: 240,
                joint_pieces: 4,
                maxout: MaxoutMode::Article,
                dropout: 0.5,
                input_dropout: 0.0,
                init: Init::Glorot,
            },
            loss: LossSettings {
                kind: LossKind::NonSaturating,
                discriminator: LossSum::Sum,
                real_target: 1.0,
            },
            update: UpdateSettings {
                order: UpdateOrder::Simultaneous,
                discriminator_steps: 1,
                fake_batch: FakeBatch::Shared,
                fake_labels: FakeLabels::Shared,
            },
            optimizer: Optimizers { generator: optimizer.clone(), discriminator: optimizer },
            train: TrainSettings { batch: 256, epochs: 150, steps: 0 },
            record: RecordSettings { scalars_every: 50, samples_every: 1, checkpoint_every: 15 },
            score: ScoreSettings { fast: true, full: true },
        };
        assert_eq!(Settings::article(), article);
    }

    /// The leaves of serialized settings under the keys that they are written by.
    fn leaves(json: &Json, key: &str, out: &mut Vec<(String, Json)>) {
        let Json::Object(fields) = json else {
            out.push((key.to_owned(), json.clone()));
            return;
        };
        for (name, value) in fields {
            let path = match (name.as_str(), key.rsplit('.').next().unwrap_or_default()) {
                // The choice itself stands under the key of what is chosen.
                ("kind", "label" | "init" | "schedule" | "kind") => key.to_owned(),
                (name, "label" | "init" | "schedule") => format!("{key}_{name}"),
                (name, "kind") => format!("{}.{name}", key.trim_end_matches(".kind")),
                (name, "") => name.to_owned(),
                (name, _) => format!("{key}.{name}"),
            };
            leaves(value, &path, out);
        }
    }

    /// The schema and [`Settings`] have the same settings, values and choices: for every choice of
    /// every setting, what applies is what the resolved type holds.
    #[test]
    fn what_applies_is_what_settings_hold() {
        let mut variants = vec![Values::defaults()];
        for id in ids() {
            let Kind::OneOf(choices) = id.setting().kind else { continue };
            for &choice in choices {
                let mut values = Values::defaults();
                values.set(id, Value::Choice(choice));
                variants.push(values);
            }
        }
        let ramp = find("optimizer.generator.momentum_ramp").unwrap();
        for mut values in variants.clone() {
            values.set(ramp, Value::Int(7));
            variants.push(values);
        }
        let mut by_steps = Values::defaults();
        by_steps.set(find("train.steps").unwrap(), Value::Int(7));
        variants.push(by_steps);
        for values in variants {
            let mut held = Vec::new();
            leaves(&serde_json::to_value(values.settings()).unwrap(), "", &mut held);
            // Held with its neutral value where it does not apply.
            held.retain(|(key, _)| {
                let neutral = ["loss.real_target", "train.epochs"].contains(&key.as_str())
                    || key.ends_with("momentum_final");
                !neutral || values.applies(find(key).unwrap())
            });
            held.sort_by_key(|(key, _)| find(key).unwrap_or_else(|| panic!("{key}")));
            let applying: Vec<(String, Json)> = values
                .applying()
                .map(|(id, value)| {
                    let value = match value {
                        Value::Int(v) => (*v).into(),
                        Value::Float(v) => (*v).into(),
                        Value::Bool(v) => (*v).into(),
                        Value::Choice(v) => (*v).into(),
                        Value::Text(v) => v.to_string().into(),
                        Value::Ints(v) => v.to_vec().into(),
                    };
                    (id.key().to_owned(), value)
                })
                .collect();
            assert_eq!(held, applying);
        }
    }
}
