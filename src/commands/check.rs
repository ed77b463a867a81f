//! `check FILE…`: every mistake of every file.

use std::io::Write;

use anyhow::Result;

use super::exit::Exit;
use crate::cli::CheckArgs;
use crate::data::DataCache;
use crate::model::Model;

pub(super) fn run(
    model: &'static dyn Model,
    args: &CheckArgs,
    out: &mut dyn Write,
) -> Result<Exit> {
    let overrides = (&args.overrides).into();
    let library = DataCache::default();
    let mut exit = Exit::Completed;
    for file in &args.files {
        match super::experiment::plan(model, file, &overrides, &library) {
            Ok(plan) => {
                writeln!(out, "{}: good: {}", file.display(), super::experiment::runs(&plan))?;
                super::experiment::show_notes(&plan, out)?;
            }
            Err(mistakes) => {
                writeln!(out, "{mistakes}")?;
                let only_io = mistakes.only_io() && exit != Exit::BadExperiment;
                exit = if only_io { Exit::Io } else { Exit::BadExperiment };
            }
        }
    }
    Ok(exit)
}
