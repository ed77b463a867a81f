//! A real cluster for as long as a test needs it, and a small experiment on it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cgan_sweep::record::SweepPaths;

use crate::durable::lab::{Lab, NAME, REAL, SMALL, said, wait_until};

/// Set where a missing Slurm is a failure.
const REQUIRED: &str = "CGAN_REQUIRE_SLURM";

/// One at a time in this process; the script sees to it that there is one at a time on the machine.
static ONE: Mutex<()> = Mutex::new(());

/// The cluster: gone with all its processes and files when it is dropped, or this process ends.
pub(crate) struct Cluster {
    supervisor: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    dir: PathBuf,
    _one: MutexGuard<'static, ()>,
}

impl Cluster {
    /// Three nodes of two CPUs, with these lines of `slurm.conf` replaced; none, and said so, where
    /// there is no Slurm.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slurm/cluster");
        let mut supervisor = Command::new("bash")
            .arg(script)
            .args(["3", "2"])
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash");
        let input = supervisor.stdin.take();
        let output = BufReader::new(supervisor.stdout.take().unwrap());
        let mut cluster = Self { supervisor, input, output, dir: PathBuf::new(), _one: one };
        let line = cluster.answer();
        match line.strip_prefix("ready ") {
            Some(dir) => cluster.dir = dir.into(),
            None => {
                assert!(std::env::var_os(REQUIRED).is_none(), "{line}, and {REQUIRED} is set");
                assert!(line.starts_with("failed there is no "), "{line}");
                let _ = writeln!(std::io::stderr(), "SKIPPED: no cluster: {line}");
                return None;
            }
        }
        Some(cluster)
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Breaks or mends a part of it; the words are those of the script.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        assert_eq!(self.answer(), "ok", "{line}");
    }

    /// One of Slurm's programs: what it printed.
    pub(crate) fn slurm(&self, tool: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(tool);
        command.args(arguments).env("SLURM_CONF", self.configuration()).current_dir(&self.dir);
        let (text, code) = said(&command.output().unwrap());
        assert_eq!(code, 0, "{tool} {arguments:?}: {text}");
        text
    }

    fn configuration(&self) -> PathBuf {
        self.dir.join("slurm.conf")
    }

    /// A line for each attempt that ended, with its `JobState`.
    pub(crate) fn attempts(&self) -> String {
        fs::read_to_string(self.dir.join("log/attempts")).unwrap_or_default()
    }

    /// Preset `article` on 1,000 images of MNIST.
    pub(crate) fn real(&self, epochs: u64) -> Lab {
        let lab = self.lab(1, 1, "");
        let text = REAL.replace("batch", &format!("epochs = {epochs}\nbatch"));
        fs::write(lab.dir.join(format!("{NAME}.toml")), text).unwrap();
        lab
    }

    /// An experiment in a folder of this cluster's, whose runs last that many epochs, about a thousandth
    /// of a second each, and keep a checkpoint every so many.
    pub(crate) fn lab(&self, epochs: u64, checkpoint_every: u64, more: &str) -> Lab {
        let temp = tempfile::tempdir_in(&self.dir).unwrap();
        let mut lab = Lab::within(temp);
        lab.variables = vec![
            ("SLURM_CONF", self.configuration()),
            // Nothing of this machine's own configuration.
            ("XDG_CONFIG_DIRS", lab.dir.join("none")),
            ("XDG_CONFIG_HOME", lab.dir.join("config")),
        ];
        let text = format!(
            "{SMALL}\
             [train]\nbatch = 16\nepochs = {epochs}\n\
             [record]\nscalars_every = 0\nsamples_every = 1000000\ncheckpoint_every = {checkpoint_every}\n\
             [score]\nfast = false\nfull = false\n{more}"
        );
        fs::write(lab.dir.join(format!("{NAME}.toml")), text).unwrap();
        lab
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.supervisor.wait();
    }
}

/// `sweep --executor slurm` with these arguments in addition; what it printed, and its exit code.
pub(crate) fn submit(lab: &Lab, arguments: &[&str]) -> (String, i32) {
    lab.sweep(&[&["--executor", "slurm", "--no-reuse"], arguments].concat())
}

/// `status`: what it printed, and its exit code.
pub(crate) fn status(lab: &Lab) -> (String, i32) {
    said(&lab.run(&[OsStr::new("status"), lab.folder("runs").as_os_str()]))
}

/// The sweep's folder.
pub(crate) fn sweep(lab: &Lab) -> SweepPaths {
    SweepPaths::at(lab.folder("runs"))
}

/// Waits until the job that makes the report has done so.
pub(crate) fn wait_for_report(lab: &Lab) {
    wait_until("there is a report", || sweep(lab).report_html().exists());
}

/// How many attempts at a run there were.
pub(crate) fn attempts_at(lab: &Lab, variant: &str, seed: u64) -> usize {
    let path = sweep(lab).run(variant, seed).environment();
    let text = fs::read_to_string(path).unwrap_or_default();
    let environment: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    environment["attempts"].as_array().map_or(0, Vec::len)
}
