//! `sweep FILE --executor slurm`: hand what lacks an outcome to the cluster, and return.

use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};

use super::layout::{Layout, Places, asked, short};
use super::wait::wait;
use crate::cli::{Isolation, SweepArgs};
use crate::commands::carry::{arguments, job};
use crate::commands::exit::{Exit, Usage};
use crate::commands::needed::Needed;
use crate::commands::options::Options;
use crate::commands::prepare::{Prepared, prepare};
use crate::commands::{experiment, options};
use crate::data::DataCache;
use crate::exec::{Job, Rerun, longest_first};
use crate::model::Model;
use crate::plan::{Plan, Run};
use crate::record::lock::Shard;
use crate::record::{RunRecord, SweepPaths};
use crate::report;
use crate::slurm::{Cluster, Place, SlurmError, Submission, tools};
use crate::text::{count, shell};

/// Submits every run that has no outcome and is not on the cluster already.
///
/// # Errors
/// The mistakes of the file or the options, a folder that somebody else holds, what Slurm refuses, or
/// what cannot be written.
pub(in crate::commands) fn sweep(
    model: &'static dyn Model,
    args: &SweepArgs,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    check(args)?;
    let asked = asked(&args.executor.slurm)?;
    // Before anything is written: whether there is a cluster at all.
    let limits = tools::limits()?;
    let library = DataCache::default();
    let options = options::of(args)?;
    let overrides = (&args.experiment.overrides).into();
    let file = &args.experiment.file;
    let ready = match prepare(model, file, &overrides, &library, &options, out)? {
        ControlFlow::Continue(ready) => ready,
        ControlFlow::Break(exit) => return Ok(exit),
    };
    let Prepared { plan, paths, states, lock } = ready;
    let needed = Needed::of(&paths, &plan)?;
    let rounds = plan.has_rounds().then(|| needed.decided());
    if let Some(before) = args.after_looks {
        // A round that was not decided is not begun again and again by itself.
        let report = report::write(paths.root())?;
        if rounds.is_none_or(|rounds| rounds <= before) {
            crate::commands::report::say(&report.answer, out)?;
            return Ok(Exit::Completed);
        }
    }
    let wanted: Vec<&Run> = plan
        .runs
        .iter()
        .zip(&states)
        .filter(|(_, state)| options.rerun.wants(state.status))
        .map(|(run, _)| run)
        .filter(|run| needed.has(run))
        .collect();
    let open = |run: &RunRecord| {
        wanted.iter().any(|w| (&w.variant_name, w.seed) == (&run.variant, run.seed))
    };
    let cluster = Cluster::look(&paths, &open)?;
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let mut there = 0;
    for run in &wanted {
        match cluster.of(&run.variant_name, run.seed) {
            Some(Place::Active(_)) => there += 1,
            Some(Place::Unknown(why)) => {
                return Err(SlurmError::Unknown { why: why.clone() }.into());
            }
            Some(Place::Ended(_)) | None => jobs.push(job(&plan, run, &options)),
        }
    }
    longest_first(&mut jobs);
    let layout = Layout::of(&plan, &jobs, (&asked, &options, args.isolate), limits, &library)?;
    let variants = experiment::variants(&plan);
    writeln!(out, "{}: {variants} × {}", plan.experiment, experiment::seeds(&plan))?;
    experiment::show_notes(&plan, out)?;
    let mut arrays = Arrays {
        plan: &plan,
        paths: &paths,
        places: Places::of(&paths)?,
        ids: Vec::new(),
        next_round: rounds.map(|rounds| next_round(args, &options, rounds)),
    };
    let submitted = arrays.submit(&layout, out);
    // Whatever was submitted gets its report, with what is at work from before; that may have none.
    let before = cluster.active.iter().filter(|submission| !submission.is_report());
    let before: Vec<String> = before.filter_map(|s| Some(s.job.as_ref()?.id.clone())).collect();
    if !arrays.ids.is_empty() || !before.is_empty() && !cluster.reports {
        arrays.ids.extend(before);
        arrays.report(&layout, out)?;
    }
    submitted?;
    if there > 0 {
        writeln!(out, "{} on the cluster already", count(there, "run"))?;
    }
    if jobs.is_empty() && there == 0 {
        writeln!(out, "every run has its outcome: nothing to submit")?;
        let report = report::write(paths.root())?;
        crate::commands::report::say(&report.answer, out)?;
        writeln!(out, "report: {}", paths.report_html().display())?;
        return Ok(Exit::Completed);
    }
    let root = shell(paths.root());
    writeln!(out, "look: cgan-sweep status {root}\nend it: cgan-sweep cancel {root}")?;
    drop(lock);
    if args.wait {
        let jobs: Vec<Job<'_>> = wanted.iter().map(|run| job(&plan, run, &options)).collect();
        return wait(&plan, &paths, &jobs, &options, stop, out);
    }
    Ok(Exit::Completed)
}

/// Refuses what has no meaning on a cluster.
fn check(args: &SweepArgs) -> Result<()> {
    let wrong = |flag: &str, instead: &str| {
        let text =
            format!("{flag} is for training on this machine; with --executor slurm {instead}");
        Err(Usage(text).into())
    };
    if args.jobs.is_some() {
        return wrong("--jobs", "`--slurm cpus=N` gives each task N CPUs");
    }
    if args.memory.is_some() {
        return wrong("--memory", "`--slurm memory=4G` asks for the memory of a task");
    }
    if args.shard.is_some_and(|shard| shard != Shard::WHOLE) {
        return wrong("--shard", "the runs are shared out anyway");
    }
    Ok(())
}

/// What is being submitted.
struct Arrays<'a> {
    plan: &'a Plan,
    paths: &'a SweepPaths,
    places: Places,
    /// The arrays that the report waits for.
    ids: Vec<String>,
    /// What the job of the report is told instead of a sweep that goes by rounds: it decides, and submits
    /// the next one.
    next_round: Option<Vec<OsString>>,
}

/// The same command for the next round. What ended badly is not trained again by itself.
fn next_round(args: &SweepArgs, options: &Options, rounds: usize) -> Vec<OsString> {
    let mut told: Vec<OsString> = vec!["sweep".into(), args.experiment.file.clone().into()];
    for set in &args.experiment.overrides.set {
        told.extend(["--set".into(), set.into()]);
    }
    told.extend(["--runs-dir".into(), args.runs_dir.clone().into()]);
    told.extend(["--executor", "slurm"].map(OsString::from));
    for option in &args.executor.slurm {
        told.extend(["--slurm".into(), option.into()]);
    }
    if args.isolate == Isolation::Process {
        told.extend(["--isolate", "process"].map(OsString::from));
    }
    let options = Options { rerun: Rerun::default(), ..options.clone() };
    told.extend(arguments(&options));
    told.extend(["--after-looks".into(), rounds.to_string().into()]);
    told
}

impl Arrays<'_> {
    fn submit(&mut self, layout: &Layout<'_>, out: &mut dyn Write) -> Result<()> {
        let mut left: usize = layout.arrays.iter().flatten().map(|task| task.runs.len()).sum();
        for tasks in &layout.arrays {
            let script = |number: u32, name: &str, logs: &str| {
                layout.array(&self.places, tasks.len(), number, (name, logs))
            };
            let name = short(&self.plan.experiment);
            let submission = Submission::begin(self.paths, name, tasks, script)?;
            let number = submission.number;
            let runs: usize = tasks.iter().map(|task| task.runs.len()).sum();
            match self.hand_over(submission, self.ids.is_empty()) {
                Ok(id) => {
                    let (tasks, runs) = (count(tasks.len(), "task"), count(runs, "run"));
                    writeln!(out, "submitted {runs} in {tasks}: job {id} (.slurm/{number})")?;
                    self.ids.push(id);
                }
                Err(error) => {
                    let runs = count(left, "run");
                    writeln!(out, "{runs} not submitted; the same command submits what is left")?;
                    return Err(error);
                }
            }
            left -= runs;
        }
        Ok(())
    }

    /// Submits it, the first one after a try: what can never start is refused then, not queued.
    fn hand_over(&self, mut submission: Submission, first: bool) -> Result<String> {
        // It is called from the sweep's folder: logs have their place there.
        let script = std::path::absolute(submission.script()).context("cannot find the script")?;
        let tried = if first { tools::test(&script).map(drop) } else { Ok(()) };
        match tried.and_then(|()| tools::submit(&script, self.paths.root())) {
            Ok(job) => {
                let id = job.id.clone();
                submission.note(job)?;
                Ok(id)
            }
            // It may have arrived all the same: it is looked up by its name the next time.
            Err(error @ SlurmError::Silent { .. }) => Err(error.into()),
            Err(error) => {
                submission.forget()?;
                Err(error.into())
            }
        }
    }

    fn report(&self, layout: &Layout<'_>, out: &mut dyn Write) -> Result<()> {
        let script = |_: u32, name: &str, logs: &str| {
            self.places.report((name, logs), &self.ids, layout.asked, self.next_round.clone())
        };
        let submission = Submission::begin(self.paths, short(&self.plan.experiment), &[], script)?;
        match self.hand_over(submission, false) {
            Ok(id) => {
                let then = match self.next_round {
                    Some(_) => ", which looks and submits the runs that are still needed",
                    None => "",
                };
                writeln!(out, "the report is made by job {id} when these have ended{then}")?;
            }
            Err(error) => {
                let root = shell(self.paths.root());
                writeln!(
                    out,
                    "no job for the report ({error:#}): cgan-sweep report {root} makes it"
                )?;
            }
        }
        Ok(())
    }
}
