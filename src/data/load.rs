//! From files to a checked [`DataSet`].

use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::idx::{self, Idx, IdxProblem};
use super::{DataSet, Images, mnist};
use crate::spec::DataSettings;

/// The canonical names, in the order in which a set is hashed.
const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Why there is no data to train on.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The folder is not there, or is no folder.
    #[error("data folder {}: {source}", .dir.display())]
    Folder {
        /// As written in the settings.
        dir: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No file with one of the usual names.
    #[error(
        "data folder {}: no {part} file; looked for {}, plain or .gz", .dir.display(), .looked_for.join(", ")
    )]
    Missing {
        /// The folder.
        dir: PathBuf,
        /// Such as `train images`.
        part: &'static str,
        /// Names tried, without `.gz`.
        looked_for: Vec<String>,
    },
    /// One file cannot be used.
    #[error("{file}: {problem}")]
    Idx {
        /// The file, or the embedded one's name.
        file: String,
        /// Why.
        problem: IdxProblem,
    },
    /// Images and labels do not belong together.
    #[error("{images} has {image_count} images, but {labels} has {label_count} labels")]
    Counts {
        /// The images' file.
        images: String,
        /// The labels' file.
        labels: String,
        /// Images in the one.
        image_count: usize,
        /// Labels in the other.
        label_count: usize,
    },
    /// Nothing to condition on.
    #[error(
        "{file}: every label is {label}: a conditional GAN needs at least 2 classes (labels from 0)"
    )]
    OneClass {
        /// The train labels' file.
        file: String,
        /// The one label.
        label: u8,
    },
    /// A test label that training never saw.
    #[error("{file}: image {index} has label {label}, but the train labels end at {largest}")]
    Label {
        /// The test labels' file.
        file: String,
        /// Image, from 0.
        index: usize,
        /// Its label.
        label: u8,
        /// Largest train label.
        largest: usize,
    },
    /// Test images of another size.
    #[error("{test} holds images of {test_size} pixels, {train} of {train_size}")]
    Size {
        /// The train images' file.
        train: String,
        /// Height x width.
        train_size: String,
        /// The test images' file.
        test: String,
        /// Height x width.
        test_size: String,
    },
    /// Fewer images than asked for.
    #[error("data.subset is {subset}, but {name} has {count} train images")]
    Subset {
        /// As written in the settings.
        subset: usize,
        /// The set.
        name: String,
        /// Images it has.
        count: usize,
    },
    /// The embedded files are not what they should be.
    #[error("embedded {file} has SHA-256 {found}, not {wanted}: the program is damaged")]
    Embedded {
        /// Its canonical name.
        file: &'static str,
        /// The hash it has.
        found: String,
        /// The hash of MNIST.
        wanted: &'static str,
    },
}

impl From<DataError> for crate::error::Error {
    fn from(source: DataError) -> Self {
        Self::other(source)
    }
}

impl DataSet {
    /// Loads and checks the set that the settings name: the embedded MNIST, or the IDX files of a
    /// folder (relative to the current directory) under their usual names, gzipped or plain. Test
    /// files are optional. With a subset, `train` holds the first images only; `classes` and
    /// `hash` are always those of the whole files.
    ///
    /// # Errors
    /// Every way in which files can be missing, damaged or not belong together, by file.
    pub fn load(settings: &DataSettings) -> Result<Arc<Self>, DataError> {
        let mut set =
            if settings.dir.is_empty() { embedded()? } else { folder(Path::new(&settings.dir))? };
        let count = set.train.len();
        if settings.subset > count {
            return Err(DataError::Subset { subset: settings.subset, name: set.name, count });
        }
        if settings.subset > 0 {
            let each = set.train.pixels_each();
            set.train.labels.truncate(settings.subset);
            set.train.pixels.truncate(settings.subset * each);
            set.train.labels.shrink_to_fit();
            set.train.pixels.shrink_to_fit();
        }
        Ok(Arc::new(set))
    }
}

/// A file's content with the name that errors call it by.
struct Loaded {
    file: String,
    idx: Idx,
}

fn embedded() -> Result<DataSet, DataError> {
    let load = |i: usize| {
        let file = NAMES[i];
        let idx = mnist::file(i)
            .map_err(IdxProblem::Read)
            .and_then(|bytes| match i % 2 {
                0 => idx::read_images(&bytes[..]),
                _ => idx::read_labels(&bytes[..]),
            })
            .map_err(|problem| DataError::Idx { file: format!("embedded {file}"), problem })?;
        if idx.sha256 != mnist::SHA256[i] {
            let found = idx.sha256;
            return Err(DataError::Embedded { file, found, wanted: mnist::SHA256[i] });
        }
        Ok(Loaded { file: format!("embedded {file}"), idx })
    };
    assemble([load(0)?, load(1)?], Some([load(2)?, load(3)?]), "MNIST")
}

fn folder(dir: &Path) -> Result<DataSet, DataError> {
    let problem = |source| DataError::Folder { dir: dir.to_path_buf(), source };
    if !std::fs::metadata(dir).map_err(problem)?.is_dir() {
        return Err(problem(ErrorKind::NotADirectory.into()));
    }
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
    // `..` or `/` have no name of their own; then the path itself is what a person calls it.
    let name = dir.file_name().map_or_else(|| dir.to_string_lossy(), |n| n.to_string_lossy());
    assemble(train, test, &name)
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

/// Checks that files belong together, and makes the set of them.
fn assemble(
    train: [Loaded; 2],
    test: Option<[Loaded; 2]>,
    name: &str,
) -> Result<DataSet, DataError> {
    let hashes: Vec<String> =
        train.iter().chain(test.iter().flatten()).map(|f| f.idx.sha256.clone()).collect();
    let is_mnist = hashes.iter().zip(mnist::SHA256).all(|(found, mnist)| found == mnist);

    let [train_file, train_labels_file] = [train[0].file.clone(), train[1].file.clone()];
    let train = pair(train)?;
    let largest = train.labels.iter().copied().max().map_or(0, usize::from);
    if train.labels.iter().all(|&l| usize::from(l) == largest) {
        return Err(DataError::OneClass { file: train_labels_file, label: train.labels[0] });
    }
    let test = match test {
        None => None,
        Some(test) => {
            let [test_file, test_labels_file] = [test[0].file.clone(), test[1].file.clone()];
            let test = pair(test)?;
            if (test.height, test.width) != (train.height, train.width) {
                let size = |i: &Images| format!("{} x {}", i.height, i.width);
                return Err(DataError::Size {
                    train: train_file,
                    train_size: size(&train),
                    test: test_file,
                    test_size: size(&test),
                });
            }
            if let Some(index) = test.labels.iter().position(|&l| usize::from(l) > largest) {
                let label = test.labels[index];
                return Err(DataError::Label { file: test_labels_file, index, label, largest });
            }
            Some(test)
        }
    };
    Ok(DataSet {
        train,
        test,
        classes: largest + 1,
        name: if is_mnist { "MNIST".to_owned() } else { name.to_owned() },
        hash: hash(&hashes),
    })
}

/// One hash over all files: what `sha256sum` prints of the unpacked files under their canonical
/// names, hashed once more, so that a person can redo it in a shell.
pub(super) fn hash(files: &[String]) -> String {
    let listing: String =
        files.iter().zip(NAMES).map(|(hash, name)| format!("{hash}  {name}\n")).collect();
    format!("{:x}", Sha256::digest(listing))
}

fn pair([images, labels]: [Loaded; 2]) -> Result<Images, DataError> {
    let (image_count, label_count) = (images.idx.shape[0], labels.idx.shape[0]);
    if image_count != label_count {
        return Err(DataError::Counts {
            images: images.file,
            labels: labels.file,
            image_count,
            label_count,
        });
    }
    Ok(Images {
        height: images.idx.shape[1],
        width: images.idx.shape[2],
        pixels: images.idx.bytes,
        labels: labels.idx.bytes,
    })
}
