//! What was given to the cluster, as the sweep's folder remembers it: `.slurm/<n>/`, a folder a job.
//!
//! | file | holds |
//! |---|---|
//! | `tasks` | a line for each task: its runs, as JSON |
//! | `job.sh` | the script |
//! | `about.json` | the job's name, which no other has; written before the script is submitted |
//! | `job` | the job's number; written after it |
//! | `<task>.log`, `report.log` | what the tasks say |
//!
//! So a crash in between leaves a folder without `job`, and the job is looked up by its name.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tools::JobId;
use crate::error::{Context, Damage, Result};
use crate::record::{Process, RunRecord, SweepPaths, write_synced, write_whole};

/// What a task is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its runs, longest first.
    pub runs: Vec<RunRecord>,
    /// Whether some other run may have trained a part of one of them.
    pub reuse: bool,
}

/// What a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name on the cluster, which no other job has.
    pub name: String,
    /// How many tasks it has; none for the job that makes the report.
    pub tasks: usize,
}

/// A job that was, or was to be, submitted.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its number in the sweep's folder.
    pub number: u32,
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub about: About,
    /// Its number on the cluster, if that was noted.
    pub job: Option<JobId>,
}

/// A submission as young as this may be on its way to the cluster still, in a process that outlived
/// its parent.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

impl Submission {
    /// All of a sweep, in their order.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn all(sweep: &SweepPaths) -> Result<Vec<Self>> {
        let folder = sweep.slurm();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("cannot list {}", folder.display()))?,
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name =
                entry.with_context(|| format!("cannot list {}", folder.display()))?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        let read = numbers.into_iter().map(|number| Self::read(sweep, number));
        read.filter_map(Result::transpose).collect()
    }

    /// None if it was never to be submitted: its making was cut off.
    fn read(sweep: &SweepPaths, number: u32) -> Result<Option<Self>> {
        let folder = sweep.slurm().join(number.to_string());
        let about = folder.join("about.json");
        let about = match fs::read(&about) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("cannot read {}", about.display()))?,
        };
        let about = serde_json::from_slice(&about).damaged(folder.join("about.json").display())?;
        let job = fs::read_to_string(folder.join("job")).ok().and_then(|job| job.parse().ok());
        Ok(Some(Self { number, folder, about, job }))
    }

    /// Writes down what is about to be submitted; `script` makes the script of a name and of the place
    /// for logs, relative to the sweep's folder.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(
        sweep: &SweepPaths,
        experiment: &str,
        tasks: &[Task],
        script: impl FnOnce(u32, &str, &str) -> Vec<u8>,
    ) -> Result<Self> {
        let folder = sweep.slurm();
        let last = Self::all(sweep)?.last().map_or(0, |last| last.number);
        // One whose making was cut off has its number still.
        let number =
            (last + 1..).find(|n| !folder.join(n.to_string()).exists()).unwrap_or(u32::MAX);
        let logs = format!(".slurm/{number}");
        let folder = folder.join(number.to_string());
        let kind = if tasks.is_empty() { "-report" } else { "" };
        let name = format!("cgan-{experiment}{kind}-{}", unique());
        let mut lines = Vec::new();
        for task in tasks {
            serde_json::to_writer(&mut lines, task)?;
            lines.push(b'\n');
        }
        write_whole(&folder.join("tasks"), &lines)?;
        write_whole(&folder.join("job.sh"), &script(number, &name, &logs))?;
        let about = About { name, tasks: tasks.len() };
        write_synced(&folder.join("about.json"), &serde_json::to_vec_pretty(&about)?)?;
        Ok(Self { number, folder, about, job: None })
    }

    /// The script.
    pub fn script(&self) -> PathBuf {
        self.folder.join("job.sh")
    }

    /// The log of a task.
    pub fn log(&self, task: usize) -> PathBuf {
        self.folder.join(format!("{task}.log"))
    }

    /// Whether it is the job that makes the report.
    pub fn is_report(&self) -> bool {
        self.about.tasks == 0
    }

    /// Notes its number on the cluster.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn note(&mut self, job: JobId) -> Result<()> {
        write_synced(&self.folder.join("job"), format!("{job}\n").as_bytes())?;
        self.job = Some(job);
        Ok(())
    }

    /// Forgets what the cluster did not take.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn forget(self) -> Result<()> {
        fs::remove_dir_all(&self.folder)
            .with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    /// Whether it may be on its way to the cluster at this moment.
    pub fn is_on_its_way(&self) -> bool {
        let written = fs::metadata(self.folder.join("about.json")).and_then(|file| file.modified());
        let age = written.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_none_or(|age| age < ON_ITS_WAY)
    }

    /// What each of its tasks does.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn tasks(&self) -> Result<Vec<Task>> {
        let path = self.folder.join("tasks");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let read = text.lines().map(serde_json::from_str).collect::<Result<_, serde_json::Error>>();
        read.damaged(path.display())
    }

    /// What one task of a submission does.
    ///
    /// # Errors
    /// If it cannot be read, or there is no such task.
    pub fn task(sweep: &SweepPaths, number: u32, task: usize) -> Result<Task> {
        let path = sweep.slurm().join(number.to_string()).join("tasks");
        let read = || format!("cannot read {}", path.display());
        let lines = BufReader::new(fs::File::open(&path).with_context(read)?).lines();
        let line = lines.into_iter().nth(task).transpose().with_context(read)?;
        let line = line.with_context(|| format!("{} has no task {task}", path.display()))?;
        serde_json::from_str(&line).damaged(path.display())
    }
}

/// Letters that nobody else has: of this process, now.
fn unique() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let hash = Sha256::digest(format!("{} {}", Process::this(), now.as_nanos()));
    format!("{hash:x}").chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_submitted_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let sweep = SweepPaths::at(dir.path());
        assert!(Submission::all(&sweep).unwrap().is_empty());
        let run = |seed| RunRecord { variant: "a".into(), seed, key: format!("k{seed}") };
        let task = |seed| Task { runs: vec![run(seed), run(seed + 1)], reuse: seed > 2 };
        let tasks = [task(1), task(3)];
        let script = |n: u32, name: &str, logs: &str| format!("{n} {name} {logs}").into_bytes();
        let mut first = Submission::begin(&sweep, "lab", &tasks, script).unwrap();
        let text = fs::read_to_string(first.script()).unwrap();
        assert_eq!(text, format!("1 {} .slurm/1", first.about.name));
        assert!(first.is_on_its_way() && first.job.is_none() && !first.is_report());
        first.note("12;east".parse().unwrap()).unwrap();
        // The next one's making is cut off; its number is not used again.
        fs::create_dir(sweep.slurm().join("2")).unwrap();
        let third = Submission::begin(&sweep, "lab", &[], script).unwrap();
        assert!(third.number == 3 && third.is_report() && third.about.name != first.about.name);
        let all = Submission::all(&sweep).unwrap();
        assert_eq!(all.iter().map(|s| s.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(all[0].job, first.job);
        assert_eq!(all[0].tasks().unwrap(), tasks);
        assert_eq!(Submission::task(&sweep, 1, 1).unwrap(), tasks[1]);
        let missing = Submission::task(&sweep, 1, 2).unwrap_err().to_string();
        assert!(missing.ends_with("tasks has no task 2"), "{missing}");
        third.forget().unwrap();
        assert_eq!(Submission::all(&sweep).unwrap().len(), 1);
    }
}
