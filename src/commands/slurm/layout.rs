//! Which runs go to which tasks, and the scripts of these.

use std::env::{self, current_dir};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cli::Isolation;
use crate::commands::carry::arguments;
use crate::commands::options::{self, this_program};
use crate::commands::pace;
use crate::data::DataCache;
use crate::exec::{Job, Reuse};
use crate::plan::Plan;
use crate::record::{RunRecord, SweepPaths};
use crate::slurm::script::{self, Array, Command};
use crate::slurm::tools::Limits;
use crate::slurm::{Options, Packing, Task};

/// Beyond what a run is known to need.
const SLACK: f64 = 1.25;
/// The program and the images.
const PROCESS_BYTES: u64 = 120_000_000;
/// How long an attempt that seems to be at work elsewhere is waited for, seconds: Slurm says that it
/// is gone, or that its node is.
const PATIENCE: u64 = 20;

/// What is asked of the cluster: of the site's file, the user's and the command line.
///
/// # Errors
/// A file that cannot be read, or an option that cannot be.
pub(super) fn asked(flags: &[String]) -> Result<Options> {
    let asked = Options::gather(flags, |name| env::var_os(name))?;
    asked.cpus()?;
    Ok(asked)
}

/// How a sweep is laid out on the cluster.
pub(super) struct Layout<'a> {
    pub(super) asked: &'a Options,
    /// How each run is trained.
    pub(super) options: &'a options::Options,
    pub(super) isolate: Isolation,
    /// Arrays of tasks.
    pub(super) arrays: Vec<Vec<Task>>,
    /// Bytes that a task needs.
    pub(super) memory: u64,
    slots: usize,
}

impl<'a> Layout<'a> {
    /// Packs runs, longest first, into tasks, and tasks into arrays.
    ///
    /// # Errors
    /// If the pace of this machine cannot be measured.
    pub(super) fn of(
        plan: &Plan,
        jobs: &[Job<'_>],
        (asked, options, isolate): (&'a Options, &'a options::Options, Isolation),
        limits: Limits,
        library: &DataCache,
    ) -> Result<Self> {
        let slots = (asked.cpus()? / options.threads.max(1)).max(1);
        let rate = match asked.runs_per_task {
            None if !jobs.is_empty() => pace::measured_rate(plan, library)?,
            _ => 1.0,
        };
        let seconds = |job: &Job<'_>| pace::seconds(&plan.variants[job.run.variant], rate);
        let seconds: Vec<f64> = jobs.iter().map(seconds).collect();
        let packing = Packing {
            slots,
            seconds: asked.task_minutes * 60.0,
            runs: asked.runs_per_task,
            most: limits.jobs,
        };
        let reuse = options.reuse.then(|| Reuse::new(&options.runs_dir));
        let paths = SweepPaths::new(&options.runs_dir, &plan.experiment);
        // Asked once here, so that no task need look through all the runs there are.
        let helped = |job: &Job<'_>| {
            let place = paths.run(&job.run.variant_name, job.run.seed);
            let images = plan.variants[job.run.variant].data.images;
            reuse.as_ref().is_some_and(|r| r.saved_steps(job.run, &place, images) > 0)
        };
        let packed = packing.tasks(&seconds);
        let tasks = packed.iter().map(|indices| Task {
            runs: indices.iter().map(|i| RunRecord::from(jobs[*i].run)).collect(),
            reuse: indices.iter().any(|i| helped(&jobs[*i])),
        });
        let tasks: Vec<Task> = tasks.collect();
        let memory = packed.iter().map(|indices| at_once(jobs, indices, slots)).max().unwrap_or(0);
        let memory = ((memory + PROCESS_BYTES) as f64 * SLACK) as u64;
        let arrays = tasks.chunks(limits.array).map(<[Task]>::to_vec).collect();
        Ok(Self { asked, options, isolate, arrays, memory, slots })
    }

    /// How many tasks.
    pub(super) fn tasks(&self) -> usize {
        self.arrays.iter().map(Vec::len).sum()
    }

    /// The script of an array.
    pub(super) fn array(
        &self,
        at: &Places,
        tasks: usize,
        number: u32,
        names: (&str, &str),
    ) -> Vec<u8> {
        let mut told: Vec<OsString> = vec!["run-task".into(), at.sweep.clone().into()];
        let isolate = match self.isolate {
            Isolation::Thread => "thread",
            Isolation::Process => "process",
        };
        let own = [
            ("--jobs", self.slots.to_string()),
            ("--max-requeues", self.asked.max_requeues.to_string()),
            ("--isolate", isolate.to_owned()),
        ];
        told.push(number.to_string().into());
        told.extend(own.into_iter().flat_map(|(flag, value)| [flag.into(), value.into()]));
        let mut options = self.options.clone();
        options.take_over.get_or_insert(std::time::Duration::from_secs(PATIENCE));
        told.extend(arguments(&options));
        let (name, logs) = names;
        let array = Array { name, tasks, memory: self.memory, logs };
        script::array(&array, self.asked, &at.command(told))
    }
}

/// Bytes of the runs of a task that need most, so many at once.
fn at_once(jobs: &[Job<'_>], indices: &[usize], slots: usize) -> u64 {
    let mut memory: Vec<u64> = indices.iter().map(|i| jobs[*i].memory).collect();
    memory.sort_unstable_by_key(|bytes| std::cmp::Reverse(*bytes));
    memory.iter().take(slots).sum()
}

/// Where things lie, for a machine that starts somewhere else.
pub(super) struct Places {
    here: PathBuf,
    program: PathBuf,
    /// The sweep's folder.
    pub(super) sweep: PathBuf,
}

impl Places {
    /// Of this sweep.
    ///
    /// # Errors
    /// If the system does not tell.
    pub(super) fn of(paths: &SweepPaths) -> Result<Self> {
        let here = current_dir().context("cannot tell what the working directory is")?;
        let sweep = here.join(paths.root());
        Ok(Self { here, program: this_program()?, sweep })
    }

    pub(super) fn command(&self, arguments: Vec<OsString>) -> Command<'_> {
        Command { folder: &self.here, program: &self.program, arguments }
    }

    /// The script of the job that makes the report, or is told what to do instead: where seeds are
    /// added until a question is answered, it looks, and submits the next round.
    pub(super) fn report(
        &self,
        names: (&str, &str),
        after: &[String],
        asked: &Options,
        instead: Option<Vec<OsString>>,
    ) -> Vec<u8> {
        let told = instead.unwrap_or_else(|| vec!["report".into(), self.sweep.clone().into()]);
        script::report(names.0, names.1, after, asked, &self.command(told))
    }
}

/// An experiment's name as part of a job's.
pub(super) fn short(experiment: &str) -> &str {
    Path::new(experiment).to_str().map_or("", |name| &name[..name.len().min(40)])
}
