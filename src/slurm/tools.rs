//! Slurm's own programs, called and understood.
//!
//! Only text formats that are asked for are read: Slurm's JSON differs from version to version. Source:
//! the manual pages of sbatch, squeue, scontrol and scancel of Slurm 22.05.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use super::error::SlurmError;
use super::state::{FORMAT, States};

/// A job, or an array of tasks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId {
    /// Its number.
    pub id: String,
    /// The cluster it is on, where there are several.
    pub cluster: Option<String>,
}

/// `12`, or `12;cluster`, as `sbatch --parsable` prints it.
impl FromStr for JobId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (id, cluster) = match text.trim().split_once(';') {
            Some((id, cluster)) => (id, Some(cluster.to_owned())),
            None => (text.trim(), None),
        };
        let number = !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
        if number { Ok(Self { id: id.to_owned(), cluster }) } else { Err(()) }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cluster {
            Some(cluster) => write!(f, "{};{cluster}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

impl JobId {
    /// What tells a program which cluster is meant.
    fn on(&self) -> Vec<&str> {
        self.cluster.as_deref().map_or(Vec::new(), |cluster| vec!["-M", cluster])
    }
}

/// What a cluster takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks of an array.
    pub array: usize,
    /// Jobs and tasks of a user that wait or work.
    pub jobs: Option<usize>,
}

/// Where nothing is said: Slurm's own defaults.
const ARRAY: usize = 1001;

/// Tries a script without submitting it; what Slurm says.
///
/// # Errors
/// [`SlurmError`]
pub fn test(script: &Path) -> Result<String, SlurmError> {
    let said = call("sbatch", &["--test-only".as_ref(), script.as_os_str()], None)?;
    let text = format!("{}{}", said.out, said.err);
    if said.good { Ok(text.trim().to_owned()) } else { Err(said.refused()) }
}

/// Submits a script, whose relative places are in `folder`.
///
/// # Errors
/// [`SlurmError`]; of one that is silent nobody knows whether it has the script.
pub fn submit(script: &Path, folder: &Path) -> Result<JobId, SlurmError> {
    let said = call("sbatch", &["--parsable".as_ref(), script.as_os_str()], Some(folder))?;
    if !said.good {
        return Err(said.refused());
    }
    // Sites let it say more, before or after.
    let id = said.out.lines().find_map(|line| line.parse().ok());
    id.ok_or_else(|| said.refused())
}

/// The job of this name, which no other has, if the cluster knows it.
///
/// # Errors
/// If it does not answer.
pub fn find(name: &str) -> Result<Option<JobId>, SlurmError> {
    let arguments = ["-h", "-t", "all", "-n", name, "-o", "%F|%j"];
    let said = call("squeue", &arguments.map(AsRef::as_ref), None)?;
    if !said.good {
        return Err(said.silent());
    }
    let of_name = |line: &str| Some(line.split_once('|').filter(|(_, n)| *n == name)?.0.to_owned());
    Ok(said.out.lines().find_map(|line| of_name(line)?.parse().ok()))
}

/// How the tasks of a job stand; none if the cluster no longer knows it. A number is not enough: a
/// controller that lost its last seconds gives it to another job.
///
/// # Errors
/// If it does not answer: then nothing is known.
pub fn states(job: &JobId, name: &str) -> Result<Option<States>, SlurmError> {
    let asked = ["-h", "-t", "all", "-o", FORMAT, "-j", &job.id, "-n", name];
    let arguments: Vec<_> = job.on().into_iter().chain(asked).map(AsRef::as_ref).collect();
    let said = call("squeue", &arguments, None)?;
    if said.good {
        Ok(Some(States::read(&said.out)).filter(|states| !states.is_empty()))
    } else if said.err.contains("Invalid job id") {
        Ok(None)
    } else {
        Err(said.silent())
    }
}

/// Ends the job of this number and name, and all its tasks. One that has ended already is no error.
///
/// # Errors
/// [`SlurmError`]
pub fn cancel(job: &JobId, name: &str) -> Result<(), SlurmError> {
    let asked = ["--name", name, job.id.as_str()];
    let arguments: Vec<_> = job.on().into_iter().chain(asked).map(AsRef::as_ref).collect();
    let said = call("scancel", &arguments, None)?;
    if said.good || said.err.contains("Invalid job id") { Ok(()) } else { Err(said.refused()) }
}

/// Has this task end and start over, from its checkpoints.
///
/// # Errors
/// [`SlurmError`]
pub fn requeue(task: &str) -> Result<(), SlurmError> {
    let said = call("scontrol", &["requeue".as_ref(), task.as_ref()], None)?;
    if said.good { Ok(()) } else { Err(said.refused()) }
}

/// What the cluster takes at most, as far as it says.
///
/// # Errors
/// If it does not answer.
pub fn limits() -> Result<Limits, SlurmError> {
    let said = call("scontrol", &["show".as_ref(), "config".as_ref()], None)?;
    if !said.good {
        return Err(said.silent());
    }
    // Its first index is 0, and the limit one more than the last.
    let array = number(&said.out, "MaxArraySize").unwrap_or(ARRAY).max(1);
    // Two places are left: for the report, and since the limit itself is not reached.
    let all = number(&said.out, "MaxJobCount").map(|most| most.saturating_sub(2).max(1));
    Ok(Limits { array, jobs: all.into_iter().chain(of_user()).min() })
}

/// `MaxArraySize            = 1001`
fn number(config: &str, name: &str) -> Option<usize> {
    let of_name = |line: &str| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().parse().ok())?
    };
    config.lines().find_map(of_name)
}

/// Most jobs of this user, where accounts are kept; it need not be known.
fn of_user() -> Option<usize> {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok()?;
    let arguments = ["-n", "-P", "show", "associations", "where", &format!("user={user}")];
    let arguments = arguments.into_iter().chain(["format=MaxSubmitJobs"]).map(AsRef::as_ref);
    let said = call("sacctmgr", &arguments.collect::<Vec<_>>(), None).ok().filter(|s| s.good)?;
    said.out.lines().filter_map(|line| line.trim().parse().ok()).min()
}

struct Said {
    tool: String,
    good: bool,
    out: String,
    err: String,
}

/// What the programs say when their controller is out of reach.
const SILENCE: [&str; 6] = [
    "Unable to contact",
    "timed out",
    "Connection refused",
    "Communication connection failure",
    "Transport endpoint",
    "Zero Bytes were transmitted",
];

impl Said {
    fn text(&self) -> String {
        let lines: Vec<&str> = self.err.lines().chain(self.out.lines()).map(str::trim).collect();
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if lines.is_empty() { "it does not say why".to_owned() } else { lines.join("; ") }
    }

    fn silent(&self) -> SlurmError {
        SlurmError::Silent { tool: self.tool.clone(), said: self.text() }
    }

    fn refused(&self) -> SlurmError {
        if SILENCE.iter().any(|silence| self.err.contains(silence)) {
            return self.silent();
        }
        SlurmError::Refused { tool: self.tool.clone(), said: self.text() }
    }
}

fn call(
    tool: &str,
    arguments: &[&std::ffi::OsStr],
    folder: Option<&Path>,
) -> Result<Said, SlurmError> {
    let mut command = Command::new(tool);
    // Without it, long lists of tasks end in dots.
    command.args(arguments).env("SLURM_BITSTR_LEN", "0").env("LC_ALL", "C");
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output =
        command.stdin(std::process::Stdio::null()).output().map_err(|error| {
            match error.kind() {
                ErrorKind::NotFound => SlurmError::Missing { tool: tool.to_owned() },
                _ => SlurmError::Silent { tool: tool.to_owned(), said: error.to_string() },
            }
        })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said {
        tool: tool.to_owned(),
        good: output.status.success(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_sbatch_prints_them() {
        let id = "12\n".parse::<JobId>().unwrap();
        assert_eq!((id.to_string(), id.on()), ("12".to_owned(), Vec::new()));
        let id = "12;east".parse::<JobId>().unwrap();
        assert_eq!((id.to_string(), id.on()), ("12;east".to_owned(), vec!["-M", "east"]));
        for wrong in ["", "Submitted batch job 12", "12_3", ";east"] {
            assert!(wrong.parse::<JobId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_are_read_from_the_configuration() {
        let config = "MaxArraySize            = 101\nMaxJobCount             = 10000\nX = y = z\n";
        assert_eq!(number(config, "MaxArraySize"), Some(101));
        assert_eq!(number(config, "MaxJobCount"), Some(10_000));
        assert_eq!(number(config, "X"), None);
    }
}
