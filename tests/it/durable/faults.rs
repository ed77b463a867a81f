//! A run that panics, diverges, aborts or takes all memory fails alone; a disk that is full or
//! cannot be written to costs nothing but time.

use cgan_sweep::files::read_table;
use std::fs;
use std::path::Path;
use std::process::Command;

use cgan_sweep::record::{RunPaths, SweepPaths, store};
use cgan_sweep::run::OutcomeKind;

use super::lab::{Lab, UNSCORED, assert_same, example, is_open, results, said};

/// With the base four variants, with their seeds eight runs.
const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1, 3, 4]\n";

/// The outcomes of the eight runs, but for those that completed.
fn not_completed(lab: &Lab) -> Vec<(String, OutcomeKind, String)> {
    let sweep = SweepPaths::at(lab.folder("runs"));
    let manifest = store::read_manifest(&sweep).unwrap();
    assert_eq!(manifest.runs.len(), 8);
    let outcome = |run: &cgan_sweep::record::RunRecord| {
        let paths = sweep.run(&run.variant, run.seed);
        let outcome = store::read_outcome(&paths).unwrap().unwrap();
        assert_eq!(cgan_sweep::record::sums::verify(&paths).unwrap(), [""; 0], "{run:?}");
        (format!("{}/seed-{}", run.variant, run.seed), outcome.kind, outcome.reason)
    };
    let all = manifest.runs.iter().map(outcome);
    all.filter(|(_, kind, _)| *kind != OutcomeKind::Completed).collect()
}

/// Plants a fault in the fourth of eight runs, and returns how that one ended.
fn planted(fault: &str, isolate: &str, limit: Option<u64>) -> (OutcomeKind, String) {
    let lab = Lab::new(3, AXES);
    let wanted = lab.untouched();
    let run = "d.image_pieces=1/seed-2";
    let limit = limit.map_or_else(String::new, |kilobytes| format!("ulimit -v {kilobytes} && "));
    let mut command = Command::new("sh");
    command.current_dir(&lab.dir).args(["-c", &format!("{limit}exec \"$0\" \"$@\"")]);
    command.arg(example("faulty")).args(["sweep", "lab.toml", "--jobs", "2", "--no-reuse"]);
    command.args(["--isolate", isolate]).env("FAULT", format!("{fault}@1/2@20"));
    let output = said(&command.output().unwrap());
    assert_eq!(output.1, 1, "{}", output.0);
    let bad = not_completed(&lab);
    let [(name, kind, reason)] = &bad[..] else { panic!("{bad:?}") };
    assert_eq!(name, run);
    assert!(output.0.contains(reason.as_str()), "{reason:?} is not in {}", output.0);
    // Its records up to there are whole.
    let paths = SweepPaths::at(lab.folder("runs")).run("d.image_pieces=1", 2);
    assert_eq!(read_table(&paths.metrics_csv()).unwrap().rows(), 1);

    // It stays failed until it is asked for; then it goes on from its checkpoint.
    let (text, code) = lab.sweep(&["--quiet"]);
    assert!(code == 1 && text.contains("0 to train; 7 completed, 1 failed"), "{text}");
    let (text, code) = lab.sweep(&["--quiet", "--rerun", "failed"]);
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, fault);
    (*kind, reason.clone())
}

#[test]
fn a_panic_is_one_runs_failure() {
    for isolate in ["thread", "process"] {
        let (kind, reason) = planted("panic", isolate, None);
        assert_eq!(kind, OutcomeKind::Failed);
        assert!(
            reason.starts_with("panicked at tests/programs/faulty.rs")
                && reason.ends_with(": planted"),
            "{reason}"
        );
    }
}

#[test]
fn an_abort_a_kill_and_a_want_of_memory_are_one_runs_failure_in_processes() {
    let (kind, reason) = planted("abort", "process", None);
    assert!(kind == OutcomeKind::Failed && reason.contains("SIGABRT"), "{reason}");
    let (kind, reason) = planted("kill", "process", None);
    assert!(kind == OutcomeKind::Failed && reason.contains("SIGKILL"), "{reason}");
    let (kind, reason) = planted("memory", "process", Some(3_000_000));
    assert!(kind == OutcomeKind::Failed && reason.contains("memory allocation of"), "{reason}");
}

/// Four variants, one of which cannot stay finite.
const WILD: &str = "[loss]\nkind = \"least-squares\"\n\
    [variants.a]\nnoise.dim = 5\n[variants.b]\nnoise.dim = 6\n\
    [variants.wild.optimizer.discriminator]\nkind = \"sgd\"\nlr = 10\n";

#[test]
fn a_run_that_diverges_is_a_result() {
    for isolate in ["thread", "process"] {
        let lab = Lab::new(3, WILD);
        let (text, code) = lab.sweep(&["--isolate", isolate]);
        assert_eq!(code, 1, "{text}");
        let bad = not_completed(&lab);
        assert_eq!(bad.len(), 2, "{bad:?}");
        for (name, kind, reason) in bad {
            assert!(
                kind == OutcomeKind::Diverged && reason.contains("is not finite"),
                "{name} {reason}"
            );
        }
        // It would do so again.
        let (text, _) = lab.sweep(&["--quiet", "--rerun", "failed"]);
        assert!(text.contains("0 to train; 6 completed, 2 diverged"), "{text}");
        let (text, _) = lab.sweep(&["--quiet", "--rerun", "diverged"]);
        assert!(text.contains("2 to train"), "{text}");
        assert_eq!(not_completed(&lab).len(), 2);
    }
}

/// A file system of its own, if this process may make one.
pub(crate) struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    #[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
    pub(crate) fn new(place: &'a Path, size: &str) -> Option<Self> {
        fs::create_dir_all(place).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "none"]).arg(place);
        if !mount.output().is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: this process may not mount a file system");
            return None;
        }
        Some(Self(place))
    }

    pub(crate) fn again(&self, options: &str) -> bool {
        let options = format!("remount,{options}");
        Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success()
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_costs_nothing_but_time() {
    let lab = Lab::new(8, AXES);
    let wanted = lab.untouched();
    let place = lab.dir.join("runs");
    let Some(mount) = Mount::new(&place, "1500k") else { return };
    for isolate in ["thread", "process"] {
        let (text, code) = lab.sweep(&["--jobs", "2", "--isolate", isolate]);
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("No space left on device"), "{text}");
        // What there is can be read.
        let sweep = SweepPaths::at(lab.folder("runs"));
        let manifest = store::read_manifest(&sweep).unwrap();
        let completed = manifest.runs.iter().filter(|run| {
            let paths: RunPaths = sweep.run(&run.variant, run.seed);
            let outcome = store::read_outcome(&paths).unwrap();
            outcome.is_some_and(|o| o.kind == OutcomeKind::Completed)
        });
        assert!(completed.count() < 8);
    }
    assert!(mount.again("size=64m"));
    let (text, code) = lab.sweep(&["--jobs", "2"]);
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "with space again");
}

#[test]
fn a_folder_that_cannot_be_written_costs_nothing_but_time() {
    let lab = Lab::new(300, &format!("{UNSCORED}{AXES}"));
    let wanted = lab.untouched();
    let place = lab.dir.join("runs");
    let Some(mount) = Mount::new(&place, "200m") else { return };
    let first = SweepPaths::at(lab.folder("runs")).run("d.image_pieces=4", 1);
    lab.caught(&["--jobs", "2"], "KILL", || first.checkpoint().exists(), || is_open(&first));
    let before = files(&place);
    assert!(mount.again("ro"));
    let (text, code) = lab.sweep(&["--jobs", "2"]);
    assert!(code == 3 && text.contains("Read-only file system"), "{code}: {text}");
    assert_eq!(files(&place), before);
    assert!(mount.again("rw"));
    let (text, code) = lab.sweep(&["--jobs", "2"]);
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "writable again");
}

fn files(dir: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let entries = walkdir::WalkDir::new(dir).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.map(|e| (e.path().to_owned(), e.metadata().unwrap().len())).collect()
}
