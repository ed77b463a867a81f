//! How bytes reach the disk: a file is whole or absent.
//!
//! A process that is killed loses nothing that it handed to the system. A power cut may: what must
//! outlive one is synced, which can take longer than all other writing together.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Process;
use crate::error::{Context, Damage, Result};

/// Writes a file so that every reader, and a person after a crash of this process, finds the old
/// content, the new content, or no file, but never a part.
///
/// # Errors
/// If the folder cannot be made or written to; the old content is then still there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_aside(path, bytes, false).with_context(|| format!("cannot write {}", path.display()))
}

/// [`write_whole`], and the bytes survive a power cut once this returns.
///
/// # Errors
/// As [`write_whole`].
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    write_aside(path, bytes, true).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file to a place aside, synced; the caller renames it.
pub(super) fn write_beside(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<()>,
) -> Result<PathBuf> {
    let aside = aside(path);
    let written = || -> Result<()> {
        let mut file = File::create(&aside)?;
        write(&mut file)?;
        Ok(file.sync_all()?)
    };
    written()
        .inspect_err(|_| drop(fs::remove_file(&aside)))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(aside)
}

fn write_aside(path: &Path, bytes: &[u8], sync: bool) -> Result<()> {
    write_aside_with(path, sync, |file| Ok(file.write_all(bytes)?))
}

/// Writes a file by what `write` puts into it, aside and then in its place.
pub(super) fn write_aside_with(
    path: &Path,
    sync: bool,
    write: impl FnOnce(&mut File) -> Result<()>,
) -> Result<()> {
    let folder = folder(path);
    let aside = aside(path);
    let create = || match File::create(&aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            File::create(&aside)
        }
        created => created,
    };
    let written = || -> Result<()> {
        let mut file = create()?;
        write(&mut file)?;
        if sync {
            file.sync_all()?;
        }
        Ok(fs::rename(&aside, path)?)
    };
    if let Err(error) = written() {
        // A full disk is the likely reason: give back what was taken.
        let _ = fs::remove_file(&aside);
        return Err(error);
    }
    // The new name itself is only safe once its folder is.
    if sync {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Gives a file that no result depends on new content, in place if that fits into a page: a killed
/// process leaves the old content or the new, a power cut may leave neither.
///
/// A file that is replaced leaves an inode behind, which ext4 does not give away for minutes but
/// looks at whenever it makes a file: one such file a run, and thousands of runs are slow.
///
/// # Errors
/// If it cannot be written.
pub(super) fn rewrite(path: &Path, bytes: &[u8]) -> Result<()> {
    const PAGE: usize = 4096;
    let in_place = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)
    };
    if bytes.len() <= PAGE && path.exists() {
        in_place().with_context(|| format!("cannot write {}", path.display()))
    } else {
        write_whole(path, bytes)
    }
}

/// A value as a JSON file's bytes: indented, with a line end.
pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A value from a JSON file.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    decode(path, fs::read(path))
}

/// A value from a JSON file; none if there is no file.
pub(super) fn read_json_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => decode(path, read).map(Some),
    }
}

fn decode<T: DeserializeOwned>(path: &Path, read: io::Result<Vec<u8>>) -> Result<T> {
    let bytes = read.with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).damaged(path.display())
}

/// Where a file's new content lies until it is whole; another place at each call, so that two who
/// write the same file do not write into each other.
fn aside(path: &Path) -> PathBuf {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    name.push(format!("~{}-{call}.part", Process::this()));
    path.with_file_name(name)
}

/// Who writes, or wrote, the file of this name aside; none if its name does not say.
pub(super) fn writer(part: &str) -> Option<Process> {
    let (_, writer) = part.strip_suffix(".part")?.rsplit_once('~')?;
    writer.rsplit_once('-')?.0.parse().ok()
}

/// Whether this is the name of a file whose writing was cut off.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".part")
}

/// Makes files that are written already, and their names, survive a power cut. One that a person
/// has removed since is passed over.
pub(super) fn sync(paths: &[PathBuf]) -> Result<()> {
    let folders: BTreeSet<&Path> = paths.iter().map(|path| folder(path)).collect();
    let written = |path: &Path, done: io::Result<()>| match done {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot write {}", path.display()))
        }
        _ => Ok(()),
    };
    for path in paths {
        written(path, File::open(path).and_then(|file| file.sync_all()))?;
    }
    folders.into_iter().try_for_each(|folder| written(folder, sync_folder(folder)))
}

/// Makes the names in a folder survive a power cut, as far as its disk can.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    as_far_as_can_be(File::open(folder).and_then(|folder| folder.sync_all()))
}

/// What came of syncing a folder, where not being able to is no error: some disks of other systems
/// or machines (CIFS, sshfs, DrvFs) sync files alone.
fn as_far_as_can_be(synced: io::Result<()>) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, Unsupported};
    match synced {
        // EINVAL; EOPNOTSUPP, ENOTSUP, ENOSYS.
        Err(error) if matches!(error.kind(), InvalidInput | Unsupported) => Ok(()),
        synced => synced,
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_replaces_the_old_one_and_leaves_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new folder").join("a 'b' \"c\".json");
        write_whole(&path, b"one").unwrap();
        write_synced(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_cannot_be_synced_is_no_error() {
        let [einval, enosys, eopnotsupp, eio, enospc, enoent] = [22, 38, 95, 5, 28, 2];
        for (code, fine) in [
            (einval, true),
            (enosys, true),
            (eopnotsupp, true),
            (eio, false),
            (enospc, false),
            (enoent, false),
        ] {
            let synced = as_far_as_can_be(Err(io::Error::from_raw_os_error(code)));
            assert_eq!(synced.is_ok(), fine, "{code}: {synced:?}");
        }
        as_far_as_can_be(Ok(())).unwrap();
        let dir = tempfile::tempdir().unwrap();
        sync_folder(dir.path()).unwrap();
        assert!(sync_folder(&dir.path().join("none")).is_err());
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = format!("{:#}", write_whole(&path, b"x").unwrap_err());
        assert!(error.starts_with("cannot write /") && error.contains("taken: "), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_small_file_is_rewritten_in_place_and_a_large_one_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("environment.json");
        for bytes in [&[b'a'; 30][..], &[b'b'; 20], &[b'c'; 5_000], &[b'd'; 10]] {
            rewrite(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        }
    }
}
