//! One sweep folder, one owner: who works in it, and on which share of its runs.
//!
//! This keeps two sweeps from doing the same work and from writing the report at once. That no two
//! write the same run is not left to it: see [`super::lease`].

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Process, SweepPaths, disk, process};
use crate::error::{Context, Error, Result};

/// Which runs of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// The one part that is all.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether a run is in this part: by its key, so that no part has to know of the others.
    pub fn holds(&self, key: &str) -> bool {
        let number = u64::from_str_radix(key.get(..15).unwrap_or_default(), 16).unwrap_or(0);
        number % u64::from(self.count) == u64::from(self.index - 1)
    }

    /// Whether two can be at work at once.
    fn is_apart_from(&self, other: &Self) -> bool {
        self.count == other.count && self.index != other.index
    }
}

/// `2/5`.
impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse::<u32>().ok();
        let parts = text.split_once('/').and_then(|(i, n)| Some((number(i)?, number(n)?)));
        match parts {
            Some((index, count)) if 1 <= index && index <= count => Ok(Self { index, count }),
            _ => Err(format!("{text:?} is no part such as 2/5, the second of five")),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Who works in a sweep's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub process: Process,
    /// On which runs.
    pub shard: Shard,
}

impl Holder {
    fn in_the_way(&self, folder: &Path) -> Error {
        let process = self.process.describe();
        let holder = match self.shard {
            Shard::WHOLE => process,
            shard => format!("{process} (shard {shard})"),
        };
        Error::Held { folder: folder.to_owned(), holder }
    }
}

/// The right to work in a sweep's folder; given back when it is dropped.
#[derive(Debug)]
pub struct SweepLock {
    file: PathBuf,
    /// Whether others, on other shards, hold the folder as well.
    pub shared: bool,
    /// Keeps others from asking.
    guard: Option<File>,
    /// The file, locked as long as this process lives.
    _lock: Option<File>,
}

impl SweepLock {
    /// Asks for a share of a sweep's folder. What the dead held is free. Until [`Self::ready`]
    /// whoever else asks has to wait, as far as the file system can see to it. With `take_over`,
    /// whoever is in the way is taken to be gone.
    ///
    /// # Errors
    /// [`Error::Held`] if somebody else is at work on these runs; else if the folder cannot be written to.
    pub fn take(sweep: &SweepPaths, shard: Shard, take_over: bool) -> Result<Self> {
        let folder = sweep.locks();
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let guard_path = folder.join("guard");
        let guard = File::create(&guard_path)
            .with_context(|| format!("cannot write {}", guard_path.display()))?;
        let _ = guard.lock();
        let file = folder.join(format!("shard-{}-of-{}.json", shard.index, shard.count));
        let mut shared = false;
        for (path, holder) in holders(sweep)? {
            let lives = holder.process.may_live(&path);
            if lives && holder.shard.is_apart_from(&shard) {
                shared = true;
            } else if lives && !take_over {
                return Err(holder.in_the_way(sweep.root()));
            } else {
                disk::remove(&path)?;
            }
        }
        let holder = Holder { process: Process::this(), shard };
        disk::write_whole(&file, &disk::json(&holder)?)?;
        let lock = process::keep_locked(&file);
        Ok(Self { file, shared, guard: Some(guard), _lock: lock })
    }

    /// The folder is made and says what is trained in it: others may see whether they can join.
    pub fn ready(&mut self) {
        self.guard = None;
    }
}

impl Drop for SweepLock {
    fn drop(&mut self) {
        // What stays is the lock of a dead process soon.
        let _ = fs::remove_file(&self.file);
    }
}

/// Whether some process seems to be at work on a sweep's folder as a whole, or on a share of it.
pub fn is_held(sweep: &SweepPaths) -> bool {
    let holders = holders(sweep).unwrap_or_default();
    holders.iter().any(|(path, holder)| holder.process.may_live(path))
}

/// Who holds a sweep's folder, the dead among them. A lock that cannot be read is nobody's.
fn holders(sweep: &SweepPaths) -> Result<Vec<(PathBuf, Holder)>> {
    let folder = sweep.locks();
    let list = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = list().with_context(|| format!("cannot list {}", folder.display()))?;
    paths.sort();
    let json = |path: &PathBuf| path.extension().is_some_and(|e| e == "json");
    let holder = |path: PathBuf| Some((path.clone(), disk::read_json(&path).ok()?));
    Ok(paths.into_iter().filter(json).filter_map(holder).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str) -> Shard {
        text.parse().unwrap()
    }

    #[test]
    fn a_folder_has_one_owner_or_shards_that_do_not_overlap() {
        let dir = tempfile::tempdir().unwrap();
        let sweep = SweepPaths::at(dir.path());
        let held = |wanted: Shard| match SweepLock::take(&sweep, wanted, false) {
            Err(Error::Held { holder, .. }) => match holder.split_once("(shard ") {
                Some((_, shard)) => shard.trim_end_matches(')').parse().unwrap(),
                None => Shard::WHOLE,
            },
            _ => panic!("{wanted} was free"),
        };
        let take = |shard| {
            let mut lock = SweepLock::take(&sweep, shard, false).unwrap();
            lock.ready();
            lock
        };
        let whole = take(Shard::WHOLE);
        assert_eq!(held(Shard::WHOLE), Shard::WHOLE);
        assert_eq!(held(shard("1/2")), Shard::WHOLE);
        drop(whole);
        let first = take(shard("1/2"));
        let second = take(shard("2/2"));
        assert!(!first.shared && second.shared);
        assert_eq!(held(shard("2/2")), shard("2/2"));
        assert_eq!(held(shard("1/3")), shard("1/2"));
        assert_eq!(held(Shard::WHOLE), shard("1/2"));
    }

    #[test]
    fn what_the_dead_held_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let sweep = SweepPaths::at(dir.path());
        let this = Process::this();
        for process in
            [Process { start: 1, ..this.clone() }, Process { pid: u32::MAX - 1, ..this.clone() }]
        {
            let holder = Holder { process, shard: Shard::WHOLE };
            let file = sweep.locks().join("shard-1-of-1.json");
            disk::write_whole(&file, &disk::json(&holder).unwrap()).unwrap();
            drop(SweepLock::take(&sweep, Shard::WHOLE, false).unwrap());
            fs::write(&file, "torn").unwrap();
            drop(SweepLock::take(&sweep, Shard::WHOLE, false).unwrap());
        }
        // Nobody here can tell whether a process elsewhere lives.
        let process = Process { host: "elsewhere".into(), boot: "other".into(), ..this };
        let holder = Holder { process, shard: Shard::WHOLE };
        let file = sweep.locks().join("shard-1-of-1.json");
        disk::write_whole(&file, &disk::json(&holder).unwrap()).unwrap();
        let said = SweepLock::take(&sweep, Shard::WHOLE, false).unwrap_err().to_string();
        assert!(
            said.contains(" on elsewhere, at work since 20") && said.contains("`--take-over`"),
            "{said}"
        );
        // A person can.
        drop(SweepLock::take(&sweep, Shard::WHOLE, true).unwrap());
        assert!(!file.exists());
    }

    #[test]
    fn every_run_is_in_one_shard() {
        assert_eq!(shard("2/5"), Shard { index: 2, count: 5 });
        for wrong in ["", "2", "0/5", "6/5", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        for run in 0..100u64 {
            let key = format!("{:064x}", sha2_like(run));
            let of = (1..=5).filter(|&index| Shard { index, count: 5 }.holds(&key)).count();
            assert_eq!(of, 1);
        }
    }

    fn sha2_like(run: u64) -> u128 {
        u128::from(run).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }
}
