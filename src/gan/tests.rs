//! The declared settings, and what they resolve to.

use serde_json::Value as Json;

use super::declared::SCHEMA;
use super::settings::*;
use crate::optim::{OptimizerKind, OptimizerSettings, Schedule};
use crate::spec::{
    DataSettings, Kind, Output, RecordSettings, ScoreSettings, Settings, TrainSettings, Value,
    Values,
};

/// Tables that every experiment has.
const GENERAL: [&str; 4] = ["data.", "train.", "record.", "score."];

fn defaults() -> Values {
    Values::defaults(&SCHEMA)
}

#[test]
fn the_defaults_are_the_article() {
    let optimizer = OptimizerSettings {
        kind: OptimizerKind::Adam { beta1: 0.5, beta2: 0.999, eps: 1e-7 },
        lr: 2e-4,
        schedule: Schedule::Constant,
        clip: 0.0,
    };
    let cgan = CganSettings {
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
            label: Some(LabelInput::Maxout { units: 50, pieces: 5 }),
            projection: Projection::None,
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
            wrong_labels: 0.0,
        },
        update: UpdateSettings {
            order: UpdateOrder::Simultaneous,
            discriminator_steps: 1,
            fake_batch: FakeBatch::Shared,
            fake_labels: FakeLabels::Shared,
        },
        optimizer: Optimizers { generator: optimizer.clone(), discriminator: optimizer },
        ema: EmaSettings { decay: 0.0, scored: None },
    };
    assert_eq!(CganSettings::article(), cgan);
    let general = article();
    assert_eq!(general.data, DataSettings::default());
    assert_eq!(
        general.train,
        TrainSettings { batch: 256, epochs: 150, steps: 0, stop_on: Vec::new() }
    );
    let record = RecordSettings { scalars_every: 50, samples_every: 1, checkpoint_every: 15 };
    assert_eq!(general.record, record);
    assert_eq!(general.score, ScoreSettings { fast: true, full: true });
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

/// The schema and [`CganSettings`] have the same settings, values and choices: for every choice of
/// every setting, what applies is what the resolved type holds.
#[test]
fn what_applies_is_what_settings_hold() {
    let mut variants = vec![defaults()];
    for id in SCHEMA.ids() {
        let Kind::OneOf(choices) = id.setting().kind else { continue };
        for &choice in choices {
            let mut values = defaults();
            values.set(id, Value::Choice(choice));
            variants.push(values);
        }
    }
    let ramp = SCHEMA.find("optimizer.generator.momentum_ramp").unwrap();
    for mut values in variants.clone() {
        values.set(ramp, Value::Int(7));
        variants.push(values);
    }
    for values in variants {
        let mut held = Vec::new();
        let settings = CganSettings::of(&values.settings());
        leaves(&serde_json::to_value(settings).unwrap(), "", &mut held);
        // Held with its neutral value where it does not apply.
        held.retain(|(key, _)| {
            let neutral = key == "loss.real_target" || key.ends_with("momentum_final");
            !neutral || values.applies(SCHEMA.find(key).unwrap())
        });
        held.sort_by_key(|(key, _)| SCHEMA.find(key).unwrap_or_else(|| panic!("{key}")));
        let applying: Vec<(String, Json)> = values
            .applying()
            .filter(|(id, _)| !GENERAL.iter().any(|table| id.key().starts_with(table)))
            .map(|(id, value)| {
                let value = match value {
                    Value::Int(v) => (*v).into(),
                    Value::Float(v) => (*v).into(),
                    Value::Bool(v) => (*v).into(),
                    Value::Choice(v) => (*v).into(),
                    Value::Text(v) => v.to_string().into(),
                    Value::Ints(v) => v.to_vec().into(),
                    Value::Words(v) => v.to_vec().into(),
                };
                (id.key().to_owned(), value)
            })
            .collect();
        assert_eq!(held, applying);
    }
}

fn settings(name: &str) -> Settings {
    let (_, text) = SCHEMA.presets().iter().find(|(preset, _)| *preset == name).unwrap();
    crate::spec::parse_settings(name, text, &SCHEMA).unwrap()
}

#[test]
fn the_presets_apply_all_that_they_write() {
    assert_eq!(settings("preset:article"), article());
    for (name, text) in SCHEMA.presets() {
        let values = settings(name);
        for (table, own) in toml::from_str::<toml::Table>(text).unwrap() {
            let mut keys = Vec::new();
            names(&table, &own, &mut keys);
            assert!(keys.iter().all(|key| values.values().has(key)), "{name}: {keys:?}");
        }
    }
}

/// The dotted keys below a table.
fn names(prefix: &str, value: &toml::Value, keys: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| names(&format!("{prefix}.{name}"), value, keys));
        }
        _ => keys.push(prefix.to_owned()),
    }
}

/// Its networks are the article's but for the way of the label into D.
#[test]
fn the_tuned_recipe_trains_the_articles_networks() {
    let general = settings("preset:tuned");
    let (tuned, mut article) = (CganSettings::of(&general), CganSettings::article());
    assert_eq!((general.train.batch, general.train.epochs), (128, 20));
    article.discriminator.label = None;
    article.discriminator.projection = Projection::Instead;
    article.discriminator.dropout = tuned.discriminator.dropout;
    article.discriminator.init = Init::FanIn;
    assert_eq!(
        (&tuned.generator, &tuned.discriminator),
        (&article.generator, &article.discriminator)
    );
    assert_eq!(tuned.ema.scored, Some(Weights::Average));
}

#[test]
fn the_papers_recipe() {
    for (name, factor) in [("preset:paper", 1.00004), ("preset:paper-code", 1.000004)] {
        let general = settings(name);
        let paper = CganSettings::of(&general);
        assert_eq!(paper.generator.hidden, [1200]);
        assert_eq!(paper.generator.output, Output::Sigmoid);
        assert_eq!(paper.discriminator.maxout, MaxoutMode::DropInputs);
        assert_eq!(general.train.batch, 100);
        for optimizer in [&paper.optimizer.generator, &paper.optimizer.discriminator] {
            assert_eq!(optimizer.lr, 0.1);
            assert_eq!(optimizer.schedule, Schedule::Exponential { factor, floor: 1e-6 });
            let kind = OptimizerKind::Sgd {
                momentum: 0.5,
                momentum_final: 0.7,
                momentum_ramp: 250,
                nesterov: false,
            };
            assert_eq!(optimizer.kind, kind);
        }
    }
    assert_eq!(
        CganSettings::of(&settings("preset:paper")).noise.distribution,
        NoiseDistribution::Uniform
    );
    let general = settings("preset:paper-code");
    let code = CganSettings::of(&general);
    assert_eq!(code.noise.distribution, NoiseDistribution::UniformSqrt3);
    assert_eq!(code.loss.discriminator, LossSum::Mean);
    assert_eq!((general.data.subset, code.discriminator.input_dropout), (50_000, 0.2));
}
