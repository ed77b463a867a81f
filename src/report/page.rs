//! One file of a report.

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its path under the sweep's folder, with `/` between the parts.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}
