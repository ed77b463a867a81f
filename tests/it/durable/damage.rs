//! Record files that were cut, zeroed, or lost a bit: noticed or mended, never a wrong number.

use std::fs;
use std::path::{Path, PathBuf};

use cgan_sweep::record::{RunPaths, SweepPaths, sums};
use cgan_sweep::report;

use super::lab::{Lab, UNSCORED, assert_same, is_open, results};

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
fn numbers(dir: &Path) -> Result<Vec<(report::State, String)>, String> {
    let sweep = report::load(dir).map_err(|error| format!("{error:#}"))?;
    Ok(sweep.runs.iter().map(|run| (run.state, format!("{run:?}"))).collect())
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
                    let told =
                        found[0].0 == report::State::Damaged || found[0].0 == report::State::Stale;
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
fn killed(lab: &Lab) -> RunPaths {
    let run = SweepPaths::at(lab.folder("runs")).run("base", 1);
    let two = || run.previous_checkpoint().exists() && run.checkpoint().exists();
    lab.caught(&["--jobs", "2", "--shortest-first"], "KILL", two, || is_open(&run));
    run
}

#[test]
fn a_damaged_run_goes_on_right_or_says_why_not() {
    let lab = Lab::new(30, &format!("{UNSCORED}{AXES}"));
    let wanted = lab.untouched();
    let run = killed(&lab);
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
