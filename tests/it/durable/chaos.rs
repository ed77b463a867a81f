//! `kill -9` at random moments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cgan_sweep::record::{RunPaths, SweepPaths, checkpoint};

use super::lab::{Lab, assert_same, assert_same_pages, digest, proof, results};
use super::matrix::AXES;

/// Where kills struck, by what lay on disk after them.
type Places = BTreeMap<&'static str, u32>;

/// What came of a number of kills.
pub(super) struct Chaos {
    pub(super) killed: u32,
    pub(super) completed: u32,
    places: Places,
    /// Name and content of each result.
    pub(super) results: BTreeMap<String, Vec<u8>>,
}

/// Kills a sweep so many times at random moments and resumes it each time; whenever it gets to its
/// end all the same, compares, and begins again until all kills are spent. Of each kill so many
/// hundredths of the time that an untouched sweep takes are waited for, at most.
pub(super) fn chaos(lab: &Lab, kills: u32, hundredths: f64, arguments: &[&str]) -> Chaos {
    let start = Instant::now();
    let wanted = lab.untouched();
    let longest = start.elapsed().mul_f64(hundredths / 100.0);
    let arguments = [arguments, &["--no-reuse"]].concat();
    let mut chaos = Chaos { killed: 0, completed: 0, places: Places::new(), results: wanted };
    // Any numbers will do: when a kill strikes depends on the machine as well.
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % 1_000) as f64 / 1_000.0
    };
    while chaos.killed < kills {
        let before = parts(&lab.folder("runs"));
        let mut child = group(lab, &arguments);
        std::thread::sleep(longest.mul_f64(next()) + Duration::from_millis(1));
        // With runs in processes of their own, sometimes these live on for a moment.
        let all = next() < 0.5;
        if child.try_wait().unwrap().is_none() {
            kill(&mut child, all);
            chaos.killed += 1;
            for place in struck(&lab.folder("runs"), &before) {
                *chaos.places.entry(place).or_default() += 1;
            }
        }
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            chaos.completed += 1;
            compare(lab, &chaos);
            fs::remove_dir_all(lab.dir.join("runs")).unwrap();
        }
    }
    let (said, code) = lab.sweep(&arguments);
    assert_eq!(code, 0, "after {kills} kills: {said}");
    chaos.completed += 1;
    compare(lab, &chaos);
    chaos
}

fn compare(lab: &Lab, chaos: &Chaos) {
    let what = format!("after {} kills", chaos.killed);
    assert_same(&results(&lab.folder("runs")), &chaos.results, &what);
    assert_same_pages(lab, "runs", &what);
}

/// Starts a sweep as the leader of a group of processes.
fn group(lab: &Lab, arguments: &[&str]) -> Child {
    let mut command = lab.command(&[&["sweep", "lab.toml"], arguments].concat());
    // Nobody reads what those say that live on.
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap()
}

fn kill(child: &mut Child, all: bool) {
    if all {
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-9", "--", &group]).status().unwrap().success());
    } else {
        child.kill().unwrap();
    }
    child.wait().unwrap();
}

/// What somebody had begun to write aside.
fn parts(sweep: &Path) -> BTreeSet<PathBuf> {
    let entries = walkdir::WalkDir::new(sweep).into_iter().filter_map(Result::ok);
    let paths = entries.map(walkdir::DirEntry::into_path);
    paths.filter(|path| path.extension().is_some_and(|e| e == "part")).collect()
}

/// Where a sweep was when it was killed, as far as its folder shows.
fn struck(sweep: &Path, before: &BTreeSet<PathBuf>) -> BTreeSet<&'static str> {
    let mut places = BTreeSet::new();
    for part in parts(sweep).difference(before) {
        let name = part.file_name().unwrap().to_string_lossy().into_owned();
        places.insert(match part.strip_prefix(sweep).unwrap().components().count() {
            _ if name.starts_with(".checkpoint.") => "a checkpoint half-written",
            _ if name.starts_with(".owner-") => "a run's folder half-made",
            1 => "a file of the sweep half-written",
            _ => "a record of a run half-written",
        });
    }
    let mut begun = false;
    let runs = walkdir::WalkDir::new(sweep).min_depth(2).max_depth(2).into_iter();
    for run in
        runs.filter_map(Result::ok).filter(|e| e.file_name().to_string_lossy().starts_with("seed-"))
    {
        begun = true;
        places.extend(struck_run(&RunPaths::at(run.path())));
    }
    if !begun {
        places.insert("before any run began");
    } else if places.is_empty() {
        let reported = SweepPaths::at(sweep).report_html().exists();
        places.insert(if reported { "at the report, or after it" } else { "between records" });
    }
    places
}

fn struck_run(run: &RunPaths) -> Option<&'static str> {
    if run.outcome().exists() {
        return None;
    }
    if run.sums().exists() {
        return Some("a run's checksums there, its outcome not");
    }
    if !run.checkpoint().exists() {
        let between = run.previous_checkpoint().exists();
        return Some(if between { "between a checkpoint's renames" } else { "no checkpoint yet" });
    }
    let header = checkpoint::read_header(run).ok()??;
    let ahead = |path: PathBuf| {
        let length = header.positions.files.get(&run.name(&path)).map_or(0, |state| state.length);
        fs::metadata(path).is_ok_and(|found| found.len() > length)
    };
    let later = |path: &Path| !header.positions.files.contains_key(&run.name(path));
    if [run.loss_csv(), run.metrics_csv(), run.timing_csv(), run.events()].into_iter().any(ahead) {
        return Some("tables or events longer than the checkpoint knows");
    }
    let pictures = walkdir::WalkDir::new(run.samples_dir()).min_depth(1).into_iter();
    let weights = walkdir::WalkDir::new(run.weights_dir()).min_depth(1).into_iter();
    let mut whole = pictures.chain(weights).filter_map(Result::ok);
    whole
        .any(|entry| later(entry.path()))
        .then_some("pictures or weights that the checkpoint does not know")
}

#[test]
fn killed_ten_times_a_sweep_ends_like_one_never_touched() {
    chaos(&Lab::new(12, AXES), 10, 40.0, &["--jobs", "2"]);
}

#[test]
fn killed_with_runs_in_processes_of_their_own_too() {
    chaos(&Lab::new(12, AXES), 5, 40.0, &["--jobs", "2", "--isolate", "process"]);
}

/// `just chaos`.
#[test]
#[ignore = "takes minutes"]
fn killed_a_hundred_times() {
    let mut text = String::from(
        "# Killed a hundred times\n\nA sweep of four runs of preset `article` on 1,000 images of \
         MNIST (8 epochs, a checkpoint after each) is killed with `kill -9` at random moments and \
         started again each time. Whenever it comes to its end, all its results are compared byte \
         for byte with those of a sweep that nobody touched, and it begins anew; after 100 kills \
         it is let come to its end once more. Everything lies on a real disk (`just chaos`).\n",
    );
    let mut struck = BTreeSet::new();
    for (how, arguments) in [
        ("All runs in one process", &["--jobs", "2"][..]),
        ("A process a run", &["--jobs", "2", "--isolate", "process"]),
    ] {
        let start = Instant::now();
        let found = chaos(&Lab::real(8), 100, 20.0, arguments);
        let seconds = start.elapsed().as_secs();
        let Chaos { killed, completed, places, results } = found;
        struck.extend(places.keys().copied());
        write!(
            text,
            "\n## {how}: `{}`\n\n{killed} kills, {completed} sweeps came to their end, all equal \
             ({seconds} s).\n\n| what the kills left | kills |\n|---|---:|\n",
            arguments.join(" ")
        )
        .unwrap();
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_by_key(|(place, kills)| (std::cmp::Reverse(*kills), *place));
        places.iter().for_each(|(place, kills)| writeln!(text, "| {place} | {kills} |").unwrap());
        text += "\nA kill is counted at each thing it left: two runs train at once.\n";
        text += &digest(&results);
    }
    proof(&text);
    for place in ["a checkpoint half-written", "a record of a run half-written"] {
        assert!(struck.contains(place), "no kill struck {place}");
    }
}
