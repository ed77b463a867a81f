//! `--rerun`.

use clap::ValueEnum;

use crate::exec::Rerun;

/// One kind of them, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the fields of `Rerun`")]
pub enum RerunKind {
    Failed,
    Diverged,
    Stale,
    Damaged,
    All,
}

impl FromIterator<RerunKind> for Rerun {
    fn from_iter<I: IntoIterator<Item = RerunKind>>(kinds: I) -> Self {
        let mut rerun = Self::default();
        for kind in kinds {
            match kind {
                RerunKind::Failed => rerun.failed = true,
                RerunKind::Diverged => rerun.diverged = true,
                RerunKind::Stale => rerun.stale = true,
                RerunKind::Damaged => rerun.damaged = true,
                RerunKind::All => {
                    rerun = Self { failed: true, diverged: true, stale: true, damaged: true };
                }
            }
        }
        rerun
    }
}
