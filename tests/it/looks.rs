//! Sweeps that add seeds until their question is answered: what they train, decide and say.

use std::fs;
use std::path::Path;

use cgan_sweep::record::{SweepPaths, store};
use cgan_sweep::report;
use cgan_sweep::run::OutcomeKind;
use cgan_sweep::spec::{Ask, Looks, Question};

use crate::durable::lab::{Lab, UNSCORED, assert_same, is_open, results};
use crate::synthetic::Synthetic;

const PIECES: [(&str, &[(&str, &str)]); 3] = [
    ("pieces-5", &[]),
    ("pieces-2", &[("discriminator.image_pieces", "2")]),
    ("pieces-8", &[("discriminator.maxout", "drop-inputs")]),
];

/// Three variants, looked at after 4, 6, … seeds.
fn looked_at(to: usize, gain: f64) -> Synthetic {
    let mut sweep = Synthetic { epochs: 2, gain, ..Synthetic::new(&PIECES, to as u64) };
    sweep.manifest.looks = Some(Looks { from: 4, to, step: 2, spend_to: to });
    sweep
}

fn answer(dir: &Path) -> (serde_json::Value, String) {
    report::write(dir).unwrap();
    let text = fs::read_to_string(dir.join("answer.json")).unwrap();
    (serde_json::from_str(&text).unwrap(), text)
}

#[test]
fn records_alone_decide_and_runs_that_no_look_needed_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = looked_at(12, 2.0);
    sweep.write(dir.path());
    let (said, text) = answer(dir.path());
    let course = report::build(dir.path()).unwrap().analysis.course.unwrap();
    assert!(course.done, "{text}");
    let (needed, all) = (course.needed.iter().filter(|n| **n).count(), course.needed.len());
    assert!(needed < all, "{needed} of {all}");
    assert_eq!(said["looks"]["runs_of_all"], 36);
    assert_eq!(course.taken.last().unwrap().open, 0, "{text}");
    // A variant that is told gets no more seeds; the baseline has as many as any.
    let seeds = |variant: &str| {
        let mine = sweep.manifest.runs.iter().zip(&course.needed);
        mine.filter(|(run, needed)| run.variant == variant && **needed).count()
    };
    assert_eq!(seeds("pieces-5"), seeds("pieces-2").max(seeds("pieces-8")));
    assert!(seeds("pieces-8") <= seeds("pieces-2"), "the larger effect is told sooner: {text}");
    insta::assert_snapshot!("looks.md", fs::read_to_string(dir.path().join("report.md")).unwrap());

    // Without the runs that were not needed: the same answer, but for how many there are.
    for (run, needed) in sweep.manifest.runs.iter().zip(&course.needed) {
        if !needed {
            let folder = SweepPaths::at(dir.path()).run(&run.variant, run.seed);
            fs::remove_dir_all(folder.root()).unwrap();
        }
    }
    let (without, text) = answer(dir.path());
    assert_eq!(report::build(dir.path()).unwrap().analysis.course.unwrap(), course);
    assert_eq!((&without["families"], &without["looks"]), (&said["families"], &said["looks"]));
    assert_eq!(without["provisional"], false, "{text}");

    // A look is taken once all its runs have ended, and not before.
    let paths = SweepPaths::at(dir.path()).run("pieces-5", 2);
    fs::remove_dir_all(paths.root()).unwrap();
    let (early, text) = answer(dir.path());
    assert_eq!((&early["provisional"], &early["looks"]["done"]), (&true.into(), &false.into()));
    assert!(text.contains("There is no answer yet: the first look is at 4 seeds."), "{text}");
    sweep.write(dir.path());
    sweep.stop(dir.path(), "pieces-5", 2, OutcomeKind::Failed, 1, "disk full");
    let (failed, text) = answer(dir.path());
    assert!(!failed["looks"]["taken"].as_array().unwrap().is_empty(), "{text}");
}

#[test]
fn with_a_margin_a_trend_goes_on_until_it_is_told_where_it_ends() {
    let pieces = [("d=2", "2"), ("d=3", "3"), ("d=5", "5"), ("d=8", "8")];
    let changes = pieces.map(|(_, value)| [("discriminator.image_pieces", value)]);
    let variants: Vec<(&str, &[(&str, &str)])> =
        pieces.iter().zip(&changes).map(|((name, _), change)| (*name, &change[..])).collect();
    let mut sweep = Synthetic { epochs: 2, ..Synthetic::new(&variants, 12) };
    sweep.manifest.looks = Some(Looks { from: 4, to: 12, step: 2, spend_to: 12 });
    let told = |sweep: &Synthetic| -> Vec<(String, usize)> {
        let dir = tempfile::tempdir().unwrap();
        sweep.write(dir.path());
        let course = report::build(dir.path()).unwrap().analysis.course.unwrap();
        assert!(course.done, "{course:?}");
        let of_look = |look: &report::Look| {
            let told = look.told.iter().map(|(name, word)| format!("{name} {word}"));
            (told.collect::<Vec<_>>().join(", "), look.open)
        };
        course.taken.iter().map(of_look).collect()
    };
    let mut trend = Question {
        test: Ask::Trend,
        axes: vec!["discriminator.image_pieces".to_owned()],
        metric: None,
        margin: None,
        paired: true,
        primary: true,
    };
    sweep.manifest.questions = vec![trend.clone()];
    let better = "discriminator.image_pieces better".to_owned();
    assert_eq!(told(&sweep), [(better.clone(), 0)]);
    // A step is worth 1.5: that it is worth no more than 1.75 takes longer than that it is worth something.
    trend.margin = Some(1.75);
    sweep.manifest.questions = vec![trend.clone()];
    let looks = told(&sweep);
    assert_eq!(looks[0], (better, 1));
    assert!(looks.len() > 2, "{looks:?}");
    let end = looks.last().unwrap();
    assert_eq!(end, &("discriminator.image_pieces from 5 on equal".to_owned(), 0), "{looks:?}");
    // Less than a step is never told: it goes on to the end.
    trend.margin = Some(1.0);
    sweep.manifest.questions = vec![trend];
    let looks = told(&sweep);
    assert_eq!((looks.len(), looks[4].1), (5, 1), "{looks:?}");
}

#[test]
fn a_variant_that_loses_all_its_runs_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = looked_at(8, 0.0);
    sweep.write(dir.path());
    for seed in 1..=4 {
        sweep.stop(dir.path(), "pieces-2", seed, OutcomeKind::Failed, 1, "no memory");
    }
    let course = report::build(dir.path()).unwrap().analysis.course.unwrap();
    let needed = |variant: &str| {
        let mine = sweep.manifest.runs.iter().zip(&course.needed);
        mine.filter(|(run, needed)| run.variant == variant && **needed).count()
    };
    assert_eq!([needed("pieces-5"), needed("pieces-2"), needed("pieces-8")], [8, 4, 8]);
    assert_eq!(course.taken.last().unwrap().open, 2);
    for seed in 1..=4 {
        sweep.stop(dir.path(), "pieces-5", seed, OutcomeKind::Failed, 1, "no memory");
    }
    let course = report::build(dir.path()).unwrap().analysis.course.unwrap();
    assert!(course.done && course.taken.len() == 1, "{course:?}");
}

#[test]
fn where_nothing_differs_all_looks_are_taken_and_a_later_end_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut sweep = looked_at(8, 0.0);
    sweep.write(dir.path());
    let (said, text) = answer(dir.path());
    let seeds: Vec<_> = said["looks"]["taken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|look| look["seeds"].clone())
        .collect();
    assert_eq!(seeds, [4, 6, 8], "{text}");
    assert!(text.contains("Looked at 4, 6 and 8 seeds: 2 findings left open"), "{text}");
    // The end was put off: what was spent is spent.
    sweep.manifest.looks = Some(Looks { from: 4, to: 8, step: 2, spend_to: 5 });
    sweep.write(dir.path());
    let (_, text) = answer(dir.path());
    let said = "The last look was put off from 5 seeds to 8 after runs had been trained: of sweeps \
                that go on so, up to 8.0 % err.";
    assert!(text.contains(said), "{text}");
}

/// The lab's experiment with looks.
fn lab(epochs: u64, looks: &str) -> Lab {
    let lab = Lab::new(epochs, "");
    rewrite(&lab, epochs, looks);
    lab
}

fn rewrite(lab: &Lab, epochs: u64, looks: &str) {
    lab.write(epochs, &format!("{UNSCORED}[axes]\ngenerator.hidden = [[4]]\n"));
    let file = lab.dir.join("lab.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("seeds = [1, 2]", &format!("seeds = {looks}"))).unwrap();
}

#[test]
fn the_same_seeds_are_added_with_any_jobs_and_after_a_kill() {
    let looks = "{ from = 3, to = 7, step = 2 }";
    let lab = lab(60, looks);
    let wanted = lab.untouched();
    let (text, code) = lab.sweep(&["--jobs", "3", "--no-reuse"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("look at 3 seeds: "), "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "three jobs");
    fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    let runs = || -> Vec<_> {
        let paths = SweepPaths::at(lab.folder("runs"));
        let manifest = store::read_manifest(&paths);
        let all = manifest.map(|m| m.runs).unwrap_or_default();
        all.iter().map(|run| paths.run(&run.variant, run.seed)).collect()
    };
    let killed = ["--jobs", "2", "--no-reuse"];
    let ready = || runs().iter().any(|run| run.checkpoint().exists());
    lab.caught(&killed, "KILL", ready, || runs().iter().any(is_open));
    let (text, code) = lab.sweep(&killed);
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "killed");

    // The same looks with a later end: what was spent is kept, and it is said.
    rewrite(&lab, 60, "{ from = 3, to = 9, step = 2 }");
    let (text, code) = lab.sweep(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("put off from 7 seeds to 9"), "{text}");
    assert!(!text.contains("Exploratory"), "{text}");
    // Other looks are another question.
    rewrite(&lab, 60, "{ from = 4, to = 9, step = 2 }");
    assert!(lab.sweep(&[]).0.contains("note: Exploratory"));
}

#[test]
fn mistakes_in_looks_are_told_with_their_place() {
    let lab = lab(1, "{ from = 1, to = 4 }");
    let mut said = String::new();
    for looks in [
        "{ from = 1, to = 4 }",
        "{ from = 4, untill = 8 }",
        "{ from = 4 }",
        "{ from = 4, to = 4 }",
        "{ from = 2, to = 90, step = 1 }",
        "{ from = 4, to = 8, step = 0 }",
    ] {
        rewrite(&lab, 1, looks);
        let (text, code) = crate::durable::lab::said(&lab.run(&["check", "lab.toml"]));
        assert_eq!(code, 2, "{text}");
        said.push_str(&text);
    }
    insta::assert_snapshot!("looks_mistakes", said);
    rewrite(&lab, 1, "{ from = 4, to = 12, step = 4 }");
    let (text, _) = crate::durable::lab::said(&lab.run(&["plan", "lab.toml", "--no-time"]));
    assert!(text.contains("2 variants × 4 to 12 seeds = 8 to 24 runs"), "{text}");
    assert!(text.contains("looks at 4, 8, 12 seeds: at least 8 runs, likely about"), "{text}");
    assert!(text.contains(", at most 24"), "{text}");
}
