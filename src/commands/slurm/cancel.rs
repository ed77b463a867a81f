//! `cancel DIR`: end what of a sweep waits or works on the cluster.

use std::io::Write;

use anyhow::Result;

use crate::cli::CancelArgs;
use crate::record::{RunRecord, SweepPaths, store};
use crate::run::OutcomeKind;
use crate::slurm::{Cluster, tools};
use crate::text::count;

/// Cancels all arrays of the sweep, and its report.
///
/// # Errors
/// If the sweep cannot be read, or Slurm does not do it.
pub(in crate::commands) fn cancel(args: &CancelArgs, out: &mut dyn Write) -> Result<()> {
    let paths = SweepPaths::at(&args.dir);
    store::read_manifest(&paths)?;
    let open = |run: &RunRecord| {
        let outcome = store::read_outcome(&paths.run(&run.variant, run.seed));
        outcome.ok().flatten().is_none_or(|o| o.kind == OutcomeKind::Interrupted)
    };
    let cluster = Cluster::look(&paths, &open)?;
    let mut cancelled = 0;
    // The report first: it would start when the arrays have ended.
    let (reports, arrays): (Vec<_>, Vec<_>) =
        cluster.active.iter().partition(|submission| submission.is_report());
    for submission in reports.into_iter().chain(arrays) {
        match &submission.job {
            Some(job) => {
                tools::cancel(job, &submission.about.name)?;
                writeln!(out, "cancelled job {job}: {}", submission.about.name)?;
                cancelled += 1;
            }
            None => writeln!(
                out,
                "{} may be on its way to the cluster: the same command ends it in a moment",
                submission.about.name
            )?,
        }
    }
    if cancelled == 0 {
        writeln!(out, "nothing of {} waits or works on the cluster", paths.root().display())?;
        return Ok(());
    }
    writeln!(
        out,
        "{} cancelled; runs at work write a checkpoint, and `cgan-sweep sweep FILE --executor slurm` \
         goes on from there",
        count(cancelled, "job")
    )?;
    Ok(())
}
