//! What an axis offers a variant.

use super::reader::Assignment;
use crate::spec::diagnostic::Span;

/// One choice of an axis.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Choice {
    /// Its part of the variant's name, such as `d.image_pieces=5`.
    pub(in crate::spec) piece: String,
    pub(in crate::spec) set: Vec<Assignment>,
    pub(in crate::spec) place: Span,
}
