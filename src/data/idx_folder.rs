//! A folder of IDX files under their usual names.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use super::dataset::DataInfo;
use super::error::DataError;
use super::found::{Found, Loaded};
use super::idx::{self, Idx, IdxProblem};

/// A file beside IDX files that names the classes: a line a class, by label.
pub(super) const CLASS_NAMES: &str = "classes.txt";

/// Whether some file in this folder is named like an IDX file.
pub(super) fn is_one(dir: &Path) -> bool {
    let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).any(|name| {
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        name.ends_with("-ubyte")
    })
}

/// Loads the IDX files of a folder, each plain or gzipped. Test files are optional.
///
/// # Errors
/// If files are missing or damaged.
pub(super) fn load(dir: &Path, name: &str) -> Result<Found, DataError> {
    let find = |part: &'static str, stems: &[&str], kind: &str| {
        let names: Vec<String> = stems
            .iter()
            .flat_map(|stem| ["-", "."].map(|dot| format!("{stem}{dot}{kind}-ubyte")))
            .collect();
        let with_gz = names.iter().flat_map(|n| [n.clone(), format!("{n}.gz")]);
        match with_gz.map(|n| dir.join(n)).find(|path| path.exists()) {
            Some(path) => Ok(path),
            None => Err(DataError::Missing { dir: dir.to_path_buf(), part, looked_for: names }),
        }
    };
    let train_images = find("train images", &["train-images"], "idx3");
    let train_labels = find("train labels", &["train-labels"], "idx1");
    let train = [load_images(&train_images?)?, load_labels(&train_labels?)?];
    let test_images = find("test images", &["t10k-images", "test-images"], "idx3");
    let test_labels = find("test labels", &["t10k-labels", "test-labels"], "idx1");
    let test = match (test_images, test_labels) {
        (Err(_), Err(_)) => None,
        // One without the other is a mistake, not a set without test files.
        (images, labels) => Some([load_images(&images?)?, load_labels(&labels?)?]),
    };
    let info = DataInfo {
        found: format!("{}, IDX files", dir.display()),
        class_names: class_names(&dir.join(CLASS_NAMES))?,
        ..DataInfo::default()
    };
    Ok(Found { train, test, name: name.to_owned(), info })
}

fn class_names(file: &Path) -> Result<Vec<String>, DataError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().map(|line| line.trim().to_owned()).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => {
            Err(DataError::ClassNames { file: PathBuf::from(file), why: error.to_string() })
        }
    }
}

fn load_images(path: &Path) -> Result<Loaded, DataError> {
    load_file(path, idx::read_images)
}

fn load_labels(path: &Path) -> Result<Loaded, DataError> {
    load_file(path, idx::read_labels)
}

fn load_file(
    path: &Path,
    read: impl Fn(BufReader<File>) -> Result<Idx, IdxProblem>,
) -> Result<Loaded, DataError> {
    let file = path.display().to_string();
    match File::open(path).map_err(IdxProblem::Read).and_then(|f| read(BufReader::new(f))) {
        Ok(idx) => Ok(Loaded { file, idx }),
        Err(problem) => Err(DataError::Idx { file, problem }),
    }
}
