//! `just slurm`: what takes a cluster minutes to show, written down as a proof.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::lab::{Cluster, attempts_at, status, submit, sweep, wait_for_report};
use super::short::cancelled_and_killed;
use crate::durable::lab::{Lab, assert_same, digest, proof, results, said, wait_until};

/// A table of what was done and seen, as it comes.
#[derive(Default)]
struct Seen(String);

impl Seen {
    /// Does something, and notes what was seen of it and how long it took.
    fn note(&mut self, what: &str, scene: impl FnOnce() -> String) {
        let start = Instant::now();
        let seen = scene();
        let took = start.elapsed().as_secs();
        // Also at once: a later scene may fail.
        let _ = writeln!(std::io::stderr(), "{what}: {seen}, {took} s");
        let _ = writeln!(self.0, "| {what} | {seen} | {:.0} s |", start.elapsed().as_secs_f64());
    }
}

/// Of the runs that something befalls; a minute of them, more or less, and two minutes.
const EPOCHS: u64 = 40_000;
const LONG: u64 = 60_000;

/// The controller writes down what it knows within five seconds.
const WRITTEN_DOWN: Duration = Duration::from_secs(7);

#[test]
#[ignore = "takes minutes"]
fn whatever_befalls_a_sweep_on_a_cluster() {
    let Some(mut cluster) = Cluster::start(&["MaxArraySize=201"]) else { return };
    let mut seen = Seen::default();
    let mut hashes = String::new();
    seen.note("4 runs of preset `article` on 1,000 images of MNIST, 4 epochs, one a task", || {
        let lab = cluster.real(4);
        let wanted = lab.untouched();
        hashes = digest(&wanted);
        finish(&cluster, &lab, &["--slurm", "runs_per_task=1"]);
        assert_same(&results(&lab.folder("runs")), &wanted, "MNIST");
        "every result file is the local executor's, byte for byte".to_owned()
    });
    seen.note("2 runs cancelled and submitted again; then the signal of one, the node of the other killed", || {
        cancelled_and_killed(&mut cluster);
        "three attempts at each run, each from a checkpoint of the one before; same bytes".to_owned()
    });
    let wanted = cluster.lab(EPOCHS, 1_000, "").untouched();
    let same = |lab: &Lab, what: &str| assert_same(&results(&lab.folder("runs")), &wanted, what);
    seen.note("the network of a node lost in mid-run, and back after the end", || {
        let lab = cluster.lab(EPOCHS, 1_000, "");
        let node = begin(&cluster, &lab, &["--take-over=2"]);
        cluster.tell(&format!("lose {node}"));
        wait_for_report(&lab);
        quiet(&cluster);
        cluster.tell(&format!("start {node}"));
        let logs = logs(&lab);
        let left = logs.matches("another attempt has taken").count();
        assert!(left >= 1, "no two attempts met: {logs}");
        same(&lab, "after a lost node");
        format!("{left} attempts lived on beside their successors, found that their run had been taken, and left; one result, same bytes")
    });
    seen.note("a job of a higher tier takes all nodes", || {
        let lab = cluster.lab(EPOCHS, 1_000, "");
        begin(&cluster, &lab, &[]);
        let urgent = ["-p", "urgent", "-N3", "-n3", "-c2", "-o", "/dev/null", "--wrap", "sleep 3"];
        cluster.slurm("sbatch", &urgent);
        wait_for_report(&lab);
        quiet(&cluster);
        let over = logs(&lab).matches("it starts over from its checkpoints").count();
        assert_eq!(over, 2);
        same(&lab, "after a preemption");
        "both tasks wrote checkpoints, queued up again and went on; same bytes".to_owned()
    });
    seen.note("the controller killed in mid-run, 8 s without one, started again", || {
        let lab = cluster.lab(EPOCHS, 1_000, "");
        begin(&cluster, &lab, &[]);
        sleep(WRITTEN_DOWN);
        cluster.tell("controller kill");
        sleep(Duration::from_secs(8));
        let (text, code) = status(&lab);
        assert!(code == 0 && text.contains("2 unknown"), "{text}");
        let (text, code) = submit(&lab, &[]);
        assert!(code == 3 && text.contains("Slurm does not answer"), "{text}");
        cluster.tell("controller start");
        wait_for_report(&lab);
        quiet(&cluster);
        same(&lab, "after a crash of the controller");
        "`status` said unknown and nothing was submitted twice; the tasks went on; same bytes"
            .to_owned()
    });
    seen.note("the controller killed before it has written down what it was given", || {
        let lab = cluster.lab(EPOCHS, 1_000, "");
        forgotten(&mut cluster, &lab);
        same(&lab, "after a loss of memory");
        "the tasks were ended as orphans; `status` said what was lost, `cancel` left alone a stranger's \
         job that had been given the same number, `sweep` submitted both again, from their \
         checkpoints; same bytes"
            .to_owned()
    });
    seen.note("1,500 runs of one epoch, five a task, arrays of at most 201", || many(&cluster));
    seen.note("a time limit of one minute, signal 20 s before", || {
        let lab = cluster.lab(LONG, 5_000, "");
        let wanted = lab.untouched();
        begin(&cluster, &lab, &["--slurm", "time=1", "--slurm", "signal_before=20"]);
        wait_for_report(&lab);
        quiet(&cluster);
        let attempts = [1, 2].map(|seed| attempts_at(&lab, "base", seed));
        assert!(attempts.iter().all(|n| *n >= 2), "{attempts:?}: runs of more epochs are needed");
        assert!(!cluster.attempts().contains("JobState=TIMEOUT"), "{}", cluster.attempts());
        assert_same(&results(&lab.folder("runs")), &wanted, "after time limits");
        format!(
            "{} and {} attempts, none was ended by its limit; same bytes",
            attempts[0], attempts[1]
        )
    });
    proof(&format!(
        "# Whatever befalls a sweep on a cluster\n\nA real Slurm (22.05) of three virtual nodes with two \
         CPUs each on one machine; 2 runs of small networks unless said otherwise, each compared byte \
         for byte with a sweep by the local executor that nobody touched (`just slurm`). Seconds hold \
         the local sweep too where it is of that row alone.\n\n| what befell it | what was seen | \
         took |\n|---|---|--:|\n{}\nThe results of the first row:\n{hashes}",
        seen.0
    ));
}

/// Submits, and waits for the report and an empty queue.
fn finish(cluster: &Cluster, lab: &Lab, arguments: &[&str]) {
    let (text, code) = submit(lab, arguments);
    assert_eq!(code, 0, "{text}");
    wait_for_report(lab);
    quiet(cluster);
}

fn quiet(cluster: &Cluster) {
    wait_until("the queue is empty", || cluster.slurm("squeue", &["-h"]).is_empty());
}

/// Submits two runs, a task and a node each, and waits until both have checkpoints; the node of the
/// second.
fn begin(cluster: &Cluster, lab: &Lab, arguments: &[&str]) -> String {
    let one_each = ["--slurm", "runs_per_task=1", "--slurm", "cpus=2"];
    let (text, code) = submit(lab, &[&one_each[..], arguments].concat());
    assert_eq!(code, 0, "{text}");
    let saved = |seed| sweep(lab).run("base", seed).checkpoint().exists();
    wait_until("both have checkpoints", || saved(1) && saved(2));
    let array = fs::read_to_string(sweep(lab).slurm().join("1/job")).unwrap();
    let task = format!("{}_1", array.trim());
    cluster.slurm("squeue", &["-h", "-j", &task, "-o", "%N"]).trim().to_owned()
}

/// The controller comes back without a sweep that it had taken.
fn forgotten(cluster: &mut Cluster, lab: &Lab) {
    sleep(WRITTEN_DOWN);
    cluster.tell("controller remember");
    begin(cluster, lab, &[]);
    let array = fs::read_to_string(sweep(lab).slurm().join("1/job")).unwrap();
    cluster.tell("controller forget");
    cluster.tell("controller start");
    // A stranger gets the number; what the controller remembers may be a few numbers older.
    let stranger = || cluster.slurm("sbatch", &["--parsable", "--hold", "--wrap", "true"]);
    let strangers: Vec<String> = (0..5).map(|_| stranger().trim().to_owned()).collect();
    assert!(strangers.iter().any(|job| job == array.trim()), "{strangers:?}, {array}");
    wait_until("the orphans are gone", || {
        let nodes = cluster.slurm("sinfo", &["-h", "-p", "main", "-t", "idle", "-o", "%D"]);
        nodes.trim() == "3" && !status(lab).0.contains("running")
    });
    let (text, code) = status(lab);
    assert!(code == 1 && text.contains("2 lost") && text.contains("2 runs to be"), "{code} {text}");
    let (text, code) = said(&lab.run(&[OsStr::new("cancel"), lab.folder("runs").as_os_str()]));
    assert!(code == 0 && text.starts_with("nothing of "), "{text}");
    let held = cluster.slurm("squeue", &["-h", "-t", "PENDING", "-o", "%i"]);
    assert!(strangers.iter().all(|job| held.lines().any(|line| line == job)), "{held}");
    cluster.slurm("scancel", &strangers.iter().map(String::as_str).collect::<Vec<_>>());
    finish(cluster, lab, &["--slurm", "runs_per_task=1"]);
}

/// What the tasks of the first array said.
fn logs(lab: &Lab) -> String {
    let log = |task| fs::read_to_string(sweep(lab).slurm().join(format!("1/{task}.log"))).unwrap();
    [log(0), log(1)].concat()
}

fn many(cluster: &Cluster) -> String {
    let lab = cluster.lab(1, 1, "");
    let seeds = ["--seeds", "1..=1500"];
    let start = Instant::now();
    let (text, code) = submit(&lab, &[&seeds[..], &["--slurm", "runs_per_task=5"]].concat());
    let submitted = start.elapsed().as_secs_f64();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("submitted 1005 runs in 201 tasks"), "{text}");
    assert!(text.contains("submitted 495 runs in 99 tasks"), "{text}");
    wait_for_report(&lab);
    quiet(cluster);
    let trained = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let (text, code) = status(&lab);
    let looked = start.elapsed().as_secs_f64();
    assert!(code == 0 && text.starts_with("lab: 1500 runs: 1500 completed\n"), "{text}");
    let here = [&seeds[..], &["--runs-dir", "untouched", "--no-reuse"]].concat();
    let (text, code) = lab.sweep(&here);
    assert_eq!(code, 0, "{text}");
    let found = results(&lab.folder("runs"));
    assert_same(&found, &results(&lab.folder("untouched")), "1,500 runs");
    format!(
        "two arrays of 201 and 99 tasks, submitted in {submitted:.1} s, reported after \
         {trained:.0} s, `status` in {looked:.2} s; same bytes"
    )
}
