//! Which word wins: defaults, extended files, the file, the command line, the variant.

use cgan_sweep::gan::{Cgan, CganSettings, LossKind};
use cgan_sweep::model::Model;
use cgan_sweep::spec::{self, Overrides, parse_settings};

use super::{Folder, asking, good, load, plan_with};

#[test]
fn later_wins() {
    let folder = Folder::new();
    folder.write(
        "far.toml",
        "[train]\nbatch = 1\nepochs = 1\n[noise]\ndim = 1\n[loss]\nkind = \"hinge\"",
    );
    folder.write(
        "near.toml",
        "[experiment]\nquestion = \"not taken\"\nseeds = [9]\nextends = \"far.toml\"\n\
         [train]\nbatch = 2\nepochs = 2\n[noise]\ndim = 2\n[axes]\nnoise.dim = [8]",
    );
    let path = folder.write(
        "sub/x.toml",
        "[experiment]\nquestion = \"taken\"\nextends = [\"preset:paper\", \"../near.toml\"]\n\
         [train]\nbatch = 3\nepochs = 3\n[variants.v]\ntrain.epochs = 5",
    );
    let set = vec!["train.epochs=4".to_owned()];
    let overrides = Overrides { set, seeds: Some("4..=5".to_owned()) };
    let experiment = spec::load(&path, &overrides, Cgan.schema()).unwrap();
    assert_eq!(
        (experiment.question.as_str(), experiment.seeds.as_slice()),
        ("taken", [4, 5].as_slice())
    );
    assert_eq!(experiment.overrides, ["--set train.epochs=4", "--seeds 4..=5"]);
    let names: Vec<_> = experiment.variants.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["base", "v"]);
    let (base, v) = (experiment.variants[0].settings(), experiment.variants[1].settings());
    assert_eq!((base.train.batch, base.train.epochs), (3, 4));
    assert_eq!(v.train.epochs, 5);
    // From far.toml, past near.toml; from the preset, past both.
    let base = CganSettings::of(&base);
    assert_eq!(base.noise.dim, 2);
    assert_eq!(base.loss.kind, LossKind::Hinge);
    assert_eq!(base.generator.hidden, [1200]);
}

#[test]
fn command_line_values_are_toml_or_bare_words() {
    let set = |argument: &str| {
        let overrides = Overrides { set: vec![argument.to_owned()], seeds: None };
        load(&asking(""), &overrides).unwrap_or_else(|m| panic!("{m}")).variants[0].settings()
    };
    let general = set;
    let set = |argument: &str| CganSettings::of(&general(argument));
    assert_eq!(set("generator.output=sigmoid").generator.output, spec::Output::Sigmoid);
    assert_eq!(set("generator.output=\"sigmoid\"").generator.output, spec::Output::Sigmoid);
    assert_eq!(set("generator.hidden = [3, 4]").generator.hidden, [3, 4]);
    assert_eq!(general("data.dir=data/my fashion").data.path, "data/my fashion");
    assert_eq!(set("optimizer.generator={kind='sgd', lr=0.5}").optimizer.generator.lr, 0.5);
}

#[test]
fn what_the_command_line_makes_idle_in_the_file_is_no_mistake() {
    let overrides = Overrides { set: vec!["train.steps=5".to_owned()], seeds: None };
    let plan = plan_with(&asking("[train]\nepochs = 3"), &overrides).unwrap();
    assert_eq!(plan.variants[0].steps, 5);
    assert_eq!(plan.overrides, ["--set train.steps=5"]);
}

#[test]
fn resolved_settings_read_back_as_themselves() {
    let plan = good(
        "experiment.extends = \"preset:paper\"\n[data]\ndir = \"it's \\\"odd\\\" \\\\ é\"\n\
         [axes]\ngenerator.hidden = [[], [64, 64]]\n\
         optimizer.generator.kind = [\"adamw\", \"rmsprop\"]",
    );
    for run in &plan.runs {
        let read = parse_settings("settings.toml", &run.settings_toml, Cgan.schema()).unwrap();
        assert_eq!(read, *run.settings, "{}", run.settings_toml);
        // And as an experiment: all that is written applies.
        let again = good(&run.settings_toml);
        assert_eq!(again.runs[0].settings_toml, run.settings_toml);
    }
}
