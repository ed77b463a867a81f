//! The experiments that come with the program.

use std::path::{Path, PathBuf};

use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan::{self, Limits, Plan};
use cgan_sweep::record::Manifest;
use cgan_sweep::report;
use cgan_sweep::spec::{self, Overrides};

use super::mnist;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn plan_of(file: &Path) -> Plan {
    spec::load(file, &Overrides::default(), Cgan.schema())
        .and_then(|experiment| plan::plan_within(&Cgan, &experiment, mnist, &Limits::default()))
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn each_is_right_and_opens_with_question_expectation_and_cost() {
    let names: Vec<_> =
        files().iter().map(|f| f.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    for wanted in [
        "article",
        "article_to_paper",
        "article_to_tuned",
        "label_embedding",
        "maxout_pieces",
        "maxout_units",
        "noise_dim",
        "optimizers",
        "paper",
        "quickstart",
        "search",
        "tuned",
    ] {
        assert!(names.iter().any(|name| name == wanted), "{wanted}");
    }
    for file in files() {
        let plan = plan_of(&file);
        if plan.experiment == "parity" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let opening: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        for word in ["# Question: ", "# Expected: ", "# Cost: "] {
            assert!(opening.iter().any(|line| line.starts_with(word)), "{file:?} lacks {word}");
        }
        assert!(!plan.expected.is_empty(), "{file:?}");
        // The cost that is said is the plan's.
        let cost = spec::load(&file, &Overrides::default(), Cgan.schema()).unwrap().cost;
        let searched = plan.search.as_ref().map(|search| search.runs() * plan.seeds.len());
        let mut runs = searched.unwrap_or(plan.runs.len()).to_string();
        if let Some(looks) = plan.looks {
            runs = format!("{} to {runs}", looks.from * plan.variants.len());
        }
        assert!(cost.starts_with(&format!("{runs} run")), "{file:?}: {cost} but {runs} runs");
        assert!(cost.contains("estimate"), "{file:?}: {cost}");
        for variant in &plan.variants {
            let steps = group(variant.steps);
            let either = cost.contains(&steps) || cost.contains(" or ") || cost.contains(" to ");
            assert!(either, "{file:?}: {cost} but {steps} steps");
        }
        assert!(text.contains(&format!("Cost: {runs} run")), "{file:?}");
    }
}

#[test]
fn each_can_answer_its_own_question() {
    for file in files() {
        let plan = plan_of(&file);
        for test in report::reach(&Manifest::from(&plan)) {
            let seeds = plan.seeds.len();
            assert!(!test.is_out(), "{file:?}, {seeds} seeds: {test:?}");
        }
    }
}

fn group(steps: u64) -> String {
    format!("{},{:03}", steps / 1_000, steps % 1_000)
}

#[test]
fn the_walk_to_the_paper_arrives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let walk = plan_of(&folder.join("article_to_paper.toml"));
    let paper = plan_of(&folder.join("paper.toml"));
    let last = walk.variants.last().unwrap();
    let epochs = paper.variants[0].settings.train.epochs;
    let arrived = last.settings.with("train.epochs", &epochs.to_string());
    assert_eq!(arrived, *paper.variants[0].settings);
    // Each step of the walk is a part of the whole difference, and together they are all of it.
    let whole = &last.against_baseline;
    let steps = &walk.variants[1..walk.variants.len() - 1];
    for difference in steps.iter().flat_map(|v| &v.against_baseline) {
        assert!(whole.contains(difference), "{difference:?}");
    }
    for difference in whole {
        let found = steps.iter().any(|v| v.against_baseline.contains(difference));
        assert!(found, "no step takes {difference:?}");
    }
}
