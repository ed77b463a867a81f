//! The experiment file: what was written, what it resolves to, and its mistakes.
//!
//! [`load`] is the way in. What a person writes is read into places and values (`written`), checked
//! against the one table of settings (`schema`, with `defaults.toml`), expanded into variants
//! (`expand`) and resolved to [`Settings`] (`values`). Every mistake on the way is kept with its
//! place and shown together with the others ([`Mistakes`]).

mod condition;
mod defaults;
mod digits;
mod expand;
mod load;
mod mistake;
mod name;
mod preset;
mod sample;
mod schema;
mod seeds;
mod settings;
mod suggest;
mod value;
mod values;
mod written;

pub use defaults::{DEFAULTS, markdown};
pub(crate) use digits::{count, grouped, list};
pub use expand::{MOST_VARIANTS, Point};
pub use load::{Experiment, Overrides, load, load_run, parse_settings};
pub use mistake::Mistakes;
#[cfg(test)]
pub(crate) use name::check as check_name;
pub use settings::*;
pub(crate) use suggest::closest;
