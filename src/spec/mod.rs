//! The experiment file: what was written, what it resolves to, and its mistakes.
//!
//! [`load`] is the way in. What a person writes is read into places and values (`written`), checked
//! against the declared settings ([`Schema`]), expanded into variants
//! (`expand`) and resolved to [`Settings`] (`values`). Every mistake on the way is kept with its
//! place and shown together with the others ([`Diagnostics`]).

mod asked;
mod axes;
mod condition;
mod defaults;
mod diagnostic;
mod expand;
mod experiment;
mod extends;
mod general;
mod load;
mod looks;
mod name;
mod overrides;
mod preset;
mod question;
mod sample;
mod schema;
mod search;
mod seeds;
mod setting;
mod settings;
mod suggest;
mod value;
mod values;
mod written;

pub use axes::{Axis, Design, Varied};
pub use defaults::{markdown, toml};
pub use diagnostic::Diagnostics;
pub use expand::{MOST_VARIANTS, ResolvedVariant};
pub use experiment::Experiment;
pub use general::{DATA_NAMES, STOP_ON};
pub use load::{load, load_run, parse_settings};
pub use looks::{Looks, spent_at};
pub(crate) use name::check as check_name;
pub use overrides::Overrides;
pub use question::{Ask, Question};
pub use schema::Schema;
pub use search::Search;
pub use setting::{Setting, When};
pub use settings::*;
pub(crate) use suggest::closest;
#[cfg(test)]
pub(crate) use value::{Kind, Value};
pub use values::Values;
