//! Records of format 1, written once and kept: every later program reads, resumes, reuses and
//! reports them (`docs/stability.md`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use walkdir::WalkDir;

use crate::durable::lab::said;

/// A copy of the kept sweep in a folder of its own.
struct Kept(tempfile::TempDir);

impl Kept {
    fn new() -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kept-v1");
        let dir = tempfile::tempdir().unwrap();
        for entry in WalkDir::new(&from) {
            let entry = entry.unwrap();
            let to = dir.path().join(entry.path().strip_prefix(&from).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(to).unwrap();
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cgan-sweep"));
        command.current_dir(self.0.path()).args(arguments).stdin(Stdio::null());
        let (said, code) = said(&command.output().unwrap());
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    }
}

#[test]
fn it_is_read_and_reported_and_its_keys_are_todays() {
    let kept = Kept::new();
    let plan: serde_json::Value =
        serde_json::from_str(&kept.run(&["plan", "kept.toml", "--no-time", "--json"])).unwrap();
    let statuses: Vec<&str> =
        plan["runs"].as_array().unwrap().iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["completed", "interrupted"], "{plan:#}");
    let listed = kept.run(&["list", "runs"]);
    assert!(listed.contains("kept"), "{listed}");
    kept.run(&["report", "runs/kept"]);
    let report = fs::read_to_string(kept.path("runs/kept/report.md")).unwrap();
    assert!(report.contains("1 of 2 runs completed"), "{report}");
    kept.run(&["lights", "runs/kept"]);
    kept.run(&["generate", "runs/kept/base/seed-1", "--per-class", "2", "--out", "i.png"]);
}

#[test]
fn it_is_resumed_and_reused() {
    let kept = Kept::new();
    let completed = kept.path("runs/kept/base/seed-1");
    let was = fs::read(completed.join("metrics.csv")).unwrap();
    let half = fs::read_to_string(kept.path("runs/kept/base/seed-2/metrics.csv")).unwrap();
    let said = kept.run(&["sweep", "kept.toml", "--jobs", "1"]);
    assert!(said.contains("1 to train; 1 completed, 1 interrupted"), "{said}");
    assert_eq!(fs::read(completed.join("metrics.csv")).unwrap(), was);
    let whole = fs::read_to_string(kept.path("runs/kept/base/seed-2/metrics.csv")).unwrap();
    assert!(half.lines().count() > 20 && whole.starts_with(&half) && whole.lines().count() == 41);

    let text = fs::read_to_string(kept.path("kept.toml")).unwrap();
    fs::write(kept.path("longer.toml"), text.replace("epochs = 40", "epochs = 41")).unwrap();
    let said = kept.run(&["sweep", "longer.toml", "--jobs", "1", "--seeds", "1"]);
    assert!(said.contains("resumes from step 240 of"), "{said}");
    assert!(kept.path("runs/longer/base/seed-1/reused.json").exists());
}
