//! A small real experiment in a folder of its own, trained by the program itself.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cgan_sweep::record::{Environment, RunPaths, store};
use cgan_sweep::run::OutcomeKind;
use sha2::{Digest, Sha256};

use crate::tensorboard;

/// The experiment's name.
pub(crate) const NAME: &str = "lab";

/// For long runs: without scores an epoch takes a millisecond.
pub(crate) const UNSCORED: &str = "[score]\nfast = false\nfull = false\n";

/// Two runs of networks so small that a step takes no time, but for `[train]` and what follows.
pub(crate) const SMALL: &str = "[experiment]\nquestion = \"Does it hold?\"\nseeds = [1, 2]\n\
    [data]\ndir = \"data\"\n[noise]\ndim = 4\n\
    [generator]\nnoise_units = 8\nlabel_units = 8\nhidden = [8]\n\
    [discriminator]\nimage_units = 8\nimage_pieces = 2\nlabel_units = 4\n\
    label_pieces = 2\njoint_units = 8\njoint_pieces = 2\n";

/// What holds times and places.
const APART: [&str; 4] = ["environment.json", "timing.csv", "SHA256SUMS.provenance", "reused.json"];
/// Pages of a report that hold seconds.
const PAGES: [&str; 2] = ["runs.csv", "report.html"];
const EVENTS: &str = "events.out.tfevents.0.cgan-sweep";

/// Four runs of real networks on real images, for the long proofs.
pub(crate) const REAL: &str = "[experiment]\nquestion = \"Does it hold?\"\nseeds = [1, 2]\n\
    [data]\nsubset = 1000\n[train]\nbatch = 100\n\
    [record]\nscalars_every = 5\ncheckpoint_every = 1\n[score]\nfast = false\nfull = false\n\
    [axes]\ndiscriminator.image_pieces = [3]\n";

pub(crate) struct Lab {
    pub(crate) dir: PathBuf,
    /// Variables that its programs see.
    pub(crate) variables: Vec<(&'static str, PathBuf)>,
    /// Whether its programs begin with the runs that are cheapest.
    shortest_first: bool,
    _temp: tempfile::TempDir,
}

impl Lab {
    /// An experiment with these lines beyond the common ones, which are top-level tables.
    pub(crate) fn new(epochs: u64, more: &str) -> Self {
        // In memory where that is possible: syncs then cost nothing.
        let memory = Path::new("/dev/shm");
        let temp = match tempfile::tempdir_in(memory) {
            Ok(temp) => temp,
            Err(_) => tempfile::tempdir().unwrap(),
        };
        let lab = Self::within(temp);
        lab.write(epochs, more);
        lab
    }

    /// Images and no experiment yet, in a folder that is gone with the lab.
    pub(crate) fn within(temp: tempfile::TempDir) -> Self {
        let dir = temp.path().join("a 'lab' of \"mine\"");
        write_data(&dir.join("data"));
        Self { dir, variables: Vec::new(), shortest_first: false, _temp: temp }
    }

    /// Preset `article` on 1,000 images of MNIST, on a real disk.
    pub(crate) fn real(epochs: u64) -> Self {
        let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let dir = temp.path().join("lab");
        fs::create_dir(&dir).unwrap();
        let text = REAL.replace("batch", &format!("epochs = {epochs}\nbatch"));
        fs::write(dir.join(format!("{NAME}.toml")), text).unwrap();
        Self { dir, variables: Vec::new(), shortest_first: false, _temp: temp }
    }

    /// Writes the experiment file.
    pub(crate) fn write(&self, epochs: u64, more: &str) {
        let text = format!(
            "{SMALL}\
             [train]\nbatch = 16\nepochs = {epochs}\n\
             [record]\nscalars_every = 3\ncheckpoint_every = 2\n{more}"
        );
        fs::write(self.dir.join(format!("{NAME}.toml")), text).unwrap();
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = match self.shortest_first {
            false => Command::new(env!("CARGO_BIN_EXE_cgan-sweep")),
            true => Command::new(example("faulty")),
        };
        if self.shortest_first {
            command.env("SHORTEST_FIRST", "1");
        }
        command.current_dir(&self.dir).args(arguments).stdin(Stdio::null());
        command.envs(self.variables.iter().cloned());
        command
    }

    /// Has its programs begin with the runs that are cheapest, or dearest, from now on.
    pub(crate) fn begin_with_the_shortest(&mut self, shortest_first: bool) {
        self.shortest_first = shortest_first;
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `sweep` with these arguments in addition; what it printed, and its exit code.
    pub(crate) fn sweep(&self, arguments: &[&str]) -> (String, i32) {
        let all: Vec<&str> = ["sweep", "lab.toml"].iter().chain(arguments).copied().collect();
        said(&self.run(&all))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let all: Vec<&str> = ["sweep", "lab.toml"].iter().chain(arguments).copied().collect();
        let mut command = self.command(&all);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Starts a sweep and sends it a signal once `ready`; what it said. One that went on beyond what
    /// is `wanted` before the signal reached it, as on a busy machine, is begun anew.
    pub(crate) fn caught(
        &self,
        arguments: &[&str],
        signal: &str,
        ready: impl Fn() -> bool,
        wanted: impl Fn() -> bool,
    ) -> Output {
        for _ in 0..50 {
            let child = self.start(arguments);
            wait_until("there is a checkpoint", &ready);
            send(&child, signal);
            let output = child.wait_with_output().unwrap();
            if wanted() {
                return output;
            }
            fs::remove_dir_all(self.folder("runs")).unwrap();
        }
        panic!("it is always too late");
    }

    /// The sweep's folder under `runs`.
    pub(crate) fn folder(&self, runs: &str) -> PathBuf {
        self.dir.join(runs).join(NAME)
    }

    /// Trains without any disturbance and returns the results.
    pub(crate) fn untouched(&self) -> BTreeMap<String, Vec<u8>> {
        let (said, code) = self.sweep(&["--jobs", "1", "--runs-dir", "untouched", "--no-reuse"]);
        assert_eq!(code, 0, "{said}");
        results(&self.folder("untouched"))
    }
}

/// Sends a signal to a program that was started here.
pub(crate) fn send(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
}

/// Whether a run was begun and has not come to its end.
pub(crate) fn is_open(run: &RunPaths) -> bool {
    let outcome = store::read_outcome(run).unwrap();
    run.run().exists() && outcome.is_none_or(|o| o.kind == OutcomeKind::Interrupted)
}

/// Both streams of a program's output, and its exit code (-1 if a signal ended it).
pub(crate) fn said(output: &Output) -> (String, i32) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (String::from_utf8_lossy(&text).into_owned(), output.status.code().unwrap_or(-1))
}

/// Every result file of a sweep by its name: all that must not depend on when, where and how it
/// was trained.
pub(crate) fn results(sweep: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut results = BTreeMap::new();
    for entry in walkdir::WalkDir::new(sweep) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(sweep).unwrap().to_str().unwrap().to_owned();
        let file = entry.file_name().to_str().unwrap();
        let state = file.starts_with("checkpoint")
            || name.starts_with(".locks")
            || name.starts_with(".slurm");
        if !entry.file_type().is_file() || state || APART.contains(&file) || PAGES.contains(&file) {
            continue;
        }
        assert!(!file.starts_with('.') && !file.starts_with("owner-"), "{name} was left behind");
        let bytes = fs::read(entry.path()).unwrap();
        let bytes = if file == EVENTS {
            let mut read = tensorboard::read(&bytes).1;
            read.iter_mut().for_each(|entry| entry.wall_time = 0.0);
            format!("{read:?}").into_bytes()
        } else {
            bytes
        };
        results.insert(name, bytes);
    }
    results
}

/// Compares the two pages of a sweep's report that hold seconds with those of the untouched one,
/// after its runs' times and places were put in place of the sweep's own.
pub(crate) fn assert_same_pages(lab: &Lab, runs: &str, what: &str) {
    let (folder, untouched) = (lab.folder(runs), lab.folder("untouched"));
    for entry in walkdir::WalkDir::new(&untouched).into_iter().map(Result::unwrap) {
        let name = entry.file_name().to_str().unwrap();
        if APART.contains(&name) || name == EVENTS {
            let place = folder.join(entry.path().strip_prefix(&untouched).unwrap());
            fs::copy(entry.path(), place).unwrap();
        }
    }
    let (text, code) = said(&lab.run(&["report".as_ref(), folder.as_os_str()]));
    assert_eq!(code, 0, "{what}: {text}");
    for page in PAGES {
        let [found, wanted] =
            [&folder, &untouched].map(|folder| fs::read(folder.join(page)).unwrap());
        assert!(found == wanted, "{what}: {page} differs");
    }
}

/// The results by kind, with one hash for all files of each kind, as a Markdown table.
pub(crate) fn digest(results: &BTreeMap<String, Vec<u8>>) -> String {
    let mut kinds: BTreeMap<&str, (usize, Sha256)> = BTreeMap::new();
    for (name, bytes) in results {
        let file = Path::new(name).file_name().unwrap().to_str().unwrap();
        let kind = match file {
            _ if file.ends_with(".safetensors") => "weights",
            _ if [".png", ".gif", ".svg"].iter().any(|end| file.ends_with(end)) => "pictures",
            EVENTS => "TensorBoard events, without their times",
            _ if name.matches('/').count() < 2 => "plan, summary and report",
            "loss.csv" | "metrics.csv" => file,
            _ => "settings, lights, outcomes, checksums",
        };
        let (count, hash) = kinds.entry(kind).or_default();
        *count += 1;
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    }
    let mut text = String::from("\n| results | files | SHA-256 of them all |\n|---|---:|---|\n");
    for (kind, (count, hash)) in kinds {
        writeln!(text, "| {kind} | {count} | `{:.16x}…` |", hash.finalize()).unwrap();
    }
    text
}

/// Writes a proof down where its recipe wants it, with the machine that it was made on.
pub(crate) fn proof(text: &str) {
    let machine = Environment::gather(&crate::support::data());
    let text = format!(
        "{text}\nMachine: {}, {} cores, {}; commit {}{}, {}.\n",
        machine.cpu,
        machine.cores,
        machine.os,
        machine.git_commit.as_deref().unwrap_or("unknown"),
        if machine.git_dirty { " with changes" } else { "" },
        machine.rustc,
    );
    match std::env::var_os("CGAN_PROOF") {
        Some(path) => {
            let path = PathBuf::from(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        None => assert!(std::io::stderr().write_all(text.as_bytes()).is_ok()),
    }
}

/// A program that `cargo test` builds beside this one; built here where only this test was asked
/// for.
pub(crate) fn example(name: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let program = deps.parent().unwrap().parent().unwrap().join("examples").join(name);
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--release", "--example", name]);
        assert!(build.status().unwrap().success());
    }
    program
}

/// Says which files differ, not how.
pub(crate) fn assert_same(
    found: &BTreeMap<String, Vec<u8>>,
    wanted: &BTreeMap<String, Vec<u8>>,
    what: &str,
) {
    assert!(wanted.len() > 20, "{what}: hardly any results to compare");
    let names = |all: &BTreeMap<String, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(wanted), "{what}");
    for (name, bytes) in wanted {
        assert!(found[name] == *bytes, "{what}: {name} differs");
    }
}

/// Waits until something holds; panics after minutes, which a busy machine may need.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(600), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// 3 classes of 8 x 8 pixels, 240 images, as IDX files.
fn write_data(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    const COUNT: u32 = 240;
    let label = |i: u32| (i * 7 % 3) as u8;
    let mut images = vec![0, 0, 8, 3];
    for length in [COUNT, 8, 8] {
        images.extend(length.to_be_bytes());
    }
    for i in 0..COUNT {
        let class = u32::from(label(i));
        images.extend((0..64).map(|p| ((p * (class + 1) * 5 + i * 3) % 256) as u8));
    }
    let mut labels = vec![0, 0, 8, 1];
    labels.extend(COUNT.to_be_bytes());
    labels.extend((0..COUNT).map(label));
    fs::write(dir.join("train-images-idx3-ubyte"), images).unwrap();
    fs::write(dir.join("train-labels-idx1-ubyte"), labels).unwrap();
}
