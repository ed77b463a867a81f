//! Record files that were cut, zeroed, or lost a bit: noticed or mended, never a wrong number.

use std::fs;
use std::path::{Path, PathBuf};

use cgan_sweep::record::{RunPaths, SweepPaths, sums};
use cgan_sweep::report;
use cgan_sweep::run::RunStatus;

use super::lab::{Lab, UNSCORED, assert_same, is_open, results, said};

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1]\n";

/// Some damages of a file, each with what it was.
fn damages(whole: &[u8], places: usize) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for i in 0..places {
        let at = (whole.len() * (2 * i + 1) / (2 * places)).min(whole.len() - 1);
        all.push((format!("cut at {at}"), whole[..at].to_vec()));
        let mut zeroed = whole.to_vec();
        zeroed[at..].fill(0);
        all.push((format!("zeroed from {at}"), zeroed));
        let mut flipped = whole.to_vec();
        flipped[at] ^= 1 << (at % 7);
        all.push((format!("bit flipped at {at}"), flipped));
    }
    all.retain(|(_, damaged)| damaged != whole);
    all
}

fn files_in(dir: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(dir).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.filter(|e| e.file_type().is_file()).map(|e| e.path().to_owned()).collect()
}

/// All that a report could say of each run.
fn numbers(dir: &Path) -> Result<Vec<(RunStatus, String)>, String> {
    let sweep = report::load(dir).map_err(|error| format!("{error:#}"))?;
    Ok(sweep.runs.iter().map(|run| (run.status, format!("{run:?}"))).collect())
}

#[test]
fn no_damage_becomes_a_number_in_a_report() {
    let lab = Lab::new(3, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let dir = lab.folder("runs");
    let wanted = numbers(&dir).unwrap();
    let run = SweepPaths::at(&dir).run("base", 1);
    let plan = SweepPaths::at(&dir);
    let mut files = files_in(run.root());
    files.extend([plan.manifest(), plan.sums()]);
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let whole = fs::read(&file).unwrap();
        for (what, damaged) in damages(&whole, 7) {
            let what = format!("{} {what}", file.strip_prefix(&dir).unwrap().display());
            fs::write(&file, &damaged).unwrap();
            match numbers(&dir) {
                Err(_) => {}
                Ok(found) => {
                    assert_eq!(found[1..], wanted[1..], "{what}: another run suffers");
                    let same = found[0] == wanted[0];
                    let told = found[0].0 == RunStatus::Damaged || found[0].0 == RunStatus::Stale;
                    assert!(same || told, "{what}: {:?}", found[0]);
                }
            }
            // A thorough look finds it wherever it is, but in what no result depends on.
            let name = file.file_name().unwrap().to_str().unwrap();
            let of_report = name.starts_with("events.") && file != run.events();
            let loose = name.starts_with("checkpoint") || of_report;
            if file.starts_with(run.root()) && !loose {
                let found = sums::verify(&run);
                assert!(found.is_err() || !found.unwrap().is_empty(), "{what}: not found");
            }
        }
        fs::write(&file, whole).unwrap();
    }
    assert_eq!(numbers(&dir).unwrap(), wanted);
}

/// A sweep that was killed between two checkpoints of one of its runs.
fn killed(lab: &mut Lab) -> RunPaths {
    lab.begin_with_the_shortest(true);
    let run = SweepPaths::at(lab.folder("runs")).run("base", 1);
    let two = || run.previous_checkpoint().exists() && run.checkpoint().exists();
    lab.caught(&["--jobs", "2"], "KILL", two, || is_open(&run));
    lab.begin_with_the_shortest(false);
    run
}

#[test]
fn a_damaged_run_goes_on_right_or_says_why_not() {
    let mut lab = Lab::new(30, &format!("{UNSCORED}{AXES}"));
    let wanted = lab.untouched();
    let run = killed(&mut lab);
    let kept = lab.dir.join("kept");
    copy(&lab.dir.join("runs"), &kept);
    for file in files_in(run.root()) {
        let name = run.name(&file);
        let whole = fs::read(kept.join(file.strip_prefix(lab.dir.join("runs")).unwrap())).unwrap();
        if whole.is_empty() {
            // The token of the dead process.
            continue;
        }
        for (what, damaged) in &damages(&whole, 1) {
            fs::remove_dir_all(lab.dir.join("runs")).unwrap();
            copy(&kept, &lab.dir.join("runs"));
            fs::write(&file, damaged).unwrap();
            let what = format!("{name} {what}");
            let (mut text, mut code) = lab.sweep(&[]);
            if code != 0 {
                assert!(
                    code == 1 && text.contains("damaged") || code == 2,
                    "{what}: {code} {text}"
                );
                (text, code) = lab.sweep(&["--rerun", "damaged,stale"]);
            }
            assert_eq!(code, 0, "{what}: {text}");
            if name == "checkpoint" {
                assert!(text.contains("a checkpoint cannot be used"), "{what}: {text}");
            }
            assert_same(&results(&lab.folder("runs")), &wanted, &what);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for file in files_in(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}

#[test]
fn damage_is_counted_alike_everywhere_and_no_success() {
    let lab = Lab::new(2, &format!("{UNSCORED}{AXES}"));
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let run = SweepPaths::at(lab.folder("runs")).run("base", 1);
    let mut table = fs::read(run.loss_csv()).unwrap();
    table.extend(b"9,9,9\n");
    fs::write(run.loss_csv(), table).unwrap();

    let why = "loss.csv is damaged: its SHA-256 is not what it was";
    let (text, code) = lab.sweep(&["--quiet"]);
    assert_eq!(code, 1, "{text}");
    for line in [
        "0 to train; 3 completed, 1 damaged".to_owned(),
        format!("base, seed 1: damaged before: {why}"),
    ] {
        assert!(text.lines().any(|l| l == line), "{line}: {text}");
    }
    assert!(text.contains("3 of 4 runs completed: 1 damaged."), "{text}");
    let (text, _) = said(&lab.run(&["plan", "lab.toml", "--no-time"]));
    assert!(text.contains("in runs/lab: 3 completed, 1 damaged\n"), "{text}");
    let (text, _) = said(&lab.run(&["list"]));
    insta::assert_snapshot!(text, @r"
    sweep  runs  completed  diverged  failed  interrupted  not started  damaged  baseline
    lab       4          3         -       -            -            -        1  base
    runs/lab/base/seed-1: loss.csv is damaged: its SHA-256 is not what it was
    ");
    let (text, code) = said(&lab.run(&["run-one", "runs/lab", "base", "1"]));
    assert_eq!(
        text,
        format!("error: runs/lab/base/seed-1: {why}; `--rerun damaged` trains it again\n")
    );
    assert_eq!(code, 3);
    let (text, code) = lab.sweep(&["--quiet", "--rerun", "damaged"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_runs_folder_is_enough_to_generate_from() {
    let lab = Lab::new(1, UNSCORED);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let generate = |run: &str| {
        let (text, code) = said(&lab.run(&["generate", run, "--out", "images.npy"]));
        assert_eq!(code, 0, "{text}");
        fs::read(lab.dir.join("images.npy")).unwrap()
    };
    let wanted = generate("runs/lab/base/seed-1");
    fs::remove_dir_all(lab.dir.join("data")).unwrap();
    fs::rename(lab.dir.join("runs/lab/base/seed-1"), lab.dir.join("elsewhere")).unwrap();
    fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    assert!(generate("elsewhere") == wanted);
}
