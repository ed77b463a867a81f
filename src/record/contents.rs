//! What a file holds, by length and hash: noted while it is written, held against it later.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::write_aside_with;
use crate::error::{Context, Result, bail};

/// What a file holds at some moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Bytes.
    pub length: u64,
    /// SHA-256 of them, hex.
    pub sha256: String,
}

impl FileState {
    /// The state of a file with this content.
    pub fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, sha256: format!("{:x}", Sha256::digest(bytes)) }
    }
}

/// [`write_whole`](super::write_whole) of what `write` hands out piece by piece; what the file holds then.
pub(super) fn write_pieces(
    path: &Path,
    write: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
) -> Result<FileState> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    let put = |file: &mut File| {
        write(&mut |piece| {
            hash.update(piece);
            length += piece.len() as u64;
            Ok(file.write_all(piece)?)
        })
    };
    write_aside_with(path, false, put)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(FileState { length, sha256: format!("{:x}", hash.finalize()) })
}

/// Copies the first bytes of a file, as it was in `state`, whatever was added to it since.
///
/// The copy is a file of its own even where it takes the place of its source: whoever still writes
/// to the source writes to nothing.
///
/// # Errors
/// If the source is shorter or differs, or the copy cannot be written.
pub(super) fn copy_verified(source: &Path, path: &Path, state: &FileState) -> Result<()> {
    let copy = |to: &mut File| -> Result<()> { read_verified(source, state, Some(to)) };
    write_aside_with(path, false, copy)
}

/// Checks that a file still begins with what it held in `state`.
///
/// # Errors
/// If it cannot be read, is shorter, or differs.
pub(super) fn verify(path: &Path, state: &FileState) -> Result<()> {
    read_verified(path, state, None)
}

fn read_verified(path: &Path, state: &FileState, mut to: Option<&mut File>) -> Result<()> {
    let failed = || format!("cannot read {}", path.display());
    let mut source = File::open(path).with_context(failed)?.take(state.length);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut found = 0;
    loop {
        let count = source.read(&mut buffer).with_context(failed)?;
        if count == 0 {
            break;
        }
        found += count as u64;
        hash.update(&buffer[..count]);
        if let Some(to) = &mut to {
            to.write_all(&buffer[..count])?;
        }
    }
    if found < state.length {
        bail!("{} has {found} bytes, its checkpoint was made at {}", path.display(), state.length);
    }
    if format!("{:x}", hash.finalize()) != state.sha256 {
        bail!("{} is damaged: it is not what it was at its checkpoint", path.display());
    }
    Ok(())
}
