//! What is asked of the cluster: `sbatch`'s options by their names, and a few of our own.

use std::collections::BTreeMap;

use toml::Value;

use super::error::SlurmError;
use crate::spec::closest;

/// What is asked of the cluster for every task of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// `sbatch`'s own, by long name; none for one without a value.
    pub sbatch: BTreeMap<String, Option<String>>,
    /// Most tasks of an array at work at once.
    pub at_once: Option<u32>,
    /// Minutes that a task should take if its runs are short.
    pub task_minutes: f64,
    /// Runs of each task, whatever they cost.
    pub runs_per_task: Option<usize>,
    /// Seconds before the time limit at which a task writes checkpoints and queues up again.
    pub signal_before: u32,
    /// How often a task may start over, in all.
    pub max_requeues: u32,
    /// Lines of shell before the program, such as `module load`.
    pub setup: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sbatch: BTreeMap::new(),
            at_once: None,
            task_minutes: 10.0,
            runs_per_task: None,
            signal_before: 120,
            max_requeues: 50,
            setup: Vec::new(),
        }
    }
}

/// Options of our own.
const OWN: [&str; 6] =
    ["at_once", "task_minutes", "runs_per_task", "signal_before", "max_requeues", "setup"];
/// Names that this program has for options of `sbatch`, as people look for them.
const ALIASES: [(&str, &str); 2] = [("memory", "mem"), ("cpus", "cpus-per-task")];
/// What a sweep depends on, and so sets itself.
const OURS: [&str; 16] = [
    "array",
    "chdir",
    "dependency",
    "error",
    "help",
    "job-name",
    "kill-on-invalid-dep",
    "no-requeue",
    "nodes",
    "ntasks",
    "open-mode",
    "output",
    "parsable",
    "requeue",
    "signal",
    "test-only",
];
/// What the job that makes the report needs too: whose it is and where it may run.
const OF_REPORT: [&str; 8] =
    ["account", "clusters", "constraint", "export", "partition", "qos", "reservation", "wckey"];

impl Options {
    /// Takes the options of a table; those that stand in it already are replaced.
    ///
    /// # Errors
    /// An option that a sweep sets itself, or a value that it cannot have; `place` says where it stands.
    pub fn take(&mut self, table: &toml::Table, place: &str) -> Result<(), SlurmError> {
        for (key, value) in table {
            self.set(key, value)
                .map_err(|problem| SlurmError::Option { place: place.to_owned(), problem })?;
        }
        Ok(())
    }

    /// Takes `KEY=VALUE`s of the command line; a bare `KEY` is an option without a value.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_flags(&mut self, flags: &[String]) -> Result<(), SlurmError> {
        for flag in flags {
            let place = format!("--slurm {flag}");
            let (key, value) = match flag.split_once('=') {
                Some((key, value)) => (key, plain(value)),
                None => (flag.as_str(), Value::Boolean(true)),
            };
            let value = match key {
                "setup" => Value::Array(vec![Value::String(text(&value).unwrap_or_default())]),
                _ => value,
            };
            self.set(key, &value).map_err(|problem| SlurmError::Option { place, problem })?;
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let whole = |least: u32| {
            let number = value.as_integer().and_then(|n| u32::try_from(n).ok());
            number.filter(|n| *n >= least).ok_or(format!("{key} is a whole number from {least}"))
        };
        match key {
            "at_once" => self.at_once = Some(whole(1)?),
            "runs_per_task" => self.runs_per_task = Some(whole(1)? as usize),
            "signal_before" => self.signal_before = whole(1)?,
            "max_requeues" => self.max_requeues = whole(0)?,
            "task_minutes" => {
                let number = value.as_float().or(value.as_integer().map(|n| n as f64));
                let minutes = number.filter(|n| n.is_finite() && *n >= 0.0);
                self.task_minutes = minutes.ok_or("task_minutes is a number from 0")?;
            }
            "setup" => {
                let lines = value.as_array().into_iter().flatten().map(|v| v.as_str());
                let lines: Option<Vec<String>> = lines.map(|l| l.map(str::to_owned)).collect();
                let lines = lines.filter(|lines| !lines.is_empty());
                self.setup = lines.ok_or("setup is a list of lines of shell")?;
            }
            _ => self.set_sbatch(key, value)?,
        }
        Ok(())
    }

    fn set_sbatch(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let key = key.strip_prefix("--").unwrap_or(key);
        let alias = ALIASES.iter().find(|(name, _)| *name == key);
        let name = alias.map_or_else(|| key.replace('_', "-"), |(_, name)| (*name).to_owned());
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(format!("{key:?} is no option of sbatch"));
        }
        if OURS.contains(&name.as_str()) {
            return Err(format!("a sweep sets {name} itself"));
        }
        if let Some(own) = closest(key, OWN.iter().copied()) {
            return Err(format!("there is no {key}; did you mean {own}?"));
        }
        let value = match value {
            Value::Boolean(true) => None,
            // As if nobody had asked for it, such as a site's file.
            Value::Boolean(false) => {
                self.sbatch.remove(&name);
                return Ok(());
            }
            value => Some(text(value).ok_or(format!("{key} is a text, a number, or true"))?),
        };
        if value.as_ref().is_some_and(|v| v.chars().any(|c| c.is_control() || "\"'\\".contains(c)))
        {
            return Err(format!("{key} holds a quote, a backslash or a control character"));
        }
        self.sbatch.insert(name, value);
        Ok(())
    }

    /// CPUs of a task.
    ///
    /// # Errors
    /// If that is no number.
    pub fn cpus(&self) -> Result<usize, SlurmError> {
        match self.sbatch.get("cpus-per-task") {
            None => Ok(1),
            Some(cpus) => {
                let number = cpus.as_ref().and_then(|cpus| cpus.parse().ok());
                number.filter(|n| *n > 0).ok_or_else(|| SlurmError::Option {
                    place: "cpus".to_owned(),
                    problem: "is a whole number from 1".to_owned(),
                })
            }
        }
    }

    /// Whether the memory of a task is asked for.
    pub(super) fn has_memory(&self) -> bool {
        ["mem", "mem-per-cpu", "mem-per-gpu", "exclusive"]
            .iter()
            .any(|m| self.sbatch.contains_key(*m))
    }

    /// Those that the job that makes the report has too.
    pub(super) fn of_report(&self) -> impl Iterator<Item = (&String, &Option<String>)> {
        self.sbatch.iter().filter(|(name, _)| OF_REPORT.contains(&name.as_str()))
    }
}

/// A value of the command line: a number where it is one.
fn plain(text: &str) -> Value {
    match (text.parse(), text.parse()) {
        (Ok(number), _) => Value::Integer(number),
        (_, Ok(number)) => Value::Float(number),
        _ => match text {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            _ => Value::String(text.to_owned()),
        },
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}
