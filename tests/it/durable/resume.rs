//! Stopped, resumed, run again, held: what a person does to a sweep.

use std::fs;
use std::process::Output;

use cgan_sweep::record::lock::{Holder, Shard, SweepLock};
use cgan_sweep::record::{Process, RunPaths, SweepPaths, checkpoint, store};
use cgan_sweep::run::OutcomeKind;

use super::lab::{Lab, UNSCORED, assert_same, is_open, results, said, send, wait_until};

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1]\n";

fn long() -> String {
    format!("{UNSCORED}{AXES}")
}

fn run(lab: &Lab, variant: &str, seed: u64) -> RunPaths {
    SweepPaths::at(lab.folder("runs")).run(variant, seed)
}

/// The four runs.
fn all(lab: &Lab) -> Vec<RunPaths> {
    let variants = ["base", "d.image_pieces=1"].into_iter();
    variants.flat_map(|variant| [1, 2].map(|seed| run(lab, variant, seed))).collect()
}

/// Starts a sweep and sends it a signal as soon as a first checkpoint is there.
fn stopped_by(lab: &Lab, name: &str, arguments: &[&str]) -> Output {
    let runs = all(lab);
    let ready = || runs.iter().any(|run| run.checkpoint().exists());
    lab.caught(arguments, name, ready, || runs.iter().any(is_open))
}

/// Whether these tests run in the background of a shell, whose children never see Ctrl-C.
fn interrupts_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|m| m & 2 != 0)
}

#[test]
fn a_signal_stops_at_a_checkpoint_and_the_same_command_goes_on() {
    let lab = Lab::new(400, &long());
    let wanted = lab.untouched();
    for (name, how) in
        [("INT", "thread"), ("TERM", "thread"), ("INT", "process"), ("TERM", "process")]
    {
        if name == "INT" && interrupts_are_ignored() {
            continue;
        }
        let arguments = ["--jobs", "2", "--isolate", how, "--no-reuse"];
        let (text, code) = said(&stopped_by(&lab, name, &arguments));
        assert_eq!(code, 130, "{name}, {how}: {text}");
        assert!(text.contains("run the same command to resume"), "{text}");
        let all = all(&lab);
        let interrupted = all.iter().find_map(|run| {
            let outcome = store::read_outcome(run).unwrap();
            Some((run, outcome.filter(|o| o.kind == OutcomeKind::Interrupted)?))
        });
        let Some((run, outcome)) = interrupted else { panic!("{name}, {how}: {text}") };
        // The checkpoint is of the step at which it stopped, which need not end an epoch.
        let saved = checkpoint::read(&run.checkpoint()).unwrap();
        assert_eq!(saved.header.step, outcome.steps, "{name}, {how}");

        let (text, code) = lab.sweep(&arguments);
        assert_eq!(code, 0, "{name}, {how}: {text}");
        assert!(text.contains("interrupted"), "{text}");
        assert_same(&results(&lab.folder("runs")), &wanted, &format!("{name}, {how}"));
        fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    }
}

#[test]
fn a_second_signal_leaves_at_once() {
    let lab = Lab::new(5_000, &long());
    let child = lab.start(&["--jobs", "2"]);
    wait_until("training begins", || run(&lab, "base", 1).loss_csv().exists());
    // A run that is stuck in a step would not see the first.
    send(&child, "STOP");
    send(&child, "INT");
    send(&child, "TERM");
    send(&child, "CONT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    // Its locks are those of a dead process.
    drop(SweepLock::take(&SweepPaths::at(lab.folder("runs")), Shard::WHOLE, false).unwrap());
    assert_eq!(cgan_sweep::record::lease::owner(&run(&lab, "base", 1)).unwrap(), None);
}

#[test]
fn a_sweep_that_is_held_says_by_whom() {
    let lab = Lab::new(1, AXES);
    let paths = SweepPaths::at(lab.folder("runs"));
    let mut lock = SweepLock::take(&paths, Shard::WHOLE, false).unwrap();
    lock.ready();
    let (text, code) = lab.sweep(&[]);
    assert_eq!(code, 3);
    let held = format!("is held by process {} on ", std::process::id());
    assert!(text.contains(&held) && text.contains(", at work since 2"), "{text}");
    assert!(!paths.manifest().exists());
    drop(lock);
    assert_eq!(lab.sweep(&[]).1, 0);
}

#[test]
fn who_is_gone_for_good_is_succeeded_by_one_flag() {
    let lab = Lab::new(1, &format!("{UNSCORED}{AXES}"));
    let paths = SweepPaths::at(lab.folder("runs"));
    let run = paths.run("base", 1);
    let gone = Process {
        pid: 7,
        start: 1_700_000_000,
        host: "gone".into(),
        boot: "b".into(),
        pid_namespace: "1".into(),
    };
    for isolate in ["thread", "process"] {
        fs::create_dir_all(paths.locks()).unwrap();
        fs::create_dir_all(run.root()).unwrap();
        let holder = Holder { process: gone.clone(), shard: Shard::WHOLE };
        let lock = paths.locks().join("shard-1-of-1.json");
        fs::write(lock, serde_json::to_vec(&holder).unwrap()).unwrap();
        fs::write(run.root().join(format!("owner-{gone}-0")), "").unwrap();
        let all = ["--quiet", "--isolate", isolate];
        let (text, code) = lab.sweep(&all);
        assert_eq!(code, 3);
        assert_eq!(
            text,
            "error: runs/lab is held by process 7 on gone, at work since 2023-11-14T22:13:20Z; \
             wait for it, or if it is gone for good, `--take-over` goes on in its place\n"
        );
        let (text, code) = lab.sweep(&[&all[..], &["--take-over"]].concat());
        assert_eq!(code, 0, "{text}");
        fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    }
}

#[test]
fn another_experiment_of_the_same_name_is_not_replaced_silently() {
    let lab = Lab::new(1, &format!("{UNSCORED}{AXES}"));
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let text = fs::read_to_string(lab.dir.join("lab.toml")).unwrap();
    let other = text
        .replace("Does it hold?", "Is it wide?")
        .replace("image_pieces = [1]", "joint_pieces = [1]");
    let there = lab.dir.join("y/lab.toml");
    fs::create_dir(lab.dir.join("y")).unwrap();
    fs::write(&there, &other).unwrap();
    let before = results(&lab.folder("runs"));
    let sweep =
        |file: &str, more: &[&str]| said(&lab.run(&[&["sweep", file, "--quiet"], more].concat()));
    let (text, code) = sweep("y/lab.toml", &[]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(text, @r#"
    runs/lab holds another experiment, which asks "Does it hold?"; its runs that this one does not have: 2
    nothing was trained. Another name for y/lab.toml or another `--runs-dir` keeps both; `--replace` puts this plan and its report in the place of that one's
    "#);
    assert_same(&results(&lab.folder("runs")), &before, "refused");
    let (text, code) = sweep("y/lab.toml", &["--replace"]);
    assert_eq!(code, 0, "{text}");
    // The same file may ask another question, and a copy of it the same one.
    fs::write(
        &there,
        other.replace("Is it wide?", "Is it?").replace("joint_pieces = [1]", "label_pieces = [1]"),
    )
    .unwrap();
    let (text, code) = sweep("y/lab.toml", &[]);
    assert_eq!(code, 0, "{text}");
    fs::create_dir(lab.dir.join("z")).unwrap();
    fs::copy(&there, lab.dir.join("z/lab.toml")).unwrap();
    let (text, code) = sweep("z/lab.toml", &[]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn what_was_trained_differently_is_not_overwritten() {
    let lab = Lab::new(2, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let before = results(&lab.folder("runs"));
    lab.write(3, &format!("{AXES}[loss]\nreal_target = 0.9\n"));
    let (text, code) = lab.sweep(&["--quiet"]);
    assert_eq!(code, 2);
    let text = text.replace('\\', "/");
    insta::assert_snapshot!(text);
    assert_same(&results(&lab.folder("runs")), &before, "refused");

    let plan = lab.run(&["plan", "lab.toml", "--no-time"]);
    let (plan, _) = said(&plan);
    assert!(plan.contains("in runs/lab: 4 stale"), "{plan}");
    assert!(plan.contains("loss.real_target was 1.0, is 0.9"), "{plan}");

    assert_eq!(lab.sweep(&["--rerun", "stale", "--quiet"]).1, 0);
    let wanted = lab.untouched();
    assert_same(&results(&lab.folder("runs")), &wanted, "replaced");

    // Other images under the same name.
    let images = lab.dir.join("data/train-images-idx3-ubyte");
    let mut bytes = fs::read(&images).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&images, bytes).unwrap();
    let (text, code) = lab.sweep(&["--quiet"]);
    assert!(code == 2 && text.contains("the data are no longer those of data"), "{text}");
}

#[test]
fn a_sweep_grows_by_variants_and_seeds() {
    let lab = Lab::new(2, AXES);
    assert_eq!(lab.sweep(&["--quiet", "--seeds", "1"]).1, 0);
    lab.write(2, "[axes]\ndiscriminator.image_pieces = [1, 4]\n");
    let (text, code) = lab.sweep(&["--quiet"]);
    assert!(code == 0 && text.contains("4 to train; 2 completed, 4 not started"), "{text}");
    let added =
        "note: Exploratory: 1 seed became 2 after runs had been trained. Whoever adds seeds";
    assert!(text.contains(added), "{text}");
    // But for what the plan and the report say of it.
    let of_runs = |mut all: std::collections::BTreeMap<String, Vec<u8>>| {
        all.retain(|name, _| name.matches('/').count() > 1);
        all
    };
    let [grown, wanted] = [results(&lab.folder("runs")), lab.untouched()].map(of_runs);
    assert_same(&grown, &wanted, "grown");
    // It is remembered, and gone with what was added.
    assert!(lab.sweep(&["--quiet"]).0.contains(added));
    let (text, code) = lab.sweep(&["--quiet", "--seeds", "1"]);
    assert!(code == 0 && !text.contains("Exploratory"), "{text}");
}

#[test]
fn one_run_can_be_trained_alone_and_once() {
    let lab = Lab::new(300, &long());
    // The plan without its runs.
    let child = lab.start(&["--jobs", "1"]);
    // Folders of runs come before the plan, for they hold the HParams; the record of a run comes after.
    wait_until("a run has begun", || run(&lab, "base", 1).run().exists());
    send(&child, "KILL");
    child.wait_with_output().unwrap();

    let one = ["run-one", "runs/lab", "base", "2"];
    let mut first = lab.command(&one).stdout(std::process::Stdio::piped()).spawn().unwrap();
    wait_until("it has begun", || {
        assert_eq!(first.try_wait().unwrap(), None, "it ended before it began");
        run(&lab, "base", 2).loss_csv().exists()
    });
    // The scheduler of a cluster delivers it twice.
    send(&first, "STOP");
    let (text, code) = said(&lab.run(&one));
    assert!(code == 3 && text.contains("is training it"), "{text}");
    // It is sure that the first is gone, and is wrong.
    let second = lab.run(&[&one[..], &["--take-over"]].concat());
    let (text, code) = said(&second);
    assert_eq!((text.as_str(), code), ("base, seed 2: completed\n", 0));
    send(&first, "CONT");
    let (text, code) = said(&first.wait_with_output().unwrap());
    assert!(code == 3 && text.contains("another attempt has taken"), "{code}: {text}");
    // A third finds it done.
    assert_eq!(said(&lab.run(&one)), ("base, seed 2: completed\n".to_owned(), 0));

    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    assert_same(&results(&lab.folder("runs")), &lab.untouched(), "with a run of its own");
    let nothing = said(&lab.run(&["run-one", "runs/lab", "other", "2"]));
    assert!(nothing.1 == 2 && nothing.0.contains("has no run of other, seed 2"), "{}", nothing.0);
}

#[test]
fn a_checkpoint_is_also_due_by_the_clock() {
    let lab = Lab::new(3_000, &long());
    let text = fs::read_to_string(lab.dir.join("lab.toml")).unwrap();
    fs::write(
        lab.dir.join("lab.toml"),
        text.replace("checkpoint_every = 2", "checkpoint_every = 3000"),
    )
    .unwrap();
    let stopped = stopped_by(&lab, "KILL", &["--jobs", "1", "--checkpoint-minutes", "0.0001"]);
    assert!(!stopped.status.success());
    let any = all(&lab).iter().find_map(|run| checkpoint::read_header(run).ok().flatten());
    assert!(any.unwrap().step > 0);
}

#[test]
fn a_question_that_is_changed_after_training_is_said_to_be_exploratory() {
    let lab = Lab::new(1, &long());
    let declared_late = || {
        let text = fs::read_to_string(lab.folder("runs").join("answer.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["declared_late"].clone()
    };
    assert_eq!(lab.sweep(&[]).1, 0);
    assert_eq!(declared_late(), false);
    // The same question, though the file says more, was there before.
    lab.write(1, &format!("{}[question]\ntest = \"compare\"\n", long()));
    assert_eq!(lab.sweep(&[]).1, 0);
    assert_eq!(declared_late(), false);
    lab.write(1, &format!("{}[question]\nmetric = \"gen_loss\"\n", long()));
    for _ in 0..2 {
        let (text, code) = lab.sweep(&[]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("note: Exploratory: what is asked was declared after"), "{text}");
        assert_eq!(declared_late(), true);
    }
    // Without a run that ended, nothing was there to be seen.
    for run in all(&lab) {
        fs::remove_dir_all(run.root()).unwrap();
    }
    assert_eq!(lab.sweep(&[]).1, 0);
    assert_eq!(declared_late(), false);
}

#[test]
fn after_each_round_of_seeds_there_is_a_report_that_says_it_is_provisional() {
    let lab = Lab::new(2_000, &long());
    let answer = || -> Option<serde_json::Value> {
        let text = fs::read_to_string(lab.folder("runs").join("answer.json")).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    };
    let child = lab.start(&["--jobs", "1", "--no-reuse"]);
    wait_until("there is a first report", || answer().is_some());
    let first = answer().unwrap();
    assert_eq!((&first["provisional"], &first["runs_completed"]), (&true.into(), &2.into()));
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    let last = answer().unwrap();
    assert_eq!((&last["provisional"], &last["runs_completed"]), (&false.into(), &4.into()));
}
