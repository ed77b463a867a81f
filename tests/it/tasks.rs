//! `plan --tasks`: any queue that runs shell commands carries a sweep out.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::durable::lab::{Lab, UNSCORED, assert_same, results, said};

/// Set where a missing GNU parallel is a failure.
const WANTED: &str = "CGAN_TEST_PARALLEL";

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1]\n";

/// The commands of the lab's runs.
fn tasks(lab: &Lab, runs: &str) -> String {
    let output = lab.run(&["plan", "lab.toml", "--tasks", "--no-reuse", "--runs-dir", runs]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output).0);
    assert!(output.stderr.is_empty(), "{}", said(&output).0);
    String::from_utf8(output.stdout).unwrap()
}

/// Gives the commands to a queue, away from where they were planned.
fn queue(program: &str, arguments: &[&str], tasks: &str) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir("/").env_remove("PARALLEL");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let written = child.stdin.take().unwrap().write_all(tasks.as_bytes());
    written.unwrap();
    child.wait_with_output().unwrap()
}

fn xargs(tasks: &str) -> Output {
    queue("xargs", &["-P", "3", "-d", "\n", "-n", "1", "sh", "-c"], tasks)
}

fn assert_done(lab: &Lab, runs: &str) {
    let (text, code) = said(&lab.run(&["report".as_ref(), lab.folder(runs).as_os_str()]));
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder(runs)), &results(&lab.folder("untouched")), runs);
    assert_eq!(tasks(lab, runs), "");
}

#[test]
fn xargs_carries_a_sweep_out_though_every_command_runs_twice_at_once() {
    let lab = Lab::new(2, AXES);
    lab.untouched();
    let commands = tasks(&lab, "xargs");
    assert_eq!(commands.lines().count(), 4, "{commands}");
    assert!(commands.lines().all(|line| line.starts_with("cd ") && line.contains(" run-one ")));
    std::thread::scope(|scope| {
        for worker in [(); 2].map(|()| scope.spawn(|| xargs(&commands))) {
            let (text, code) = said(&worker.join().unwrap());
            assert_eq!((text.matches(": completed").count(), code), (4, 0), "{text}");
        }
    });
    assert_done(&lab, "xargs");
    // Once more changes nothing.
    let (text, code) = said(&xargs(&commands));
    assert_eq!((text.matches(": completed").count(), code), (4, 0), "{text}");
    assert_done(&lab, "xargs");
}

#[test]
fn a_command_by_its_number_goes_on_where_it_was_killed() {
    let lab = Lab::new(40, UNSCORED);
    lab.untouched();
    let commands = tasks(&lab, "numbers");
    let nth = |n: &str| queue("sh", &["-c", "sed -n \"$0p\" | sh", n], &commands);
    // As a node that is lost takes its command along.
    let mut first = lab.command(&["run-one"]);
    first.arg(lab.folder("numbers")).args(["base", "1", "--no-reuse"]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = lab.folder("numbers").join("base/seed-1");
    crate::durable::lab::wait_until("there is a checkpoint", || begun.join("checkpoint").exists());
    first.kill().unwrap();
    first.wait().unwrap();
    for n in ["1", "2"] {
        assert_eq!(nth(n).status.code(), Some(0), "{}", said(&nth(n)).0);
    }
    assert_done(&lab, "numbers");
}

#[test]
fn gnu_parallel_carries_a_sweep_out() {
    let Ok(version) = Command::new("parallel").arg("--version").output() else {
        assert!(std::env::var_os(WANTED).is_none(), "no GNU parallel, and {WANTED} is set");
        let _ = writeln!(std::io::stderr(), "SKIPPED: no GNU parallel (apt-get install parallel)");
        return;
    };
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("GNU parallel"));
    let lab = Lab::new(2, AXES);
    lab.untouched();
    let (text, code) = said(&queue("parallel", &["--jobs", "2"], &tasks(&lab, "parallel")));
    assert_eq!(code, 0, "{text}");
    assert_done(&lab, "parallel");
}

#[test]
fn a_refusal_is_no_command() {
    let lab = Lab::new(2, UNSCORED);
    lab.untouched();
    let again = |more: &[&str]| {
        let plan = ["plan", "lab.toml", "--tasks", "--runs-dir", "untouched"];
        lab.run(&[&plan, more].concat())
    };
    let output = again(&["--set", "noise.dim=5"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"
    error: 2 runs of lab were trained differently:
      base, seed 1: noise.dim was 4, is 5
      base, seed 2: noise.dim was 4, is 5
    nothing was trained. `--rerun stale` replaces these runs; another file name or `--runs-dir` keeps them
    ");
    let output = again(&["--set", "noise.dim=5", "--rerun", "stale"]);
    let commands = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(commands.matches("--rerun stale").count(), 2, "{commands}");
}
