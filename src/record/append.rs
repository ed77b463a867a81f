//! A file that is only appended to, and whose content is known at every moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::contents::{FileState, copy_verified};
use super::disk::remove;
use crate::error::{Context, Result};

/// A file that only grows, through a buffer, and knows what it holds.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: BufWriter<File>,
    /// Bytes in the file and the buffer together.
    length: u64,
    /// Hash of those bytes.
    hash: Sha256,
}

impl AppendFile {
    /// An empty file; an older one's content is gone.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        // A new file, not the old one emptied: see `copy_verified`.
        remove(&path)?;
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self::over(path, file, 0, Sha256::new()))
    }

    /// The file of an earlier attempt as it was in `state`, whatever was added to it later.
    pub(super) fn resume(source: &Path, path: PathBuf, state: &FileState) -> Result<Self> {
        let mut kept = Sha256::new();
        copy_verified(source, &path, state)
            .and_then(|()| {
                kept.update(fs::read(&path)?);
                let file = OpenOptions::new().append(true).open(&path)?;
                Ok(Self::over(path.clone(), file, state.length, kept))
            })
            .with_context(|| format!("cannot resume {}", path.display()))
    }

    fn over(path: PathBuf, file: File, length: u64, hash: Sha256) -> Self {
        Self { path, file: BufWriter::with_capacity(1 << 14, file), length, hash }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Hands everything to the system; returns the file's length, bytes.
    pub(super) fn flush(&mut self) -> Result<u64> {
        self.file.flush().with_context(|| self.failed())?;
        Ok(self.length)
    }

    /// [`Self::flush`], and what the file holds now.
    pub(super) fn state(&mut self) -> Result<FileState> {
        let length = self.flush()?;
        Ok(FileState { length, sha256: format!("{:x}", self.hash.clone().finalize()) })
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
        self.hash.update(&bytes[..written]);
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
    fn an_appended_file_is_cut_back_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut file = AppendFile::create(path.clone()).unwrap();
        file.write_all(b"one\n").unwrap();
        let state = file.state().unwrap();
        assert_eq!(state, FileState::of(b"one\n"));
        file.write_all(b"two\n").unwrap();
        let mut late = file;
        AppendFile::flush(&mut late).unwrap();
        let mut file = AppendFile::resume(&path, path.clone(), &state).unwrap();
        file.write_all(b"three\n").unwrap();
        assert_eq!(file.state().unwrap(), FileState::of(b"one\nthree\n"));
        // An earlier attempt that is still alive writes to nothing.
        late.write_all(b"four\n").unwrap();
        AppendFile::flush(&mut late).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\nthree\n");

        let said = |state: &FileState| {
            let error = AppendFile::resume(&path, path.clone(), state).unwrap_err();
            format!("{error:#}").replace(&path.display().to_string(), "LOG")
        };
        let longer = FileState { length: 11, ..FileState::of(b"") };
        let wanted = "cannot resume LOG: LOG has 10 bytes, its checkpoint was made at 11";
        assert_eq!(said(&longer), wanted);
        let other = said(&FileState::of(b"One\n"));
        assert!(other.ends_with("LOG is damaged: it is not what it was at its checkpoint"));
        assert_eq!(fs::read(&path).unwrap(), b"one\nthree\n");
    }
}
