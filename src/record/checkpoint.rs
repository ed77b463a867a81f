//! Checkpoints on disk: the state of a run, and how far its records had come then.
//!
//! A line with the SHA-256 of all that follows; a line of JSON; the tensors as safetensors. The
//! new one is written aside, synced and renamed; the one before stays beside it until the next.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::positions::Positions;
use super::{RunPaths, disk, weights};
use crate::error::{Context, Damage, Result, bail, ensure};
use crate::run::Checkpoint;

/// Begins the first line; the number is the format's version.
const MAGIC: &str = "cgan-sweep checkpoint 2 ";

/// All of a checkpoint but its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Key of the run.
    pub key: String,
    /// Its key without its length, if it has one.
    pub prefix_key: Option<String>,
    /// Generator updates done.
    pub step: u64,
    /// What the networks keep besides tensors.
    state: serde_json::Value,
    /// How far the records had come.
    pub positions: Positions,
    /// Names of the tensors, in their order.
    tensors: Vec<String>,
}

/// A checkpoint read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// Whose it is, and how far its records had come.
    pub header: Header,
    /// The run's state.
    pub state: Checkpoint<'static>,
}

/// Whose checkpoints are written.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) key: String,
    pub(super) prefix_key: Option<String>,
}

/// Writes the checkpoint of a run; once this returns it survives a power cut.
pub(super) fn save(
    paths: &RunPaths,
    identity: &Identity,
    positions: Positions,
    state: &Checkpoint<'_>,
) -> Result<()> {
    let header = Header {
        key: identity.key.clone(),
        prefix_key: identity.prefix_key.clone(),
        step: state.step,
        state: state.state.clone(),
        positions,
        tensors: state.tensors.iter().map(|t| t.name.clone()).collect(),
    };
    let mut json = serde_json::to_vec(&header)?;
    json.push(b'\n');
    // Twice over the tensors, for the sum comes first: a copy of them all would be a third.
    let mut sum = Sha256::new_with_prefix(&json);
    weights::encode(&state.tensors, |piece| {
        sum.update(piece);
        Ok(())
    })?;
    let first = format!("{MAGIC}{:x}\n", sum.finalize());
    let (latest, previous) = (paths.checkpoint(), paths.previous_checkpoint());
    // Before the latest makes room: a full disk must leave it where it is.
    let aside = disk::write_beside(&latest, |file| {
        file.write_all(first.as_bytes())?;
        file.write_all(&json)?;
        weights::encode(&state.tensors, |piece| Ok(file.write_all(piece)?))
    })?;
    let moved = match fs::rename(&latest, &previous) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    };
    moved
        .and_then(|()| fs::rename(&aside, &latest))
        .with_context(|| format!("cannot write {}", latest.display()))?;
    disk::sync(&[latest])
}

/// The checkpoints of a run, the latest first; of each that cannot be used, why.
pub fn read_all(paths: &RunPaths) -> impl Iterator<Item = Result<Saved>> {
    let files = [paths.checkpoint(), paths.previous_checkpoint()];
    files.into_iter().filter(|path| path.exists()).map(|path| read(&path))
}

/// Reads a checkpoint.
///
/// # Errors
/// If it cannot be read, or is not as it was written.
pub fn read(path: &Path) -> Result<Saved> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    decode(&bytes).damaged(path.display())
}

fn decode(bytes: &[u8]) -> Result<Saved> {
    let (first, content) = split_line(bytes)?;
    let sum = std::str::from_utf8(first).ok().and_then(|line| line.strip_prefix(MAGIC));
    let sum = sum.context("it does not begin like a checkpoint")?;
    let found = format!("{:x}", Sha256::digest(content));
    ensure!(sum == found, "its SHA-256 is {found}, not {sum}");
    let (json, tensors) = split_line(content)?;
    let header: Header = serde_json::from_slice(json)?;
    let mut by_name: BTreeMap<String, _> =
        weights::decode(tensors)?.into_iter().map(|t| (t.name.clone(), t)).collect();
    let tensor = |name: &String| by_name.remove(name).with_context(|| format!("no tensor {name}"));
    let tensors = header.tensors.iter().map(tensor).collect::<Result<Vec<_>>>()?;
    let state = Checkpoint { step: header.step, state: header.state.clone(), tensors };
    Ok(Saved { header, state })
}

fn split_line(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let Some(end) = bytes.iter().position(|b| *b == b'\n') else { bail!("it is cut off") };
    Ok((&bytes[..end], &bytes[end + 1..]))
}

/// The header of a run's latest checkpoint, without a look at the rest; none if there is none.
///
/// # Errors
/// If it cannot be read.
pub fn read_header(paths: &RunPaths) -> Result<Option<Header>> {
    let path = paths.checkpoint();
    let file = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let mut lines = BufReader::new(file).split(b'\n');
    let second = lines.nth(1).context("it is cut off").and_then(|line| Ok(line?));
    second.and_then(|line| Ok(serde_json::from_slice(&line)?)).map(Some).damaged(path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::NamedTensor;

    fn state(step: u64) -> Checkpoint<'static> {
        let tensor = |name: &str, values: &[f32]| NamedTensor {
            name: name.to_owned(),
            shape: vec![values.len()],
            values: values.to_vec().into(),
        };
        // Numbers whose shortest decimals are the hardest to read back.
        let state = serde_json::json!({
            "updates": [step, 2 * step], "totals": [1.0 / 3.0, 0.1 + 0.2, 1e-300, 5e-324],
        });
        // Not in the order of their names.
        let tensors = vec![tensor("b", &[1.0, -0.0]), tensor("a", &[f32::MIN_POSITIVE])];
        Checkpoint { step, state, tensors }
    }

    fn identity() -> Identity {
        Identity { key: "key".into(), prefix_key: Some("prefix".into()) }
    }

    #[test]
    fn a_checkpoint_reads_back_bit_for_bit_and_the_one_before_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let paths = RunPaths::at(dir.path());
        assert_eq!(read_all(&paths).count(), 0);
        assert_eq!(read_header(&paths).unwrap(), None);
        for step in 1..=3 {
            save(&paths, &identity(), Positions::default(), &state(step)).unwrap();
        }
        let saved: Vec<Saved> = read_all(&paths).map(Result::unwrap).collect();
        assert_eq!(saved.len(), 2);
        assert_eq!((&saved[0].state, &saved[1].state), (&state(3), &state(2)));
        assert_eq!(read_header(&paths).unwrap(), Some(saved[0].header.clone()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn any_damage_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let paths = RunPaths::at(dir.path());
        save(&paths, &identity(), Positions::default(), &state(1)).unwrap();
        let whole = fs::read(paths.checkpoint()).unwrap();
        for at in (0..whole.len()).step_by(5) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            let mut zeroed = whole.clone();
            zeroed[at..].fill(0);
            for damaged in [&whole[..at], &flipped, &zeroed] {
                if damaged == whole {
                    continue;
                }
                fs::write(paths.checkpoint(), damaged).unwrap();
                let error = format!("{:#}", read(&paths.checkpoint()).unwrap_err());
                assert!(error.contains("checkpoint is damaged: "), "at {at}: {error}");
                // A glance may miss it, but must not panic.
                let _ = read_header(&paths);
            }
        }
    }
}
