//! `plan FILE --tasks`: a command a run, for any queue.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::carry::{arguments, job};
use super::exit::{Exit, Usage};
use super::needed::Needed;
use super::options::{self, this_program};
use super::prepare::{Prepared, prepare};
use crate::cli::PlanArgs;
use crate::data::DataCache;
use crate::exec::{Job, longest_first};
use crate::model::Model;
use crate::plan::Plan;
use crate::spec::DataSettings;

pub(super) fn run(model: &'static dyn Model, args: &PlanArgs, out: &mut dyn Write) -> Result<Exit> {
    let library = DataCache::default();
    let options = options::of_plan(args);
    let overrides = (&args.experiment.overrides).into();
    // What is printed is carried out: a refusal must not be among it.
    let mut refusal = Vec::new();
    let file = &args.experiment.file;
    let ready = match prepare(model, file, &overrides, &library, &options, &mut refusal)? {
        ControlFlow::Continue(ready) => ready,
        ControlFlow::Break(_) => {
            let said = String::from_utf8_lossy(&refusal);
            return Err(Usage(said.trim_end().to_owned()).into());
        }
    };
    let Prepared { plan, paths, states, .. } = &ready;
    // Of a sweep that is looked at, those up to the next look.
    let needed = Needed::of(paths, plan)?;
    let todo = plan.runs.iter().zip(states).filter(|(_, s)| options.rerun.wants(s.status));
    let todo = todo.filter(|(run, _)| needed.has(run));
    let mut jobs: Vec<Job<'_>> = todo.map(|(run, _)| job(plan, run, &options)).collect();
    longest_first(&mut jobs);

    let sweep = absolute(paths.root())?;
    let program = this_program()?;
    let more = arguments(&options);
    let start = start_in(plan)?;
    for job in jobs {
        let seed = job.run.seed.to_string();
        let words = [program.as_os_str(), "run-one".as_ref(), sweep.as_ref()];
        let words = words.into_iter().chain([job.run.variant_name.as_ref(), seed.as_ref()]);
        out.write_all(&start)?;
        out.write_all(&shell(words.chain(more.iter().map(OsString::as_os_str)))?)?;
        writeln!(out)?;
    }
    Ok(Exit::Completed)
}

/// What a command begins with where images lie at a relative place: that is relative to here.
fn start_in(plan: &Plan) -> Result<Vec<u8>> {
    // A well-known set may lie in a folder that is looked for from here.
    let relative = |data: &DataSettings| match data.path.as_str() {
        "" => !data.name.is_empty(),
        path => Path::new(path).is_relative(),
    };
    if !plan.variants.iter().any(|variant| relative(&variant.settings.data)) {
        return Ok(Vec::new());
    }
    let here = std::env::current_dir().context("cannot tell what the working directory is")?;
    Ok([shell(["cd".as_ref(), here.as_os_str()])?, b" && ".to_vec()].concat())
}

/// Words as a POSIX shell reads them.
fn shell<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> Result<Vec<u8>> {
    let quoted = shlex::bytes::try_join(words.into_iter().map(OsStr::as_bytes));
    quoted.context("a path holds a null byte")
}

fn absolute(path: &Path) -> Result<OsString> {
    let found = path.canonicalize();
    Ok(found.with_context(|| format!("cannot find {}", path.display()))?.into_os_string())
}
