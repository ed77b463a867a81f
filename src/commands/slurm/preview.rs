//! `plan FILE --executor slurm`: what would be submitted, tried on the cluster without submitting it.

use std::io::Write;

use anyhow::{Context, Result};

use super::layout::{Layout, Places, asked, short};
use crate::cli::{Isolation, PlanArgs};
use crate::commands::carry::job;
use crate::commands::exit::Exit;
use crate::commands::states::states;
use crate::commands::{experiment, options};
use crate::data::DataCache;
use crate::exec::{Job, longest_first};
use crate::model::Model;
use crate::record::SweepPaths;
use crate::slurm::{Submission, tools};
use crate::text::count;

/// Prints the script of the first array and what Slurm says of it.
///
/// # Errors
/// The mistakes of the file or the options, or what Slurm refuses.
pub(in crate::commands) fn show(
    model: &'static dyn Model,
    args: &PlanArgs,
    out: &mut dyn Write,
) -> Result<Exit> {
    let asked = asked(&args.executor.slurm)?;
    let limits = tools::limits()?;
    let library = DataCache::default();
    let options = options::of_plan(args);
    let overrides = (&args.experiment.overrides).into();
    let plan = experiment::plan(model, &args.experiment.file, &overrides, &library)?;
    let paths = SweepPaths::new(&args.runs_dir, &plan.experiment);
    let states = states(&plan, &paths, options.rerun.damaged);
    let todo = plan.runs.iter().zip(&states).filter(|(_, s)| options.rerun.wants(s.status));
    let mut jobs: Vec<Job<'_>> = todo.map(|(run, _)| job(&plan, run, &options)).collect();
    longest_first(&mut jobs);
    let asks = (&asked, &options, Isolation::Thread);
    let layout = Layout::of(&plan, &jobs, asks, limits, &library)?;
    let Some(first) = layout.arrays.first() else {
        writeln!(out, "every run of {} has its outcome: nothing to submit", plan.experiment)?;
        return Ok(Exit::Completed);
    };
    let number = Submission::all(&paths)?.last().map_or(1, |last| last.number + 1);
    let name = format!("cgan-{}", short(&plan.experiment));
    let logs = format!(".slurm/{number}");
    let script = layout.array(&Places::of(&paths)?, first.len(), number, (&name, &logs));
    out.write_all(&script)?;
    let mut file = tempfile::NamedTempFile::new().context("cannot write a script to try")?;
    file.write_all(&script).context("cannot write a script to try")?;
    let said = tools::test(file.path())?;
    writeln!(
        out,
        "\n{} in {}, {}; Slurm says:\n{said}",
        count(jobs.len(), "run"),
        count(layout.tasks(), "task"),
        count(layout.arrays.len(), "array"),
    )?;
    Ok(Exit::Completed)
}
