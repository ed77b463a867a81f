//! `defaults [--markdown]`: every setting.

use std::io::Write;

use anyhow::Result;

use super::exit::Exit;
use crate::cli::DefaultsArgs;
use crate::spec;

pub(super) fn run(args: &DefaultsArgs, out: &mut dyn Write) -> Result<Exit> {
    if args.markdown {
        write!(out, "{}", spec::markdown())?;
    } else {
        write!(out, "{}", spec::DEFAULTS)?;
    }
    Ok(Exit::Completed)
}
