//! `examples/own_network.rs`: a network that this crate does not know is swept, killed, resumed,
//! scored and reported by the same program.

use std::path::Path;
use std::process::{Command, Stdio};

use cgan_sweep::record::SweepPaths;

use crate::durable::lab::{assert_same, example, results, said, wait_until};

const EXPERIMENT: &str = "[experiment]\nquestion = \"Does the weight of the divergence matter?\"\n\
    [data]\nsubset = 1000\n[train]\nbatch = 50\nepochs = 6\n[record]\ncheckpoint_every = 1\n\
    [axes]\nvae.beta = [2.0]\n";

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(example("own_network"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null());
    command
}

fn run(dir: &Path, arguments: &[&str]) -> String {
    let (said, code) = said(&command(dir, arguments).output().unwrap());
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

#[test]
fn help_and_defaults_name_its_settings() {
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["--help"]).contains("\n  vae.beta, vae.lr\n"));
    let defaults = run(dir.path(), &["defaults"]);
    assert!(defaults.contains("[vae]\n# Weight of the divergence"), "{defaults}");
    assert!(!defaults.contains("[generator]"), "{defaults}");
    std::fs::write(dir.path().join("x.toml"), EXPERIMENT.replace("beta", "betta")).unwrap();
    let (said, code) = said(&command(dir.path(), &["check", "x.toml"]).output().unwrap());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("did you mean `vae.beta`?"), "{said}");
}

#[test]
fn it_is_killed_and_resumed_to_the_same_bits_scored_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("x.toml"), EXPERIMENT).unwrap();
    run(dir, &["sweep", "x.toml", "-q", "--runs-dir", "whole"]);
    let wanted = results(&dir.join("whole/x"));
    assert!(wanted.keys().any(|name| name.ends_with("scores.json")), "{:?}", wanted.keys());

    let sweep = ["sweep", "x.toml", "-q", "--jobs", "1", "--no-reuse"];
    let first = SweepPaths::at(dir.join("runs/x")).run("base", 1);
    // On a busy machine it may end before this sees its checkpoint.
    let killed = (0..50).any(|_| {
        let _ = std::fs::remove_dir_all(dir.join("runs/x"));
        let mut child = command(dir, &sweep);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("there is a checkpoint", || {
            first.checkpoint().exists() || child.try_wait().unwrap().is_some()
        });
        let _ = child.kill();
        !child.wait().unwrap().success()
    });
    assert!(killed && first.checkpoint().exists(), "never killed in mid-run");
    run(dir, &sweep);
    assert_same(&results(&dir.join("runs/x")), &wanted, "killed and resumed");

    let html = std::fs::read_to_string(dir.join("runs/x/report.html")).unwrap();
    for word in ["Reconstruction", "Divergence", "FID", "beta=2"] {
        assert!(html.contains(word), "{word}");
    }
    let images = ["generate", "runs/x/beta=2/seed-1", "--per-class", "2", "--out", "i.png"];
    run(dir, &images);
    assert!(run(dir, &["reproduce", "runs/x/base/seed-1"]).contains("identical"));
}
