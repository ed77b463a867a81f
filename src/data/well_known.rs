//! What a person may ask for by name, and whether it is here.

use std::path::PathBuf;

use super::catalogue::{KNOWN, Known};
use super::named::place;

/// A set that can be asked for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WellKnown {
    /// As in `[data] name`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where it lies on this machine; none where it does not, or is inside the program.
    pub dir: Option<PathBuf>,
    /// The command that gets it.
    pub fetch: String,
}

/// Every set that can be asked for by name.
pub fn well_known() -> Vec<WellKnown> {
    let set = |known: &Known| WellKnown {
        name: known.name,
        title: known.title,
        dir: place(known, ""),
        fetch: known.fetch(),
    };
    KNOWN.iter().map(set).collect()
}
