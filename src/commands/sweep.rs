//! `cgan-sweep sweep FILE`: plan, train, record, report.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use crate::data::Library;
use crate::exec::{InProcess, Scheduler};
use crate::plan::{self, Plan, Run};
use crate::record::store::{RunState, create_sweep, run_state};
use crate::record::{Clock, Manifest, RunRecord, SweepPaths};
use crate::report;
use crate::spec::{self, Overrides};
use crate::train::OutcomeKind;

/// How to carry out a sweep; nothing here can change a result.
#[derive(Clone, Debug)]
pub struct Options {
    /// Slots: runs that train at once.
    pub jobs: usize,
    /// Threads of each run.
    pub threads: usize,
    /// Where sweeps lie.
    pub runs_dir: PathBuf,
    /// Whether to say nothing but failures and the end.
    pub quiet: bool,
}

/// Trains every run of the experiment in `file` that is not completed yet, and writes the report.
/// True if every run of the plan is completed.
///
/// # Errors
/// The mistakes of the file ([`spec::Mistakes`]), or what could not be read or written.
pub fn run(
    file: &Path,
    overrides: &Overrides,
    options: &Options,
    out: &mut dyn Write,
) -> Result<bool> {
    let library = Library::default();
    let experiment = spec::load(file, overrides)?;
    let plan = plan::plan(&experiment, |settings| Ok(library.get(settings)?))?;
    let paths = SweepPaths::new(&options.runs_dir, &plan.experiment);
    create_sweep(&paths, &Manifest::from(&plan), &plan.text)?;

    let (todo, done) = split(&plan, &paths);
    writeln!(
        out,
        "{}: {} variants × {} seeds, {} runs to train, {done} completed before",
        plan.experiment,
        plan.variants.len(),
        plan.seeds.len(),
        todo.len(),
    )?;
    let stop = AtomicBool::new(false);
    let executor =
        InProcess { paths: paths.clone(), library: &library, clock: Clock::system(), stop: &stop };
    let scheduler = Scheduler { jobs: options.jobs, threads: options.threads };
    let finished = scheduler.execute(&todo, &executor, &stop)?;

    let incomplete: Vec<_> =
        finished.iter().filter(|f| f.outcome.kind != OutcomeKind::Completed).collect();
    for finished in &incomplete {
        let (run, outcome) = (finished.run, &finished.outcome);
        writeln!(
            out,
            "{}, seed {}: {:?}: {}",
            run.variant_name, run.seed, outcome.kind, outcome.reason
        )?;
    }
    report::write(paths.root())?;
    writeln!(out, "report: {}", paths.report_md().display())?;
    writeln!(out, "curves: tensorboard --logdir {}", paths.root().display())?;
    Ok(incomplete.is_empty())
}

/// The runs to train, and how many are completed already with the key they have now.
fn split<'a>(plan: &'a Plan, paths: &SweepPaths) -> (Vec<&'a Run>, usize) {
    let completed = |run: &&Run| match run_state(paths, &RunRecord::from(*run)) {
        RunState::Ended(outcome) => outcome.kind == OutcomeKind::Completed,
        _ => false,
    };
    let (done, todo): (Vec<_>, Vec<_>) = plan.runs.iter().partition(completed);
    (todo, done.len())
}
