//! How bytes reach the disk: a file is whole or absent, or it is appended to and its length known.
//!
//! A process that is killed loses nothing that it handed to the system. A power cut may: what must
//! outlive one is synced, which can take longer than all other writing together.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes a file so that every reader, and a person after a crash of this process, finds the old
/// content, the new content, or no file, but never a part.
///
/// # Errors
/// If the folder cannot be made or written to; the old content is then still there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_aside(path, bytes, false).with_context(|| format!("cannot write {}", path.display()))
}

/// [`write_whole`], and the bytes survive a power cut once this returns.
///
/// # Errors
/// As [`write_whole`].
pub fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    write_aside(path, bytes, true)
        .and_then(|()| File::open(folder(path))?.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}

fn write_aside(path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    let aside = aside(path);
    let written = File::create(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        // Synced before it is renamed: a name must never stand for less than the whole.
        if sync { file.sync_all() } else { Ok(()) }
    });
    written.and_then(|()| fs::rename(&aside, path)).inspect_err(|_| {
        // A full disk is the likely reason: give back what was taken.
        let _ = fs::remove_file(&aside);
    })
}

/// Makes files that are written already, and their names, survive a power cut. One that a person
/// has removed since is passed over.
pub(super) fn sync(paths: &[PathBuf]) -> Result<()> {
    let folders: BTreeSet<&Path> = paths.iter().map(|path| folder(path)).collect();
    for path in paths.iter().map(PathBuf::as_path).chain(folders) {
        match File::open(path).and_then(|file| file.sync_all()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
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
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
}

/// Where a file's new content lies until it is whole.
pub(super) fn aside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
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

/// A file that only grows, through a buffer.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: BufWriter<File>,
    /// Bytes in the file and the buffer together.
    length: u64,
}

impl AppendFile {
    /// An empty file; an older one's content is gone.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path, file: BufWriter::with_capacity(1 << 16, file), length: 0 })
    }

    /// A file of an earlier attempt, cut back to `length` bytes.
    pub(super) fn resume(path: PathBuf, length: u64) -> Result<Self> {
        let cut = || -> io::Result<(File, u64)> {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            let found = file.metadata()?.len();
            if found >= length {
                file.set_len(length)?;
                file.seek(SeekFrom::End(0))?;
            }
            Ok((file, found))
        };
        let (file, found) = cut().with_context(|| format!("cannot resume {}", path.display()))?;
        if found < length {
            bail!(
                "cannot resume {}: it has {found} bytes, its checkpoint was made at {length}",
                path.display()
            );
        }
        Ok(Self { path, file: BufWriter::with_capacity(1 << 16, file), length })
    }

    /// Hands everything to the system; returns the file's length, bytes.
    pub(super) fn flush(&mut self) -> Result<u64> {
        self.file.flush().with_context(|| self.failed())?;
        Ok(self.length)
    }

    /// [`Self::flush`], and the bytes survive a power cut once this returns.
    pub(super) fn sync(&mut self) -> Result<u64> {
        let length = self.flush()?;
        self.file.get_ref().sync_data().with_context(|| self.failed())?;
        Ok(length)
    }

    /// Context of an error in writing to it.
    pub(super) fn failed(&self) -> String {
        format!("cannot write {}", self.path.display())
    }
}

impl Write for AppendFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
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
    fn a_file_that_cannot_be_replaced_leaves_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = format!("{:#}", write_whole(&path, b"x").unwrap_err());
        assert!(error.starts_with("cannot write /") && error.contains("taken: "), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_appended_file_is_cut_back_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut file = AppendFile::create(path.clone()).unwrap();
        file.write_all(b"one\n").unwrap();
        let length = AppendFile::flush(&mut file).unwrap();
        file.write_all(b"two\n").unwrap();
        drop(file);
        let mut file = AppendFile::resume(path.clone(), length).unwrap();
        file.write_all(b"three\n").unwrap();
        assert_eq!(file.sync().unwrap(), 10);
        assert_eq!(fs::read(&path).unwrap(), b"one\nthree\n");
        let error = AppendFile::resume(path, 11).unwrap_err().to_string();
        assert!(error.ends_with("it has 10 bytes, its checkpoint was made at 11"), "{error}");
    }
}
