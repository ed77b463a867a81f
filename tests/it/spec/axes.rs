//! Axes: which variants there are, what they are called, and that they leave each other alone.

use std::collections::BTreeMap;

use cgan_sweep::gan::{CganSettings, LabelInput};
use cgan_sweep::optim::OptimizerKind;
use cgan_sweep::plan::Plan;
use cgan_sweep::spec::Settings;
use proptest::prelude::*;

use super::{good, names};

fn cgan(settings: &Settings) -> CganSettings {
    CganSettings::of(settings)
}

/// Names and keys of a plan's runs.
fn keys(plan: &Plan) -> BTreeMap<(String, u64), String> {
    plan.runs.iter().map(|r| ((r.variant_name.clone(), r.seed), r.key.clone())).collect()
}

#[test]
fn without_axes_there_is_one_variant() {
    let plan = good("");
    assert_eq!(names(&plan), ["base"]);
    assert_eq!((plan.baseline, plan.seeds.as_slice()), (0, [1].as_slice()));
}

#[test]
fn grid_is_in_the_order_of_the_file_last_axis_fastest() {
    let plan = good("[axes]\nnoise.dim = [50, 10]\ndiscriminator.maxout = [\"relu\", \"article\"]");
    assert_eq!(
        names(&plan),
        [
            "base",
            "n.dim=50,d.maxout=relu",
            "n.dim=50,d.maxout=article",
            "n.dim=10,d.maxout=relu",
            "n.dim=10,d.maxout=article"
        ]
    );
    assert_eq!(cgan(&plan.variants[3].settings).noise.dim, 10);
}

#[test]
fn a_named_baseline_takes_the_place_of_base() {
    let plan = good("experiment.baseline = \"n.dim=100\"\n[axes]\nnoise.dim = [10, 100]");
    assert_eq!(names(&plan), ["n.dim=10", "n.dim=100"]);
    assert_eq!(plan.baseline, 1);
    assert!(plan.variants[1].against_baseline.is_empty());
    let difference = &plan.variants[0].against_baseline[0];
    assert_eq!(difference.key, "noise.dim");
    assert_eq!(
        (difference.baseline.as_deref(), difference.value.as_deref()),
        (Some("100"), Some("10"))
    );
}

#[test]
fn lists_texts_and_floats_make_safe_names() {
    let plan = good(
        "[axes]\ngenerator.hidden = [[], [1024, 256]]\noptimizer.generator.lr = [1e-3, 1]\n\
         data.dir = [\"fashion\", { name = \"kmnist\", value = \"data/kmnist\" }]",
    );
    assert_eq!(names(&plan)[1], "g.hidden=none,g.lr=1e-3,data=fashion");
    assert_eq!(names(&plan).last(), Some(&"g.hidden=1024x256,g.lr=1,data=kmnist"));
}

#[test]
fn zip_pairs_and_multiplies_with_the_grid() {
    let plan = good(
        "[zip]\noptimizer.generator.lr = [1e-4, 1e-3]\noptimizer.discriminator.lr = [4e-4, 4e-3]\n\
         [axes]\nnoise.dim = [10, 50]",
    );
    assert_eq!(plan.variants.len(), 5);
    assert_eq!(names(&plan)[1], "g.lr=1e-4,d.lr=4e-4,n.dim=10");
    assert_eq!(cgan(&plan.variants[4].settings).optimizer.discriminator.lr, 4e-3);
}

#[test]
fn values_can_be_whole_tables() {
    let plan = good(
        "[axes]\nnoise.dim = [10]\n[[axes.opt]]\nname = \"sgd\"\n\
         optimizer.generator = { kind = \"sgd\", momentum = 0.9 }\n\
         [[axes.opt]]\nname = \"paper\"\nextends = \"preset:paper\"\ntrain.batch = 50",
    );
    assert_eq!(names(&plan), ["base", "n.dim=10,opt=sgd", "n.dim=10,opt=paper"]);
    assert!(matches!(
        cgan(&plan.variants[1].settings).optimizer.generator.kind,
        OptimizerKind::Sgd { momentum: 0.9, .. }
    ));
    let paper = &plan.variants[2];
    assert_eq!((paper.settings.train.batch, cgan(&paper.settings).noise.dim), (50, 10));
    assert_eq!(cgan(&paper.settings).generator.hidden, [1200]);
    // What the preset has as the base has it is no change.
    assert!(!paper.changes.iter().any(|(key, _)| key == "discriminator.image_units"));
}

#[test]
fn blocks_and_named_variants_are_a_union() {
    let plan = good(
        "[axes]\nnoise.dim = [10]\n\
         [[block]]\nname = \"wide\"\nset.generator.hidden = [1024]\naxes.noise.dim = [10, 20]\n\
         [[block]]\nname = \"e\"\nset.discriminator = { label = \"embedding\", label_units = 20 }\n\
         [variants.deep]\ngenerator.hidden = [512, 512]",
    );
    assert_eq!(names(&plan), ["base", "n.dim=10", "wide,n.dim=10", "wide,n.dim=20", "e", "deep"]);
    assert_eq!(
        cgan(&plan.variants[4].settings).discriminator.label,
        Some(LabelInput::Embedding { units: 20 })
    );
}

#[test]
fn conditions_drop_and_keep() {
    let plan = good(
        "experiment.baseline = \"n.dim=10,d.image_pieces=2\"\n\
         [axes]\nnoise.dim = [10, 20, 30]\ndiscriminator.image_pieces = [2, 3, 4]\n\
         [[exclude]]\nnoise.dim = 30\ndiscriminator.image_pieces = { min = 3 }\n\
         [[require]]\nnoise.dim = [10, 30]",
    );
    assert_eq!(
        names(&plan),
        [
            "n.dim=10,d.image_pieces=2",
            "n.dim=10,d.image_pieces=3",
            "n.dim=10,d.image_pieces=4",
            "n.dim=30,d.image_pieces=2"
        ]
    );
}

#[test]
fn what_does_not_apply_is_in_neither_settings_nor_key() {
    let a = good("train.steps = 10\noptimizer.generator.kind = \"sgd\"");
    let b =
        good("train.steps = 10\noptimizer.generator.kind = \"sgd\"\n[variants.x]\nnoise.dim = 5");
    assert!(!a.runs[0].settings_toml.contains("beta1 = 0.5\nbeta2 = 0.999\neps = 1e-7\nschedule = \"constant\"\nclip = 0.0\n\n[optimizer.discriminator]"));
    assert_eq!(a.runs[0].key, b.runs[0].key);
    // The defaults' 150 epochs do not act beside steps.
    assert!(!a.runs[0].settings_toml.contains("epochs"));
}

#[test]
fn keys_hold_what_changes_a_result_and_nothing_else() {
    let key = |text: &str| good(text).runs[0].key.clone();
    let base = key("");
    for same in ["record.samples_every = 7", "data.dir = \"elsewhere\"", "experiment.cost = \"x\""]
    {
        assert_eq!(key(same), base, "{same}");
    }
    for other in ["train.epochs = 7", "data.subset = 7", "noise.dim = 7", "experiment.seeds = [2]"]
    {
        assert_ne!(key(other), base, "{other}");
    }
}

#[test]
fn runs_that_differ_in_length_alone_share_a_prefix() {
    let prefix = |text: &str| good(text).runs[0].prefix_key.clone();
    let base = prefix("").unwrap();
    assert_eq!(prefix("train.epochs = 7"), Some(base.clone()));
    assert_eq!(prefix("train.steps = 7"), Some(base.clone()));
    assert_ne!(prefix("noise.dim = 7"), Some(base.clone()));
    assert_ne!(prefix("experiment.seeds = [2]"), Some(base.clone()));
    assert_ne!(good("").runs[0].key, base);
    for schedule in ["linear", "cosine"] {
        assert_eq!(prefix(&format!("optimizer.discriminator.schedule = \"{schedule}\"")), None);
    }
    assert!(prefix("optimizer.discriminator.schedule = \"exponential\"").is_some());
}

#[test]
fn samples_lie_in_their_ranges_and_are_spread() {
    let text = "[sample]\nmethod = \"METHOD\"\ncount = 256\nseed = 3\n\
        optimizer.generator.lr = { log = [1e-5, 1e-1] }\nnoise.dim = { uniform = [1, 8] }\n\
        generator.dropout = { uniform = [0.0, 0.5] }\nloss.kind = { choice = [\"hinge\", \"saturating\"] }";
    for method in ["random", "sobol"] {
        let plan = good(&text.replace("METHOD", method));
        let variants = &plan.variants[1..];
        assert_eq!(variants.len(), 256);
        let mut dims = BTreeMap::new();
        let mut decades = BTreeMap::new();
        for variant in variants {
            let s = &variant.settings;
            assert!((1e-5..=1e-1).contains(&cgan(s).optimizer.generator.lr));
            assert!((0.0..=0.5).contains(&cgan(s).generator.dropout));
            *dims.entry(cgan(s).noise.dim).or_insert(0) += 1;
            *decades.entry(cgan(s).optimizer.generator.lr.log10().floor() as i64).or_insert(0) += 1;
        }
        // 256 draws over 8 values and over 4 decades; Sobol points fill them almost evenly.
        let slack = if method == "sobol" { 4 } else { 20 };
        assert_eq!(dims.len(), 8, "{method}: {dims:?}");
        assert!(dims.values().all(|n: &i32| (n - 32).abs() <= slack), "{method}: {dims:?}");
        assert!(
            decades.values().all(|n: &i32| (n - 64).abs() <= 2 * slack),
            "{method}: {decades:?}"
        );
    }
}

#[test]
fn more_samples_change_no_earlier_one() {
    for method in ["random", "sobol"] {
        let text = |count: usize, more: &str| {
            format!(
                "[sample]\nmethod = \"{method}\"\ncount = {count}\nname = \"s\"\n\
                 optimizer.generator.lr = {{ log = [1e-5, 1e-1] }}\n{more}"
            )
        };
        let (few, many) = (good(&text(5, "")), good(&text(9, "")));
        let all = keys(&many);
        assert!(keys(&few).iter().all(|(run, key)| all.get(run) == Some(key)));
        assert_eq!(names(&few)[1..3], ["s0", "s1"]);
        // One more setting leaves the values of the others.
        let more = good(&text(5, "noise.dim = { uniform = [1, 1000] }"));
        for (a, b) in few.variants.iter().zip(&more.variants) {
            assert_eq!(cgan(&a.settings).optimizer, cgan(&b.settings).optimizer);
        }
    }
}

fn list(values: &[i64]) -> String {
    format!("{values:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn a_value_more_changes_no_other_variant(
        dims in proptest::collection::btree_set(1i64..90, 1..5),
        units in proptest::collection::btree_set(1i64..90, 1..5),
        new in 91i64..200,
        at in 0usize..5,
    ) {
        let text = |dims: &[i64], units: &[i64]| format!(
            "experiment.seeds = [1, 2]\n[axes]\nnoise.dim = {}\ngenerator.noise_units = {}",
            list(dims), list(units)
        );
        let dims: Vec<i64> = dims.into_iter().collect();
        let units: Vec<i64> = units.into_iter().collect();
        let before = keys(&good(&text(&dims, &units)));
        let mut more = dims.clone();
        more.insert(at.min(dims.len()), new);
        let after = keys(&good(&text(&more, &units)));
        prop_assert_eq!(after.len(), before.len() + 2 * units.len());
        for (run, key) in &before {
            prop_assert_eq!(after.get(run), Some(key));
        }
        // Keys tell all runs apart.
        let distinct: std::collections::BTreeSet<_> = after.values().collect();
        prop_assert_eq!(distinct.len(), after.len());
    }
}

#[test]
fn the_plan_on_disk_says_every_variants_value_of_what_varies() {
    let plan = good(
        "[axes]\ndiscriminator.image_pieces = [1, 8]\n[variants.other]\n\
         discriminator.label = \"embedding\"",
    );
    let manifest = cgan_sweep::record::Manifest::from(&plan);
    let values: Vec<_> = manifest
        .variants
        .iter()
        .map(|v| {
            let value = |key: &str| v.values.get(key).map(ToString::to_string);
            (&*v.name, value("discriminator.image_pieces"), value("discriminator.label"))
        })
        .collect();
    let of = |name: &str| {
        let (_, pieces, label) = values.iter().find(|v| v.0 == name).unwrap();
        (pieces.as_deref(), label.as_deref())
    };
    assert_eq!(of("base"), (Some("5"), Some("\"maxout\"")));
    assert_eq!(of("other"), (Some("5"), Some("\"embedding\"")));
    let pieces: Vec<_> = values.iter().filter_map(|v| v.1.as_deref()).collect();
    assert!(pieces.contains(&"1") && pieces.contains(&"8"), "{pieces:?}");
}

#[test]
fn variants_that_single_precision_cannot_tell_apart_are_noted() {
    let noted = |a: &str, b: &str| {
        let plan = good(&format!("[axes]\noptimizer.generator.lr = [{a}, {b}]"));
        plan.notes.into_iter().find(|note| note.contains("precision"))
    };
    assert_eq!(noted("1e-4", "1.001e-4"), None);
    let said = noted("3e-4", "3.0000000001e-4").unwrap();
    assert!(said.starts_with("the variants `") && said.contains("` and `"), "{said}");
    assert!(said.ends_with("each seed gives them equal weights"), "{said}");
}
