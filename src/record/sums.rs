//! Checksums of a run's files, so that no damaged number is ever shown as a result.
//!
//! `SHA256SUMS` covers the results, which are the same wherever and however often the run is
//! trained; `SHA256SUMS.provenance` covers what holds times and places. Both can be given to
//! `sha256sum -c`. They are written just before the outcome, which they cover too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::contents::FileState;
use super::listing::walked;
use super::{RunPaths, disk, lease};
use crate::error::{Context, Damage, Result, bail, ensure};

/// File names, relative to the folder, and the SHA-256 of each, hex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Reads a list of checksums.
    ///
    /// # Errors
    /// If it cannot be read or is no such list.
    pub fn read(path: &Path) -> Result<Self> {
        // Without its folder: reports say this too.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read(path).with_context(|| format!("cannot read {name}"))?;
        Self::parse(&text).damaged(name)
    }

    fn parse(text: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(text)?;
        ensure!(text.ends_with('\n'), "its last line is cut off");
        let mut sums = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let Some((sum, name)) = line.split_once("  ") else {
                bail!("line {}: not a checksum and a name", number + 1);
            };
            sums.insert(name.to_owned(), sum.to_owned());
        }
        Ok(Self(sums))
    }

    /// The checksums in a file that is to be written.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        self.0.insert(name.to_owned(), FileState::of(bytes).sha256);
    }

    /// Names and checksums, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, sum)| (name.as_str(), sum.as_str()))
    }

    /// The list as a file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let line = |(name, sum): (&String, &String)| format!("{sum}  {name}\n");
        self.0.iter().map(line).collect::<String>().into_bytes()
    }
}

/// Files that hold times or places.
fn is_apart(paths: &RunPaths, name: &str) -> bool {
    let apart = [paths.environment(), paths.timing_csv(), paths.events(), paths.reused()];
    apart.iter().any(|path| paths.name(path) == name)
}

/// Files that say where a run stands, not what it did; and those that a report adds, which can be
/// made again at any time.
fn is_state(paths: &RunPaths, name: &str) -> bool {
    let state = [paths.checkpoint(), paths.previous_checkpoint(), paths.sums(), paths.sums_apart()];
    let of_report = name.starts_with("events.out.tfevents.") && name != paths.name(&paths.events());
    state.iter().any(|path| paths.name(path) == name) || lease::is_token(name) || of_report
}

/// Writes the checksums of all files in a run's folder, and of the outcome that will be published.
/// What is known of a file already is not read again.
pub(super) fn write(
    paths: &RunPaths,
    known: &BTreeMap<String, FileState>,
    outcome: &[u8],
) -> Result<()> {
    let (mut results, mut apart) = (Sums::default(), Sums::default());
    results.add(&paths.name(&paths.outcome()), outcome);
    for entry in WalkDir::new(paths.root()).min_depth(1) {
        let entry = walked(entry)?;
        let name = paths.name(entry.path());
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // This program writes no name that `sha256sum` would have to escape; a person may.
        let escaped = name.contains(['\n', '\\']);
        if !entry.file_type().is_file() || hidden || escaped || is_state(paths, &name) {
            continue;
        }
        let sum = match known.get(&name) {
            Some(state) => state.sha256.clone(),
            None => {
                let bytes = fs::read(entry.path())
                    .with_context(|| format!("cannot read {}", entry.path().display()))?;
                FileState::of(&bytes).sha256
            }
        };
        let sums = if is_apart(paths, &name) { &mut apart } else { &mut results };
        sums.0.insert(name, sum);
    }
    disk::write_whole(&paths.sums_apart(), &apart.to_bytes())?;
    disk::write_whole(&paths.sums(), &results.to_bytes())
}

/// Checks the tables and settings of a run that ended: all that numbers are read from. A run
/// without checksums passes.
///
/// # Errors
/// The first file that is not what it was.
pub fn verify_numbers(paths: &RunPaths) -> Result<()> {
    for list in [paths.sums(), paths.sums_apart()].iter().filter(|list| list.exists()) {
        for (name, sum) in Sums::read(list)?.iter() {
            let numbers = [".json", ".csv", ".toml"].iter().any(|end| name.ends_with(end));
            if numbers && !name.contains('/') {
                check(paths.root(), name, sum)?;
            }
        }
    }
    Ok(())
}

/// Checks one file of a run that ended. A run without checksums passes, and so does a file that
/// they do not name.
///
/// # Errors
/// If it is not what it was.
pub fn verify_file(paths: &RunPaths, file: &Path) -> Result<()> {
    let name = paths.name(file);
    let list = paths.sums();
    // Those of an attempt that was interrupted may be of other weights.
    if !list.exists() || !paths.outcome().exists() {
        return Ok(());
    }
    let sums = Sums::read(&list)?;
    sums.0.get(&name).map_or(Ok(()), |sum| check(paths.root(), &name, sum))
}

/// Checks the plan of a sweep and its copy of the experiment file. A sweep without checksums
/// passes.
///
/// # Errors
/// The first file that is not what it was.
pub fn verify_plan(paths: &super::SweepPaths) -> Result<()> {
    let list = paths.sums();
    if list.exists() {
        for (name, sum) in Sums::read(&list)?.iter() {
            check(paths.root(), name, sum)?;
        }
    }
    Ok(())
}

/// Checks every file of a run that ended against its checksums.
///
/// # Errors
/// If the checksums cannot be read. What the value holds is each file that differs, and why.
pub fn verify(paths: &RunPaths) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for list in [paths.sums(), paths.sums_apart()] {
        for (name, sum) in Sums::read(&list)?.iter() {
            if let Err(error) = check(paths.root(), name, sum) {
                faults.push(format!("{error:#}"));
            }
        }
    }
    Ok(faults)
}

fn check(folder: &Path, name: &str, sum: &str) -> Result<()> {
    let bytes = fs::read(folder.join(name)).with_context(|| format!("cannot read {name}"))?;
    let found = format!("{:x}", Sha256::digest(&bytes));
    ensure!(found == sum, "{name} is damaged: its SHA-256 is not what it was");
    Ok(())
}
