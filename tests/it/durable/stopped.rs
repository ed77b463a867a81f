//! Runs that their own rule stops: at the same epoch however they come to it, and never averaged.

use std::fs;

use cgan_sweep::record::{SweepPaths, store};
use cgan_sweep::run::{Outcome, OutcomeKind};

use super::lab::{Lab, assert_same, is_open, results, said};

/// A generator that hardly learns against a discriminator that learns fast, which wins.
const RULE: &str = "[score]\nfull = false\n[optimizer]\ngenerator.lr = 1e-9\n\
    [axes]\noptimizer.discriminator.lr = [3e-2]\n";

fn ruled(lab: &Lab, epochs: u64) {
    lab.write(epochs, RULE);
    let file = lab.dir.join("lab.toml");
    let text = fs::read_to_string(&file).unwrap();
    let rule = "[train]\nstop_on = [\"discriminator-wins\"]\n";
    fs::write(&file, text.replace("[train]\n", rule)).unwrap();
}

fn outcome(lab: &Lab, runs: &str, seed: u64) -> Outcome {
    let run = SweepPaths::at(lab.folder(runs)).run("d.lr=0.03", seed);
    store::read_outcome(&run).unwrap().unwrap()
}

#[test]
fn a_red_light_stops_a_run_where_its_records_say_so_however_it_came_there() {
    let lab = Lab::new(1, "");
    ruled(&lab, 20);
    let wanted = lab.untouched();
    let stopped = outcome(&lab, "untouched", 1);
    assert_eq!(stopped.kind, OutcomeKind::Stopped);
    let said_why = format!(
        "discriminator-wins is red since epoch {}: moving average of Real_P - Fake_P, or accuracy \
         with a small loss",
        stopped.epochs - 1
    );
    assert_eq!(stopped.reason, said_why);
    assert!(stopped.epochs < 20, "{stopped:?}");
    let report = fs::read_to_string(lab.folder("untouched").join("report.md")).unwrap();
    let counted = "2 of 4 runs completed: 2 stopped by rule. They stay in the count of runs and \
                   enter no mean.";
    assert!(report.contains(counted), "{report}");

    // It is not tried again, and not a failure.
    let again = ["--runs-dir", "untouched", "--rerun", "failed", "--rerun", "diverged"];
    let (text, code) = lab.sweep(&again);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("0 to train; 2 completed, 2 stopped by rule"), "{text}");
    // Another rule is another run.
    let (text, code) = lab.sweep(&["--runs-dir", "untouched", "--set", "train.stop_on=[]"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("train.stop_on was [\"discriminator-wins\"], is []"), "{text}");

    // From the end of a run that is red at its last epoch: there the longer one would have stopped.
    ruled(&lab, stopped.epochs);
    fs::rename(lab.dir.join("lab.toml"), lab.dir.join("short.toml")).unwrap();
    let (text, code) = said(&lab.run(&["sweep", "short.toml", "--quiet"]));
    assert_eq!(code, 0, "{text}");
    ruled(&lab, 20);
    let (text, code) = lab.sweep(&["--jobs", "2", "--threads", "2"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 stopped by rule"), "{text}");
    assert!(text.contains(&format!("resumes after epoch {}/20", stopped.epochs)), "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "from a shorter run");

    // Killed before it came there, in a process of its own.
    fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    let run = || SweepPaths::at(lab.folder("runs")).run("d.lr=0.03", 1);
    let killed = ["--jobs", "2", "--isolate", "process", "--no-reuse"];
    lab.caught(&killed, "KILL", || run().checkpoint().exists(), || is_open(&run()));
    let (text, code) = lab.sweep(&killed);
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "killed");
    let folder = lab.folder("runs").join("d.lr=0.03/seed-1");
    let (text, code) = said(&lab.run(&["reproduce".as_ref(), folder.as_os_str()]));
    assert_eq!((text.lines().last(), code), (Some("identical"), 0));
}

#[test]
fn mistakes_in_a_rule_are_told_with_their_place() {
    let lab = Lab::new(1, "");
    let mut told = String::new();
    for rule in [
        "stop_on = [\"discriminator-win\"]\n",
        "stop_on = \"late-collapse\"\n",
        "stop_on = [\"label-ignored\"]\n",
        "stop_on = [\"late-collapse\", \"late-collapse\"]\n",
        "stop_on = [\"late-collapse\"]\n[score]\nfast = false\n",
    ] {
        lab.write(1, "");
        let file = lab.dir.join("lab.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("[record]", &format!("{rule}[record]"))).unwrap();
        let (text, code) = said(&lab.run(&["check", "lab.toml"]));
        assert_eq!(code, 2, "{text}");
        told.push_str(&text);
    }
    insta::assert_snapshot!("rule_mistakes", told);
}
