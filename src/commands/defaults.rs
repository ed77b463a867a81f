//! `defaults [--markdown]`: every setting.

use std::io::Write;

use anyhow::Result;

use super::exit::Exit;
use crate::cli::DefaultsArgs;
use crate::model::Model;
use crate::spec;

pub(super) fn run(model: &dyn Model, args: &DefaultsArgs, out: &mut dyn Write) -> Result<Exit> {
    if args.markdown {
        write!(out, "{}", spec::markdown(model.schema()))?;
    } else {
        write!(out, "{}", spec::toml(model.schema()))?;
    }
    Ok(Exit::Completed)
}
