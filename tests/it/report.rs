//! The report, from records made by formula.

use std::fs;
use std::path::Path;

use cgan_sweep::commands;
use cgan_sweep::record::SweepPaths;
use cgan_sweep::report::{self, State};
use cgan_sweep::train::OutcomeKind;

use crate::synthetic::Synthetic;

const PIECES: [(&str, &[(&str, &str)]); 3] = [
    ("pieces-5", &[]),
    ("pieces-2", &[("discriminator.image_pieces", "2")]),
    ("pieces-8", &[("discriminator.image_pieces", "8")]),
];

fn read(dir: &Path, file: &str) -> String {
    fs::read_to_string(dir.join(file)).unwrap()
}

#[test]
fn a_whole_sweep() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { samples_every: 4, ..Synthetic::new(&PIECES, 8) };
    sweep.write(dir.path());
    report::write(dir.path()).unwrap();
    insta::assert_snapshot!("whole.md", read(dir.path(), "report.md"));
    insta::assert_snapshot!("whole.csv", read(dir.path(), "summary.csv"));
    insta::assert_snapshot!("comparisons.csv", read(dir.path(), "comparisons.csv"));
}

#[test]
fn numbers_are_those_of_the_records() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic::new(&PIECES, 8);
    sweep.write(dir.path());
    let report = report::build(dir.path()).unwrap();
    let fids: Vec<f64> = (1..=8).map(|s| sweep.fid("pieces-2", s)).collect();
    let base: Vec<f64> = (1..=8).map(|s| sweep.fid("pieces-5", s)).collect();
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let variant = &report.analysis.variants[1];
    assert!((variant.finals[0].mean.unwrap() - mean(&fids)).abs() < 1e-12);
    let difference = variant.differences[0].mean.unwrap();
    assert!((difference - (mean(&fids) - mean(&base))).abs() < 1e-12);
    // All eight differences have one sign: the smallest p there is, doubled by Holm at most.
    let test = variant.test.unwrap();
    assert_eq!((test.p, test.p_holm), (2.0 / 256.0, 4.0 / 256.0));
}

/// Missing, failed, diverged, interrupted, damaged and stale runs, and one nobody planned.
fn a_sick_sweep(dir: &Path) -> Synthetic {
    let sweep = Synthetic::new(&PIECES, 3);
    sweep.write(dir);
    let run = |variant, seed| SweepPaths::at(dir).run(variant, seed);
    fs::remove_dir_all(run("pieces-2", 1).root()).unwrap();
    let stop = |v, s, kind, epochs, why| sweep.stop(dir, v, s, kind, epochs, why);
    stop("pieces-2", 2, OutcomeKind::Failed, 3, "disk full | while writing <b>metrics</b>");
    stop("pieces-2", 3, OutcomeKind::Diverged, 2, "step 470: gen_loss is NaN");
    fs::remove_file(run("pieces-8", 1).outcome()).unwrap();
    let metrics = run("pieces-8", 2).metrics_csv();
    let text = fs::read_to_string(&metrics).unwrap();
    fs::write(&metrics, &text[..text.len() - 9]).unwrap();
    let record = run("pieces-8", 3).run();
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replace("\"key\":\"", "\"key\":\"f")).unwrap();
    let stray = run("pieces-99", 1);
    fs::create_dir_all(stray.root()).unwrap();
    fs::copy(run("pieces-5", 1).run(), stray.run()).unwrap();
    sweep
}

#[test]
fn runs_without_a_result_are_named_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    a_sick_sweep(dir.path());
    let report = report::write(dir.path()).unwrap();
    let states: Vec<State> = report.sweep.runs.iter().map(|r| r.state).collect();
    assert_eq!(
        states,
        [
            State::Completed,
            State::Completed,
            State::Completed,
            State::Missing,
            State::Failed,
            State::Diverged,
            State::Interrupted,
            State::Damaged,
            State::Stale,
        ]
    );
    insta::assert_snapshot!("sick.md", read(dir.path(), "report.md"));
    insta::assert_snapshot!("sick.csv", read(dir.path(), "summary.csv"));
    // The damaged run's numbers are nowhere.
    let runs = read(dir.path(), "runs.csv");
    let damaged = runs.lines().find(|l| l.contains("damaged")).unwrap();
    assert!(damaged.trim_end_matches(',').ends_with("in the middle of a line"), "{damaged}");
}

#[test]
fn a_table_cut_at_any_line_or_inside_one_is_never_a_number() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { epochs: 3, ..Synthetic::new(&PIECES[..1], 1) };
    sweep.write(dir.path());
    let run = SweepPaths::at(dir.path()).run("pieces-5", 1);
    for file in [run.metrics_csv(), run.loss_csv(), run.outcome(), run.run()] {
        let bytes = fs::read(&file).unwrap();
        for end in (0..bytes.len()).step_by(3) {
            fs::write(&file, &bytes[..end]).unwrap();
            let report = report::build(dir.path()).unwrap();
            let run = &report.sweep.runs[0];
            assert_ne!(run.state, State::Completed, "{} cut at {end}", file.display());
            assert_eq!(run.final_value("fid"), None);
            assert!(!run.reason.is_empty());
        }
        fs::write(&file, bytes).unwrap();
    }
    assert_eq!(report::build(dir.path()).unwrap().sweep.runs[0].state, State::Completed);
}

#[test]
fn the_same_records_give_the_same_bytes_anywhere_and_check_sees_a_stale_file() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let spaced = b.path().join("a folder's \"name\"");
    for dir in [a.path(), &spaced] {
        Synthetic { samples_every: 4, lights: true, ..Synthetic::new(&PIECES, 2) }.write(dir);
    }
    let first = report::write(a.path()).unwrap();
    assert_eq!(first.pages, report::write(&spaced).unwrap().pages);
    assert!(report::stale(a.path()).unwrap().is_empty());
    assert_eq!(first.pages, report::write(a.path()).unwrap().pages);

    fs::write(a.path().join("report.md"), "x").unwrap();
    fs::remove_file(a.path().join("summary.csv")).unwrap();
    let mut out = Vec::new();
    assert!(!commands::report::run(a.path(), true, &mut out).unwrap());
    let said = String::from_utf8(out).unwrap();
    assert!(said.contains("summary.csv") && said.contains("report.md"), "{said}");
    assert!(!said.contains("runs.csv"), "{said}");
    assert!(commands::report::run(a.path(), false, &mut Vec::new()).unwrap());
    assert!(commands::report::run(a.path(), true, &mut Vec::new()).unwrap());
}

#[test]
fn one_seed_is_shown_without_intervals_or_a_finding() {
    let dir = tempfile::tempdir().unwrap();
    Synthetic { scores: false, ..Synthetic::new(&PIECES, 1) }.write(dir.path());
    report::write(dir.path()).unwrap();
    insta::assert_snapshot!("one_seed.md", read(dir.path(), "report.md"));
}

#[test]
fn a_folder_that_is_no_sweep_is_an_error_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let say = |e: anyhow::Error| format!("{e:#}").replace(&dir.path().display().to_string(), "DIR");
    let mut said = vec![say(report::build(dir.path()).unwrap_err())];
    let mut sweep = Synthetic::new(&PIECES, 1);
    for name in ["../escape", "", "..", "a/b", "/abs"] {
        sweep.manifest.variants[1].name = name.into();
        let plan = serde_json::to_vec(&sweep.manifest).unwrap();
        fs::write(dir.path().join("plan.json"), plan).unwrap();
        said.push(say(report::build(dir.path()).unwrap_err()));
    }
    fs::write(dir.path().join("plan.json"), "{").unwrap();
    said.push(say(report::build(dir.path()).unwrap_err()));
    insta::assert_snapshot!(said.join("\n"));
}
