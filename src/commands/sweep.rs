//! `cgan-sweep sweep FILE`: plan, train, record, report.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::carry::{carry_out, job};
use super::exit::Exit;
use super::needed::Needed;
use super::prepare::{Prepared, prepare};
use super::states::{NAMED, counts};
use crate::data::DataCache;
use crate::exec::{Finished, Job, seed_by_seed};
use crate::model::Model;
use crate::plan::{Plan, Run};
use crate::record::lock::Shard;
use crate::record::store::RunState;
use crate::report;
use crate::run::OutcomeKind;
use crate::run::RunStatus;
use crate::spec::Overrides;
use crate::text::{count, shell};

pub use super::options::Options;

/// Trains every run of the experiment in `file` that is not completed yet, and writes the report.
/// Once `stop` is set, all runs stop at a checkpoint.
///
/// # Errors
/// The mistakes of the file ([`crate::spec::Diagnostics`]), a folder that somebody else holds, or what could
/// not be read or written.
pub fn run(
    model: &'static dyn Model,
    file: &Path,
    overrides: &Overrides,
    options: &Options,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let library = DataCache::default();
    let ready = match prepare(model, file, overrides, &library, options, out)? {
        ControlFlow::Continue(ready) => ready,
        ControlFlow::Break(exit) => return Ok(exit),
    };
    let Prepared { plan, paths, states, .. } = &ready;

    let mine = |run: &Run| options.shard.holds(&run.key);
    let of_shard: Vec<(&Run, &RunState)> =
        plan.runs.iter().zip(states).filter(|(run, _)| mine(run)).collect();
    let todo = of_shard.iter().filter(|(_, s)| options.rerun.wants(s.status)).map(|(run, _)| *run);
    let mut todo: Vec<&Run> = todo.collect();
    let mut finished = Vec::new();
    let mut report = None;
    // One round, but one a look where seeds are added, and one a rung of a search.
    loop {
        let needed = Needed::of(paths, plan)?;
        let (now, later): (Vec<&Run>, _) = todo.into_iter().partition(|run| needed.has(run));
        todo = later;
        if let Some(report) = &report {
            say_round(report, out)?;
        }
        if report.is_some() && (now.is_empty() || stop.load(Ordering::Relaxed)) {
            break;
        }
        let mut jobs: Vec<Job<'_>> = now.into_iter().map(|run| job(plan, run, options)).collect();
        seed_by_seed(&mut jobs, &plan.seeds);
        if report.is_none() {
            announce(plan, &of_shard, (&jobs, &needed), options, out)?;
            super::experiment::show_notes(plan, out)?;
        }
        out.flush()?;
        finished.extend(carry_out(&jobs, paths, &library, options, stop)?);
        report = Some(report::write(paths.root())?);
        if !plan.has_rounds() {
            break;
        }
    }
    let report = report.expect("there is a round");
    let exit = conclude(&of_shard, &finished, options, stop, out)?;
    if report.analysis.rounds().is_some_and(|(_, done)| !done) && exit == Exit::Completed {
        let round = if plan.search.is_some() { "rung" } else { "look" };
        writeln!(
            out,
            "the next {round} waits for runs that have not ended, such as those of other shards; \
             then run the same command again"
        )?;
    }
    super::report::say(&report.answer, out)?;
    writeln!(out, "report: {}", paths.report_html().display())?;
    if let Some(page) = report.to_prove() {
        writeln!(out, "next: cgan-sweep plan {}", shell(&paths.root().join(&page.name)))?;
    }
    writeln!(out, "curves: tensorboard --logdir {}", shell(paths.root()))?;
    Ok(exit)
}

/// What the last look told, or who goes on from the last rung.
fn say_round(report: &report::Report, out: &mut dyn Write) -> Result<()> {
    if let (Some(search), Some(course)) = (&report.sweep.manifest.search, &report.analysis.search)
        && let Some(rung) = course.rungs.last()
    {
        let at = format!("rung {} of {}", course.rungs.len(), search.epochs.len());
        let epochs = count(rung.epochs, "epoch");
        let went_on = match rung.went_on {
            0 => "the last".to_owned(),
            on => format!("{on} of {} go on", count(rung.placed.len(), "variant")),
        };
        let best = rung.placed.iter().find_map(|placed| Some((placed.mean?, placed.point)));
        let best = best.map_or_else(String::new, |(mean, point)| {
            format!("; best {} {mean:.4}: {}", course.label, search.points[point])
        });
        writeln!(out, "{at}, {epochs}: {went_on}{best}")?;
    }
    let Some(course) = &report.analysis.course else { return Ok(()) };
    let Some(look) = course.taken.last() else { return Ok(()) };
    let told: Vec<String> = look.told.iter().map(|(name, word)| format!("{name} {word}")).collect();
    let told = if told.is_empty() { "nothing new".to_owned() } else { told.join(", ") };
    writeln!(out, "look at {} seeds: {told}; {} open", look.seeds, look.open)?;
    Ok(())
}

fn announce(
    plan: &Plan,
    of_shard: &[(&Run, &RunState)],
    (jobs, needed): (&[Job<'_>], &Needed),
    options: &Options,
    out: &mut dyn Write,
) -> Result<()> {
    let part = match options.shard {
        Shard::WHOLE => String::new(),
        shard => format!(", {} of them in shard {shard}", of_shard.len()),
    };
    let variants = super::experiment::variants(plan);
    let seeds = super::experiment::seeds(plan);
    writeln!(out, "{}: {variants} × {seeds}{part}", plan.experiment)?;
    let counts = counts(of_shard.iter().map(|(run, state)| (state.status, needed.has(run))));
    let semicolon = if counts.is_empty() { "" } else { "; " };
    writeln!(out, "{} to train{semicolon}{counts}", jobs.len())?;
    Ok(())
}

/// Names the runs that are not completed, and says how to go on.
pub(super) fn conclude(
    of_shard: &[(&Run, &RunState)],
    finished: &[Finished<'_>],
    options: &Options,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let mut open = Vec::new();
    let (mut ended, mut interrupted) = (false, 0);
    for finished in finished {
        let why = match finished.outcome.kind {
            // Whoever gave the rule wanted it so; the report names them.
            OutcomeKind::Completed | OutcomeKind::Stopped => continue,
            OutcomeKind::Interrupted => {
                interrupted += 1;
                if stop.load(Ordering::Relaxed) {
                    continue;
                }
                "interrupted"
            }
            OutcomeKind::Diverged => "diverged",
            OutcomeKind::Failed => "failed",
        };
        ended |= why != "interrupted";
        open.push((finished.run, format!("{why}: {}", finished.outcome.reason)));
    }
    for (run, state) in of_shard {
        let well = matches!(state.status, RunStatus::Completed | RunStatus::Stopped);
        if !well && !options.rerun.wants(state.status) {
            ended = true;
            open.push((run, format!("{} before: {}", state.status.word(), state.reason)));
        }
    }
    for (run, why) in open.iter().take(NAMED) {
        writeln!(out, "{}, seed {}: {why}", run.variant_name, run.seed)?;
    }
    if open.len() > NAMED {
        writeln!(out, "and {} more that did not complete", open.len() - NAMED)?;
    }
    if stop.load(Ordering::Relaxed) {
        writeln!(
            out,
            "interrupted: {} stopped at a checkpoint; {HOW_TO_GO_ON}",
            count(interrupted, "run")
        )?;
        return Ok(Exit::Interrupted);
    }
    if interrupted > 0 {
        writeln!(out, "{} could not go on; {HOW_TO_GO_ON}", count(interrupted, "run"))?;
        return Ok(Exit::Io);
    }
    Ok(if ended { Exit::RunFailed } else { Exit::Completed })
}

const HOW_TO_GO_ON: &str = "run the same command to resume";
