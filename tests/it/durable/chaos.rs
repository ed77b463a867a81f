//! `kill -9` at random moments.

use std::time::{Duration, Instant};

use super::lab::{Lab, assert_same, results};

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1, 3]\n";

/// Kills a sweep so many times at random moments and resumes it each time; whenever it gets to its
/// end all the same, compares, and begins again until all kills are spent.
pub(crate) fn chaos(kills: u32, epochs: u64, arguments: &[&str]) -> (u32, u32) {
    let lab = Lab::new(epochs, AXES);
    let start = Instant::now();
    let wanted = lab.untouched();
    let whole = start.elapsed();
    let (mut killed, mut completed) = (0, 0);
    // Any numbers will do: when a kill strikes depends on the machine as well.
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % 1_000) as f64 / 1_000.0
    };
    while killed < kills {
        let mut child = lab.start(&[arguments, &["--no-reuse"]].concat());
        std::thread::sleep(whole.mul_f64(next() * 0.4) + Duration::from_millis(1));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            completed += 1;
            assert_same(&results(&lab.folder("runs")), &wanted, &format!("after {killed} kills"));
            std::fs::remove_dir_all(lab.dir.join("runs")).unwrap();
        }
    }
    let (said, code) = lab.sweep(&[arguments, &["--no-reuse"]].concat());
    assert_eq!(code, 0, "after {killed} kills: {said}");
    assert_same(&results(&lab.folder("runs")), &wanted, &format!("after {killed} kills"));
    (killed, completed + 1)
}

#[test]
fn killed_ten_times_a_sweep_ends_like_one_never_touched() {
    chaos(10, 12, &["--jobs", "2"]);
}

#[test]
fn killed_with_runs_in_processes_of_their_own_too() {
    chaos(5, 12, &["--jobs", "2", "--isolate", "process"]);
}

/// `just chaos`; its result is in `docs/design/chaos.md`.
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stderr, reason = "its result is to be kept")]
fn killed_a_hundred_times() {
    for (how, arguments) in [
        ("one process", &["--jobs", "2"][..]),
        ("a process a run", &["--jobs", "2", "--isolate", "process"]),
    ] {
        let start = Instant::now();
        let (killed, completed) = chaos(100, 30, arguments);
        let seconds = start.elapsed().as_secs();
        eprintln!("{how}: {killed} kills, {completed} sweeps completed, all equal; {seconds} s");
    }
}
