//! Who may write a run's folder: one attempt at a time, by a token that is moved and never copied.
//!
//! A folder holds either `outcome.json`, or the token of the attempt that is at work in it, an
//! `owner-…` file whose name says who that is. Every change of hands is one rename, and of several
//! who try it the file system lets exactly one succeed:
//!
//! | what happens | rename |
//! |---|---|
//! | a run begins | a new folder with the token in it gets the run's name |
//! | a run that ended begins again | `outcome.json` becomes the token |
//! | the owner has died | its token becomes the new owner's |
//! | the run ends | the outcome is written into the token, which becomes `outcome.json` |
//!
//! So the first published outcome stands, and an attempt that lost its token finds out at its next
//! record and leaves. What it has open by then are files without a name (see
//! `contents::copy_verified`), and what it wrote under a name is what its successor writes there too.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::process::{self, Process};
use super::{RunPaths, disk};
use crate::error::{Context, Error, Result, bail};
use crate::run::Outcome;

/// The token's name is this and [`Process`], then a number that no other attempt of it has.
const TOKEN: &str = "owner-";

/// The right to write one run's folder.
#[derive(Clone, Debug)]
pub struct Lease {
    folder: PathBuf,
    token: String,
    /// The token, locked as long as this process lives.
    lock: Option<Arc<File>>,
}

/// What came of asking for a run's folder.
#[derive(Clone, Debug)]
pub enum Acquired {
    /// It is ours now.
    Ours(Lease),
    /// This process is at work in it.
    Held(Process),
    /// It has an outcome that stands.
    Ended(Outcome),
}

impl Lease {
    /// Asks for the folder of a run, making it if need be. An outcome in it is given up unless it
    /// `stands`; the token of a process that no longer lives is taken over, and with `force` any
    /// token but an outcome that stands.
    ///
    /// # Errors
    /// If the folder cannot be made, listed or changed.
    pub fn acquire(
        paths: &RunPaths,
        stands: &dyn Fn(&Outcome) -> bool,
        force: bool,
    ) -> Result<Acquired> {
        static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
        let number = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
        let token = format!("{TOKEN}{}-{number}", Process::this());
        let lease = Self { folder: paths.root().to_owned(), token, lock: None };
        lease
            .take_as(paths, stands, force)
            .with_context(|| format!("cannot begin in {}", paths.root().display()))
    }

    fn take_as(
        mut self,
        paths: &RunPaths,
        stands: &dyn Fn(&Outcome) -> bool,
        force: bool,
    ) -> Result<Acquired> {
        // Whoever loses a race looks again; nobody loses for long.
        for _ in 0..100 {
            let Some(found) = tokens(&self.folder)? else {
                if self.make_folder()? {
                    self.keep_locked();
                    return Ok(Acquired::Ours(self));
                }
                continue;
            };
            let from = match found.first() {
                Some(token) => {
                    let path = self.folder.join(token);
                    match holder(token) {
                        Some(holder) if !force && holder.may_live(&path) => {
                            return Ok(Acquired::Held(holder));
                        }
                        _ => path,
                    }
                }
                None if paths.outcome().exists() => paths.outcome(),
                // A folder that somebody else made, or whose token was removed by hand, or whose
                // owner changed between the two looks.
                None => {
                    File::create_new(self.path())?;
                    if tokens(&self.folder)?.is_none_or(|all| all != [self.token.as_str()]) {
                        self.release();
                        continue;
                    }
                    self.path()
                }
            };
            match fs::rename(&from, self.path()) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                done => done?,
            }
            self.keep_locked();
            // Looked at only now: an outcome may have been published a moment ago, or its
            // publisher may have died just before the last rename.
            let content = fs::read(self.path())?;
            if let Ok(outcome) = serde_json::from_slice::<Outcome>(&content)
                && stands(&outcome)
            {
                fs::rename(self.path(), paths.outcome())?;
                return Ok(Acquired::Ended(outcome));
            }
            if !content.is_empty() {
                File::create(self.path())?;
            }
            return Ok(Acquired::Ours(self));
        }
        bail!("others keep taking it")
    }

    /// Makes the folder with the token in it; false if there is one by now.
    fn make_folder(&self) -> Result<bool> {
        let parent = self.folder.parent().unwrap_or(Path::new("."));
        let aside = parent.join(format!(".{}.part", self.token));
        if let Err(error) = fs::create_dir(&aside) {
            if error.kind() != ErrorKind::NotFound {
                return Err(error.into());
            }
            fs::create_dir_all(&aside)?;
        }
        let made = File::create_new(aside.join(&self.token))
            .and_then(|_| fs::rename(&aside, &self.folder));
        let Err(error) = made else { return Ok(true) };
        let _ = fs::remove_dir_all(&aside);
        match error.kind() {
            ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists => Ok(false),
            _ => Err(error.into()),
        }
    }

    fn keep_locked(&mut self) {
        self.lock = process::keep_locked(&self.path()).map(Arc::new);
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.token)
    }

    /// Whether the folder is still ours.
    ///
    /// # Errors
    /// [`Error::Lost`] if it is not.
    pub fn check(&self) -> Result<()> {
        match self.path().try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::Lost { folder: self.folder.clone() }),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.token)),
        }
    }

    /// Gives the folder up with an outcome in it. With `sync` it survives a power cut once this
    /// returns.
    ///
    /// # Errors
    /// [`Error::Lost`] if the folder is no longer ours; else if it cannot be written to.
    pub fn publish(&self, outcome: &[u8], sync: bool) -> Result<()> {
        let write = || {
            // The token is empty: to cut it would only make ext4 write it out at once.
            let mut file = OpenOptions::new().write(true).open(self.path())?;
            file.write_all(outcome)?;
            if sync {
                file.sync_all()?;
            }
            fs::rename(self.path(), RunPaths::at(&self.folder).outcome())?;
            if sync { disk::sync_folder(&self.folder) } else { Ok(()) }
        };
        match write() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Error::Lost { folder: self.folder.clone() })
            }
            done => done
                .with_context(|| format!("cannot write the outcome of {}", self.folder.display())),
        }
    }

    /// Gives the folder up without an outcome: what lies in it can be taken up by anyone.
    pub fn release(&self) {
        // A token that stays is one of a dead process soon.
        let _ = fs::remove_file(self.path());
    }
}

/// Who is at work in a run's folder, as far as its token says; the path is the token.
///
/// # Errors
/// If the folder cannot be listed.
pub fn owner(paths: &RunPaths) -> Result<Option<(Process, PathBuf)>> {
    let found = tokens(paths.root())
        .with_context(|| format!("cannot list {}", paths.root().display()))?
        .unwrap_or_default();
    let live = found.iter().filter_map(|token| Some((holder(token)?, paths.root().join(token))));
    Ok(live.into_iter().find(|(process, token)| process.may_live(token)))
}

/// Whether this is the name of a token.
pub(super) fn is_token(name: &str) -> bool {
    name.starts_with(TOKEN)
}

/// Whose token this is, if it is one.
pub(super) fn holder(token: &str) -> Option<Process> {
    token.strip_prefix(TOKEN)?.rsplit_once('-')?.0.parse().ok()
}

/// The tokens in a folder, sorted; none if there is no folder.
fn tokens(folder: &Path) -> std::io::Result<Option<Vec<String>>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && is_token(&name)
        {
            found.push(name);
        }
    }
    found.sort_unstable();
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::OutcomeKind;

    fn outcome(kind: OutcomeKind) -> Vec<u8> {
        let outcome = Outcome { kind, steps: 1, epochs: 1, reason: String::new() };
        serde_json::to_vec(&outcome).unwrap()
    }

    fn take(paths: &RunPaths) -> Acquired {
        Lease::acquire(paths, &|o| o.kind == OutcomeKind::Completed, false).unwrap()
    }

    fn ours(taken: Acquired) -> Lease {
        match taken {
            Acquired::Ours(lease) => lease,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_owner_at_a_time_and_the_first_outcome_stands() {
        let dir = tempfile::tempdir().unwrap();
        let paths = RunPaths::at(dir.path().join("a 'b'").join("seed-1"));
        let first = ours(take(&paths));
        first.check().unwrap();
        assert!(matches!(take(&paths), Acquired::Held(process) if process == Process::this()));
        assert_eq!(owner(&paths).unwrap().unwrap().0, Process::this());

        // The scheduler of a cluster says that the first attempt is gone; it is not.
        let second = ours(Lease::acquire(&paths, &|_| true, true).unwrap());
        assert!(first.check().unwrap_err().to_string().contains("another attempt"));
        second.publish(&outcome(OutcomeKind::Completed), true).unwrap();
        assert!(
            first
                .publish(&outcome(OutcomeKind::Failed), false)
                .unwrap_err()
                .to_string()
                .contains("another attempt")
        );
        assert!(
            second
                .publish(&outcome(OutcomeKind::Failed), false)
                .unwrap_err()
                .to_string()
                .contains("another attempt")
        );
        assert!(matches!(take(&paths), Acquired::Ended(o) if o.kind == OutcomeKind::Completed));
        assert_eq!(fs::read(paths.outcome()).unwrap(), outcome(OutcomeKind::Completed));
        assert_eq!(owner(&paths).unwrap(), None);
        let names: Vec<_> = fs::read_dir(dir.path().join("a 'b'")).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn the_dead_are_succeeded() {
        let dir = tempfile::tempdir().unwrap();
        let paths = RunPaths::at(dir.path().join("seed-1"));
        let dead = Process { start: 1, ..Process::this() };
        let plant = |content: &[u8]| {
            fs::create_dir_all(paths.root()).unwrap();
            let _ = fs::remove_file(paths.outcome());
            fs::write(paths.root().join(format!("{TOKEN}{dead}-0")), content).unwrap();
        };
        plant(b"");
        ours(take(&paths)).release();
        // It died between writing the outcome and the last rename.
        plant(&outcome(OutcomeKind::Completed));
        assert!(matches!(take(&paths), Acquired::Ended(_)));
        assert!(paths.outcome().exists());
        plant(&outcome(OutcomeKind::Failed));
        let lease = ours(take(&paths));
        // What did not stand is gone for good.
        assert_eq!(fs::read(lease.path()).unwrap(), b"");
        lease.release();
        // A token that nobody can read is nobody's.
        fs::write(paths.root().join("owner-?"), "").unwrap();
        ours(take(&paths)).release();
        ours(take(&paths)).publish(&outcome(OutcomeKind::Interrupted), false).unwrap();
        ours(take(&paths));
        assert!(!paths.outcome().exists());
    }

    #[test]
    fn of_many_who_ask_at_once_one_gets_it() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let paths = RunPaths::at(dir.path().join(format!("seed-{round}")));
            if round % 2 == 1 {
                fs::create_dir(paths.root()).unwrap();
                fs::write(paths.outcome(), outcome(OutcomeKind::Failed)).unwrap();
            }
            let got: usize = std::thread::scope(|scope| {
                let ask = || usize::from(matches!(take(&paths), Acquired::Ours(_)));
                let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
                asking.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            assert_eq!(got, 1, "round {round}");
        }
    }
}
