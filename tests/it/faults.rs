//! The faults of `trial` planted in trainings on MNIST, and good trainings beside them: too long for
//! every day. `just faults` prints a table: fault, light, first epoch, value, threshold, outcome.

use std::sync::Arc;

use cgan_sweep::data::DataSet;
use cgan_sweep::gan::LabelInput;
use cgan_sweep::health::Light;
use cgan_sweep::run::Outcome;
use cgan_sweep::run::Scores;
use cgan_sweep::spec::DataSettings;

use crate::trial::{self, ADAM, ADAM_BY_TUNED, FAULTS, Fault, NOTHING, Place, light, on, read};
use crate::typed::AllSettings;

/// Healthy runs, one a seed.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

/// A network of half the article's sizes.
fn half_size(settings: &mut AllSettings) {
    settings.data.subset = 10_000;
    settings.generator.noise_units = 128;
    settings.generator.label = LabelInput::Dense { units: 128 };
    settings.generator.hidden = vec![256];
    settings.discriminator.image_units = 120;
    settings.discriminator.image_pieces = 3;
    settings.discriminator.joint_units = 120;
    settings.discriminator.joint_pieces = 3;
}

/// The article's recipe with less dropout, quick enough for the first 10,000 digits.
fn by_the_article() -> AllSettings {
    trial::trial(|settings| {
        half_size(settings);
        settings.discriminator.dropout = 0.35;
        settings.optimizer.generator.lr = 5e-4;
        settings.optimizer.discriminator.lr = 5e-4;
        settings.train.batch = 64;
    })
}

/// Preset `tuned`, as in `experiments/quickstart.toml`.
fn tuned() -> AllSettings {
    trial::trial_of(AllSettings::tuned(), |settings| {
        half_size(settings);
        settings.ema.decay = 0.998;
    })
}

#[test]
#[ignore = "minutes: `just faults`"]
#[expect(clippy::print_stdout, reason = "the table is what a person runs it for")]
fn faults_on_mnist_show_and_healthy_runs_are_silent() {
    let mnist = DataSet::load(&DataSettings::default()).unwrap();
    let place = Place::new(Arc::clone(&mnist));
    let mut wrong = Vec::new();
    for (recipe, base, adam) in
        [("article", by_the_article(), &ADAM), ("tuned", tuned(), &ADAM_BY_TUNED)]
    {
        println!("\nrecipe {recipe}:\n");
        wrong.extend(plant_all(&place, &mnist, recipe, &base, adam));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Trains healthy runs and one for each fault, prints the table, and returns what was not as it
/// should be.
#[expect(clippy::print_stdout, reason = "the table is what a person runs it for")]
fn plant_all(
    place: &Place,
    mnist: &DataSet,
    recipe: &str,
    base: &AllSettings,
    adam: &Fault,
) -> Vec<String> {
    let mut wrong = Vec::new();
    println!("| planted | light | state | first epoch | value | threshold | also on | outcome |");
    println!("|---|---|---|---|---|---|---|---|");
    for seed in SEEDS {
        let name = format!("{recipe}, nothing, seed {seed}");
        let outcome = place.plant(&NOTHING, &name, (seed, base), mnist);
        let shown = place.lights(&name);
        println!(
            "| {name} | | | | | | {} | {} |",
            on(&shown).join(", "),
            told(place, &name, &outcome)
        );
        if !on(&shown).is_empty() {
            wrong.push(format!("{name}: {shown:#?}"));
        }
    }
    for fault in FAULTS.iter().chain([adam]) {
        let name = format!("{recipe}, {}", fault.name);
        let outcome = place.plant(fault, &name, (1, base), mnist);
        let shown = place.lights(&name);
        let light: &Light = light(&shown, fault.light);
        let also: Vec<_> = on(&shown).into_iter().filter(|name| *name != fault.light).collect();
        let number = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:.3}"));
        println!(
            "| {} | {} | {:?} | {} | {} | {} | {} | {} |",
            fault.name,
            light.name,
            light.state,
            light.since.map_or_else(String::new, |epoch| epoch.to_string()),
            number(light.value),
            number(light.threshold),
            also.join(", "),
            told(place, &name, &outcome),
        );
        if light.state < fault.least {
            wrong.push(format!("{name}: {light:#?}"));
        }
    }
    wrong
}

/// The outcome, with what says most of the final scores.
fn told(place: &Place, name: &str, outcome: &Outcome) -> String {
    let paths = place.paths(name);
    let mut told = format!("{:?}", outcome.kind).to_lowercase();
    if paths.scores().exists() {
        let scores: Scores = read(&paths.scores());
        for name in ["conditional_accuracy", "coverage", "fid"] {
            let number = scores.get(name).map_or_else(|| "none".to_owned(), |x| format!("{x:.2}"));
            told += &format!(", {name} {number}");
        }
    }
    if outcome.reason.is_empty() { told } else { format!("{told}: {}", outcome.reason) }
}
