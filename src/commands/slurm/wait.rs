//! `sweep --executor slurm --wait`: the same view as of a sweep on this machine.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::commands::options::Options;
use crate::commands::sweep::conclude;
use crate::exec::{Job, Scheduler};
use crate::plan::Plan;
use crate::record::{Clock, Progress, ProgressOutput, SweepPaths};
use crate::report;
use crate::slurm::Follow;
use crate::text::shell;

/// Runs that are shown at once.
const SHOWN: usize = 8;

/// Follows runs until each has an outcome or is lost, and writes the report.
///
/// # Errors
/// If the report cannot be written.
pub(super) fn wait(
    plan: &Plan,
    paths: &SweepPaths,
    jobs: &[Job<'_>],
    options: &Options,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    out.flush()?;
    let slots = SHOWN.min(jobs.len()).max(1);
    let steps = jobs.iter().map(|job| job.steps).sum();
    let output = ProgressOutput::stderr(options.quiet);
    let progress = Progress::new(output, Clock::system(), jobs.len(), steps, slots);
    let follow = Follow {
        plan,
        paths: paths.clone(),
        stop,
        rerun: options.rerun,
        progress: Some(&progress),
        seen: Mutex::default(),
    };
    let scheduler = Scheduler { jobs: slots, threads: 1, memory: None };
    let finished = scheduler.execute(jobs, &follow, stop);
    progress.finish();
    let finished = finished?;
    if stop.load(Ordering::Relaxed) {
        let root = shell(paths.root());
        writeln!(out, "no longer followed; the cluster goes on: cgan-sweep status {root}")?;
        return Ok(Exit::Interrupted);
    }
    let report = report::write(paths.root())?;
    let exit = conclude(&[], &finished, options, stop, out)?;
    crate::commands::report::say(&report.answer, out)?;
    writeln!(out, "report: {}", paths.report_html().display())?;
    Ok(exit)
}
