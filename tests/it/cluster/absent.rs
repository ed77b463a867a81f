//! Without a cluster, and with one that does not answer as one would wish: Slurm's programs played by
//! small scripts.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::durable::lab::{Lab, UNSCORED, said};

/// A lab whose programs find these scripts, and no others but the system's own.
fn lab(tools: &[(&str, &str)]) -> Lab {
    let mut lab = Lab::new(2, UNSCORED);
    let bin = lab.dir.join("bin");
    fs::create_dir(&bin).unwrap();
    // The system may have a Slurm: what is not played is not there.
    for tool in ["sbatch", "squeue", "scontrol", "scancel", "sacctmgr"] {
        let script = tools.iter().find(|(name, _)| *name == tool);
        if let Some((_, script)) = script {
            let path = bin.join(tool);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    for tool in ["sh", "cat", "kill", "touch"] {
        let found = ["/bin", "/usr/bin"].map(|folder| format!("{folder}/{tool}"));
        let found = found.iter().find(|path| fs::exists(path).unwrap()).unwrap();
        std::os::unix::fs::symlink(found, bin.join(tool)).unwrap();
    }
    let none = lab.dir.join("none");
    lab.variables =
        vec![("PATH", bin), ("XDG_CONFIG_DIRS", none), ("XDG_CONFIG_HOME", lab.dir.join("config"))];
    lab
}

const CONFIG: (&str, &str) = ("scontrol", "echo 'MaxArraySize = 1001'");
const NOTHING: (&str, &str) = ("squeue", "exit 0");

fn submit(lab: &Lab, more: &[&str]) -> (String, i32) {
    lab.sweep(&[&["--executor", "slurm", "--slurm", "runs_per_task=1"], more].concat())
}

#[test]
fn what_keeps_a_sweep_from_the_cluster_is_said_and_nothing_is_left() {
    let mut all = Vec::new();
    let mut say = |tools: &[(&str, &str)], more: &[&str]| {
        let lab = lab(tools);
        let (text, code) = submit(&lab, more);
        let left = lab.folder("runs").join(".slurm/1").exists();
        all.push(format!("{text}exit {code}, intent {}", if left { "kept" } else { "gone" }));
    };
    say(&[], &[]);
    let silent = "echo 'scontrol: error: Unable to contact slurm controller' >&2; exit 1";
    say(&[("scontrol", silent)], &[]);
    say(&[CONFIG], &["--slurm", "array=1"]);
    say(&[CONFIG], &["--jobs", "2"]);
    let refuse = "echo 'sbatch: error: invalid partition specified: nowhere' >&2; exit 1";
    say(&[CONFIG, NOTHING, ("sbatch", refuse)], &[]);
    // It is not known whether it has arrived.
    let late = "case $1 in --test-only) exit 0;; esac\n\
        echo 'sbatch: error: Batch job submission failed: Socket timed out' >&2; exit 1";
    say(&[CONFIG, NOTHING, ("sbatch", late)], &[]);
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    error: Slurm's `scontrol` is not on this machine: run this on a login node of the cluster, or train here without `--executor slurm`
    exit 3, intent gone

    error: Slurm does not answer (`scontrol`: scontrol: error: Unable to contact slurm controller); what it was given before goes on
    exit 3, intent gone

    error: --slurm array=1: a sweep sets array itself
    exit 2, intent gone

    error: --jobs is for training on this machine; with --executor slurm `--slurm cpus=N` gives each task N CPUs
    exit 2, intent gone

    lab: 1 variant × 2 seeds
    2 runs not submitted; the same command submits what is left
    error: Slurm refuses (`sbatch`): sbatch: error: invalid partition specified: nowhere
    exit 2, intent gone

    lab: 1 variant × 2 seeds
    2 runs not submitted; the same command submits what is left
    error: Slurm does not answer (`sbatch`: sbatch: error: Batch job submission failed: Socket timed out); what it was given before goes on
    exit 3, intent kept
    "#);
}

#[test]
fn a_cluster_that_takes_a_part_gets_the_rest_later() {
    // Two tasks at most: the second array is refused.
    let sbatch = "case $1 in --test-only) exit 0;; esac\n\
        [ -e full ] && { echo 'sbatch: error: AssocMaxSubmitJobLimit' >&2; exit 1; }\n\
        touch full; echo 7";
    let lab = lab(&[("scontrol", "echo 'MaxArraySize = 1'"), NOTHING, ("sbatch", sbatch)]);
    let (text, code) = submit(&lab, &[]);
    assert_eq!(code, 2, "{text}");
    insta::assert_snapshot!(text, @r#"
    lab: 1 variant × 2 seeds
    submitted 1 run in 1 task: job 7 (.slurm/1)
    1 run not submitted; the same command submits what is left
    no job for the report (Slurm refuses (`sbatch`): sbatch: error: AssocMaxSubmitJobLimit): cgan-sweep report runs/lab makes it
    error: Slurm refuses (`sbatch`): sbatch: error: AssocMaxSubmitJobLimit
    "#);
}

#[test]
fn what_is_not_known_is_not_gone() {
    let sbatch = "case $1 in --test-only) exit 0;; esac; echo 7";
    let lab = lab(&[CONFIG, NOTHING, ("sbatch", sbatch)]);
    let (text, code) = submit(&lab, &[]);
    assert_eq!(code, 0, "{text}");
    let play = |script: &str| {
        fs::write(lab.dir.join("bin/squeue"), format!("#!/bin/sh\n{script}\n")).unwrap();
        let folder = lab.folder("runs");
        let (shown, code) = said(&lab.run(&["status".as_ref(), folder.as_os_str()]));
        let file = lab.dir.join("lab.toml").to_string_lossy().into_owned();
        let shown = shown.replace(&*shlex::try_quote(&file).unwrap(), "LAB/lab.toml");
        let shown = shown.replace(&*lab.dir.to_string_lossy(), "LAB");
        let (again, submitted) = submit(&lab, &[]);
        (format!("{shown}exit {code}"), again, submitted)
    };
    let mut all = Vec::new();
    let (shown, again, code) = play("echo 'squeue: error: Unable to contact' >&2; exit 1");
    assert_eq!(code, 3, "{again}");
    all.push(format!("{shown}\n{again}"));
    let (shown, again, code) = play("echo '7|0|PENDING|JobHeldUser|'\necho '7|1|RUNNING|None|n1'");
    assert!(code == 0 && again.contains("2 runs on the cluster already"), "{again}");
    all.push(shown);
    // Forgotten, or it ended: the run is submitted again.
    let (shown, again, code) =
        play("echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    assert!(code == 0 && again.contains("submitted 2 runs in 2 tasks"), "{again}");
    all.push(shown);
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    lab: 2 runs: 2 unknown
    unknown:
      2 runs: Slurm does not answer (`squeue`: squeue: error: Unable to contact); what it was given before goes on
    the report is made by job 7 when the tasks have ended
    exit 0
    error: Slurm does not answer (`squeue`: squeue: error: Unable to contact); what it was given before goes on; whether runs are at work cannot be told, so none was submitted: try again later


    lab: 2 runs: 1 waiting, 1 held
    waiting:
      1 run: in a task at work
    held:
      base, seed 1: held (JobHeldUser): `scontrol release 7_0` frees it
    the report is made by job 7 when the tasks have ended
    exit 0

    lab: 2 runs: 2 lost
    lost:
      base, seed 1: task 7_0 ended without an outcome; it wrote no log
      base, seed 2: task 7_1 ended without an outcome; it wrote no log
    2 runs to be submitted: cgan-sweep sweep LAB/lab.toml --executor slurm
    exit 1
    "#);
}

#[test]
fn a_task_is_one_of_an_array() {
    let lab = lab(&[]);
    let (text, code) = said(&lab.run(&["run-task", "runs/lab", "1"]));
    let wanted = "error: this is no task of a Slurm array; `run-one` trains a run anywhere\n";
    assert_eq!((text.as_str(), code), (wanted, 3));
}
