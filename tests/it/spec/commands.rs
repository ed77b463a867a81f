//! `check`, `plan` and `defaults` as a person calls them.

use cgan_sweep::cli::Cli;
use cgan_sweep::commands::{self, Exit};
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use clap::Parser;

use super::{Folder, asking};

/// What a command shows, and how it exits.
fn call(arguments: &[&str]) -> (String, Exit) {
    let cli = Cli::try_parse_from([&["cgan-sweep"], arguments].concat()).unwrap();
    let mut out = Vec::new();
    let exit = match commands::run(&Cgan, &cli, &mut out) {
        Ok(exit) => exit,
        Err(error) => commands::explain(&error, &mut out),
    };
    (String::from_utf8(out).unwrap(), exit)
}

#[test]
fn check_goes_through_all_files() {
    let folder = Folder::new();
    let good = folder.write("good.toml", &asking("[axes]\nnoise.dim = [5, 6]"));
    let bad = folder.write("bad.toml", &asking("[train]\nepochs = 0"));
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let missing = folder.path("missing.toml");
    let (shown, exit) = call(&["check", good]);
    assert_eq!(
        (folder.shown(shown), exit),
        ("good.toml: good: 3 variants × 1 seed = 3 runs\n".into(), Exit::Completed)
    );
    let (shown, exit) = call(&["check", bad, missing.to_str().unwrap(), good]);
    assert_eq!(exit, Exit::BadExperiment);
    insta::assert_snapshot!(folder.shown(shown));
    let (_, exit) = call(&["check", missing.to_str().unwrap()]);
    assert_eq!(exit, Exit::Io);
}

#[test]
fn plan_is_a_table_or_json() {
    let folder = Folder::new();
    let text = "[experiment]\nquestion = \"does it?\"\nexpected = \"it does\"\nseeds = [1, 2]\n\
        primary = \"fake_p\"\n[train]\nsteps = 40\n[axes]\ndiscriminator.label = [\"embedding\", \"dense\"]\n\
        [variants.small]\ngenerator.hidden = [64]\ntrain.batch = 32";
    let path = folder.write("q.toml", text);
    let (path, runs) = (path.to_str().unwrap(), folder.path("runs"));
    let plan = ["plan", path, "--no-time", "--runs-dir", runs.to_str().unwrap()];
    let (shown, exit) = call(&[&plan[..], &["--set", "noise.dim=20"]].concat());
    let shown = folder.shown(shown);
    assert_eq!(exit, Exit::Completed);
    let trimmed: Vec<&str> = shown.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(trimmed.join("\n"));

    let (shown, exit) = call(&[&plan[..], &["--json", "--seeds", "3..=5"]].concat());
    assert_eq!(exit, Exit::Completed);
    let json: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(json["runs"].as_array().unwrap().len(), 12);
    assert_eq!(json["seeds"], serde_json::json!([3, 4, 5]));
    assert_eq!(json["overrides"], serde_json::json!(["--seeds 3..=5"]));
    assert_eq!(json["variants"][0]["parameters"]["D"], 1_224_351);
    assert_eq!(json["variants"][0]["predicted_run_seconds"], serde_json::Value::Null);
    assert_eq!(
        json["variants"][1]["changes"][0],
        serde_json::json!(["discriminator.label", "\"embedding\""])
    );
}

#[test]
fn plan_names_the_mistakes_of_the_command_line() {
    let folder = Folder::new();
    let path = folder.write("q.toml", &asking(""));
    let (shown, exit) = call(&["plan", path.to_str().unwrap(), "--set", "noise.dim=0"]);
    assert_eq!(exit, Exit::BadExperiment);
    insta::assert_snapshot!(shown);
}

#[test]
fn defaults_can_be_read_back() {
    let (toml, _) = call(&["defaults"]);
    let settings = cgan_sweep::spec::parse_settings("defaults", &toml, Cgan.schema()).unwrap();
    assert_eq!(settings, cgan_sweep::gan::article());
    let (markdown, _) = call(&["defaults", "--markdown"]);
    assert_eq!(markdown, include_str!("../../../docs/settings.md"));
}

#[test]
fn usage_mistakes_exit_with_two() {
    for arguments in [&["plan"][..], &["sweep", "x.toml", "--jobs", "0"], &["frob"]] {
        let error = Cli::try_parse_from([&["cgan-sweep"], arguments].concat()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn checkpoints_by_the_clock_take_minutes_that_pass() {
    let minutes = |text: &str| {
        Cli::try_parse_from(["cgan-sweep", "sweep", "x.toml", "--checkpoint-minutes", text])
    };
    for good in ["0", "0.5", "525600"] {
        minutes(good).unwrap();
    }
    for bad in ["nan", "inf", "1e9"] {
        let said = minutes(bad).unwrap_err().to_string();
        assert!(said.contains("write minutes from 0 to 525600, such as 0.5"), "{said}");
    }
    assert!(
        Cli::try_parse_from(["cgan-sweep", "sweep", "x.toml", "--checkpoint-minutes=-1"]).is_err()
    );
}

#[test]
fn help_names_every_exit_code() {
    let help = Cli::try_parse_from(["cgan-sweep", "--help"]).unwrap_err().to_string();
    for exit in [Exit::Completed, Exit::RunFailed, Exit::BadExperiment, Exit::Io, Exit::Interrupted]
    {
        let code = exit as u8;
        assert!(help.contains(&format!("\n  {code}  ")), "{code} is not in {help}");
    }
}

#[test]
fn memory_that_no_run_fits_in_is_refused_before_anything_is_written() {
    let folder = Folder::new();
    let path = folder.write("q.toml", &asking("[train]\nsteps = 1"));
    let runs = folder.path("runs");
    let (path, dir) = (path.to_str().unwrap(), runs.to_str().unwrap());
    let (shown, exit) = call(&["sweep", path, "--runs-dir", dir, "--memory", "1MB"]);
    assert_eq!(exit, Exit::BadExperiment);
    assert!(!runs.exists());
    insta::assert_snapshot!(folder.shown(shown), @"
    error: --memory 1.0 MB is less than one run needs: base, seed 1 takes about 60.3 MB
      = help: allow at least that, take smaller layers or a smaller batch, or leave --memory out
    ");
}
