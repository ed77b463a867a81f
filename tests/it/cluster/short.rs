//! What can be shown on a cluster in a minute or two.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::lab::{Cluster, attempts_at, status, submit, sweep, wait_for_report};
use crate::durable::faults::Mount;
use crate::durable::lab::{assert_same, is_open, results, said, wait_until};

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1]\n";

#[test]
fn a_sweep_on_a_cluster() {
    let Some(mut cluster) = Cluster::start(&["MaxArraySize=11"]) else { return };
    submit_and_leave(&cluster);
    refused(&cluster);
    rounds_go_on_by_themselves(&cluster);
    crash_of_the_submitter(&cluster);
    cancelled_and_killed(&mut cluster);
    chunks_and_packs(&cluster);
    full_disk(&cluster);
}

/// The command returns, the tasks train, the last job reports: the same bytes as here.
fn submit_and_leave(cluster: &Cluster) {
    let lab = cluster.lab(4, 2, AXES);
    let wanted = lab.untouched();
    let plan = ["plan", "lab.toml", "--executor", "slurm", "--slurm", "cpus=2"];
    let (text, code) = said(&lab.run(&plan));
    assert!(code == 0 && text.contains("#SBATCH --cpus-per-task=2\n"), "{text}");
    assert!(text.contains("4 runs in 1 task, 1 array; Slurm says:\n"), "{text}");
    assert!(!lab.folder("runs").exists());

    let config = lab.dir.join("config/cgan-sweep");
    fs::create_dir_all(&config).unwrap();
    let text = "[executor.slurm]\npartition = \"main\"\nruns_per_task = 2\n";
    fs::write(config.join("config.toml"), text).unwrap();
    let (text, code) = submit(&lab, &[]);
    assert!(code == 0 && text.contains("submitted 4 runs in 2 tasks: job "), "{text}");
    wait_for_report(&lab);
    let (text, code) = status(&lab);
    assert!(code == 0 && text.starts_with("lab: 4 runs: 4 completed\n"), "{text}");
    // The report's pages come one after the other.
    wait_until("the report's job has ended", || {
        cluster.slurm("squeue", &["-h", "-o", "%i"]).is_empty()
    });
    assert_same(&results(&lab.folder("runs")), &wanted, "on the cluster");
    let (text, code) = submit(&lab, &[]);
    assert!(code == 0 && text.contains("every run has its outcome: nothing to submit"), "{text}");
}

/// Seeds are added until the question is answered: each round's last job submits the next.
fn rounds_go_on_by_themselves(cluster: &Cluster) {
    let lab = cluster.lab(4, 2, AXES);
    let file = lab.dir.join("lab.toml");
    let text = fs::read_to_string(&file).unwrap();
    let looks = "seeds = { from = 2, to = 4, step = 1 }";
    fs::write(&file, text.replace("seeds = [1, 2]", looks)).unwrap();
    let wanted = lab.untouched();
    let (text, code) = submit(&lab, &["--slurm", "cpus=2"]);
    assert!(code == 0 && text.contains("which looks and submits the runs that are"), "{text}");
    let answer = || {
        let text = fs::read_to_string(lab.folder("runs").join("answer.json")).unwrap_or_default();
        serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default()
    };
    wait_until("all looks are taken", || answer()["looks"]["done"] == true);
    wait_until("the last job has ended", || {
        cluster.slurm("squeue", &["-h", "-o", "%i"]).is_empty()
    });
    assert_eq!(answer()["looks"]["taken"].as_array().unwrap().len(), 3);
    assert_same(&results(&lab.folder("runs")), &wanted, "rounds on the cluster");
}

fn refused(cluster: &Cluster) {
    let lab = cluster.lab(4, 2, "");
    for option in ["partition=nowhere", "cpus=99", "no-such-option=1"] {
        let (text, code) = submit(&lab, &["--slurm", option]);
        assert!(code == 2 && text.contains("Slurm refuses (`sbatch`): "), "{code} {text}");
        assert!(!lab.folder("runs").join(".slurm/1").exists());
    }
    assert_eq!(cluster.slurm("squeue", &["-h"]), "");
}

/// Between `sbatch` and the note of the job's number.
fn crash_of_the_submitter(cluster: &Cluster) {
    let mut lab = cluster.lab(5_000, 1_000, "");
    let wanted = lab.untouched();
    let bin = lab.dir.join("bin");
    fs::create_dir(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\nPATH='{path}' sbatch \"$@\" || exit\ncase $1 in --parsable) kill -9 $PPID;; esac\n"
    );
    fs::write(bin.join("sbatch"), script).unwrap();
    fs::set_permissions(bin.join("sbatch"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{path}", bin.display());
    lab.variables.push(("PATH", path.into()));
    let (text, code) = submit(&lab, &["--slurm", "runs_per_task=1"]);
    assert_eq!(code, -1, "{text}");
    lab.variables.pop();
    let first = sweep(&lab).slurm().join("1");
    assert!(first.join("about.json").exists() && !first.join("job").exists());
    // The array is found by its name, and gets its report.
    let (text, code) = submit(&lab, &["--slurm", "runs_per_task=1"]);
    assert_eq!(code, 0, "{text}");
    assert!(first.join("job").exists(), "{text}");
    assert!(!text.contains("submitted "), "{text}");
    wait_for_report(&lab);
    wait_until("the queue is empty", || cluster.slurm("squeue", &["-h"]).is_empty());
    assert_same(&results(&lab.folder("runs")), &wanted, "after a crash of the submitter");
}

/// Cancelled and resumed, asked to leave in time, and its node killed: each goes on from a checkpoint.
pub(super) fn cancelled_and_killed(cluster: &mut Cluster) {
    let lab = cluster.lab(EPOCHS, 500, "");
    let wanted = lab.untouched();
    let run = |seed| sweep(&lab).run("base", seed);
    let saved = |seed| run(seed).checkpoint().exists();
    // A node each, too.
    let one_each = ["--slurm", "runs_per_task=1", "--slurm", "cpus=2"];
    assert_eq!(submit(&lab, &one_each).1, 0);
    wait_until("both have checkpoints", || saved(1) && saved(2));
    let (text, code) = said(&lab.run(&["cancel".as_ref(), lab.folder("runs").as_os_str()]));
    assert!(code == 0 && text.contains("2 jobs cancelled"), "{text}");
    wait_until("both have stopped", || cluster.slurm("squeue", &["-h"]).is_empty());
    let (text, code) = status(&lab);
    assert!(code == 0 && text.starts_with("lab: 2 runs: 2 stopped\n"), "{code} {text}");

    let (text, code) = submit(&lab, &one_each);
    assert!(code == 0 && text.contains("submitted 2 runs in 2 tasks"), "{text}");
    wait_until("both go on", || {
        attempts_at(&lab, "base", 1) == 2 && attempts_at(&lab, "base", 2) == 2
    });
    let array = fs::read_to_string(sweep(&lab).slurm().join("3/job")).unwrap();
    let array = array.trim();
    let node = ["-h", "-j", &format!("{array}_1"), "-o", "%N"];
    let node = cluster.slurm("squeue", &node).trim().to_owned();
    // As before the time limit.
    cluster.slurm("scancel", &["-b", "-s", "USR1", &format!("{array}_0")]);
    cluster.tell(&format!("kill {node}"));
    assert!([1, 2].iter().all(|seed| is_open(&run(*seed))), "runs of more epochs are needed here");
    wait_for_report(&lab);
    wait_until("the queue is empty", || cluster.slurm("squeue", &["-h"]).is_empty());
    assert!(cluster.attempts().contains("JobState=NODE_FAIL"), "{}", cluster.attempts());
    assert_eq!([1, 2].map(|seed| attempts_at(&lab, "base", seed)), [3, 3]);
    assert_same(&results(&lab.folder("runs")), &wanted, "after a cancel, a signal and a kill");
    cluster.tell(&format!("start {node}"));
}

/// Of a run that must outlast all that befalls it.
const EPOCHS: u64 = 8_000;

/// Arrays of at most 11 tasks, of four runs each; followed to the end.
fn chunks_and_packs(cluster: &Cluster) {
    let lab = cluster.lab(1, 1, "");
    let seeds = ["--seeds", "1..=60"];
    let more = ["--slurm", "runs_per_task=4", "--slurm", "cpus=2", "--wait", "--quiet"];
    let (text, code) = submit(&lab, &[&seeds[..], &more].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("submitted 44 runs in 11 tasks"), "{text}");
    assert!(text.contains("submitted 16 runs in 4 tasks"), "{text}");
    assert!(text.contains("\nreport: "), "{text}");
    let (text, _) = status(&lab);
    assert!(text.starts_with("lab: 60 runs: 60 completed\n"), "{text}");
    let (text, code) =
        lab.sweep(&[&seeds[..], &["--runs-dir", "untouched", "--no-reuse"]].concat());
    assert_eq!(code, 0, "{text}");
    wait_until("the queue is empty", || cluster.slurm("squeue", &["-h"]).is_empty());
    let found = results(&lab.folder("runs"));
    assert_same(&found, &results(&lab.folder("untouched")), "60 runs in chunks");
}

/// The folder that all nodes share takes the plan and the first records, and no more.
fn full_disk(cluster: &Cluster) {
    let lab = cluster.lab(8, 2, &AXES.replace("[1]", "[1, 3, 4]"));
    let wanted = lab.untouched();
    let place = lab.dir.join("runs");
    let Some(mount) = Mount::new(&place, "400k") else { return };
    let (text, code) = submit(&lab, &["--slurm", "runs_per_task=2"]);
    assert!(code == 0 && text.contains("submitted 8 runs in 4 tasks: job "), "{text}");
    let gone = || cluster.slurm("squeue", &["-h", "-o", "%i"]).is_empty();
    wait_until("all tasks have ended", gone);
    let (text, _) = status(&lab);
    assert!(text.contains("No space left on device"), "{text}");
    fs::write(place.join("fill"), vec![0; 1 << 20]).unwrap_err();
    let (text, code) = submit(&lab, &[]);
    assert!(code == 3 && text.contains("help: make room on the disk"), "{code} {text}");
    assert!(gone(), "something was submitted");
    fs::remove_file(place.join("fill")).unwrap();
    assert!(mount.again("size=64m"));
    let (text, code) = submit(&lab, &[]);
    assert_eq!(code, 0, "{text}");
    wait_for_report(&lab);
    wait_until("the report's job has ended", gone);
    assert_same(&results(&lab.folder("runs")), &wanted, "with space again");
}
