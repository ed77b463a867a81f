//! From what lies on a disk to a checked [`DataSet`].

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::catalogue::{self, by_hashes};
use super::dataset::{DataInfo, DataSet, Images};
use super::error::DataError;
use super::found::{Found, Loaded};
use super::idx::{self, IdxProblem};
use super::{idx_folder, mnist, named, npz, pictures};
use crate::spec::DataSettings;

/// The canonical names, in the order in which a set is hashed.
pub(super) const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

impl DataSet {
    /// Loads and checks the set that the settings name: a well-known one, or what lies at a path
    /// (relative to the current directory): IDX files, pictures, an `.npz` file; the embedded MNIST
    /// where neither is said. Test images are optional. With a subset, `train` holds the first
    /// images only; `classes` and `hash` are always those of the whole set.
    ///
    /// # Errors
    /// Every way in which images can be missing, damaged or not belong together, by file.
    pub fn load(settings: &DataSettings) -> Result<Arc<Self>, DataError> {
        let mut found = find(settings)?;
        if let Some(size) = settings.size {
            found.resize(size);
        }
        let mut set = assemble(found)?;
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

fn find(settings: &DataSettings) -> Result<Found, DataError> {
    let DataSettings { name, path, .. } = settings;
    if path.is_empty() && (name.is_empty() || name == "mnist") {
        return embedded();
    }
    match catalogue::find(name) {
        Some(known) => named::load(known, path),
        None => at(Path::new(path), settings),
    }
}

fn embedded() -> Result<Found, DataError> {
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
    let licence = catalogue::find("mnist").map(|known| known.licence.to_owned());
    let info = DataInfo { found: "inside the program".to_owned(), licence, ..DataInfo::default() };
    let (train, test) = ([load(0)?, load(1)?], Some([load(2)?, load(3)?]));
    Ok(Found { train, test, name: "MNIST".to_owned(), info })
}

fn at(path: &Path, settings: &DataSettings) -> Result<Found, DataError> {
    let problem = |source| DataError::Path { path: path.to_path_buf(), source };
    let is_dir = std::fs::metadata(path).map_err(problem)?.is_dir();
    // `..` or `/` have no name of their own; then the path itself is what a person calls it.
    let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
    if !is_dir {
        let Some(name) = name.strip_suffix(".npz") else {
            return Err(DataError::File(path.to_path_buf()));
        };
        return npz::load(path, settings.grey, name)
            .map_err(|problem| DataError::Npz { file: path.to_path_buf(), problem });
    }
    if idx_folder::is_one(path) {
        idx_folder::load(path, &name)
    } else if pictures::is_one(path) {
        pictures::load(path, settings.size, settings.grey, &name)
            .map_err(|problem| DataError::Pictures { dir: path.to_path_buf(), problem })
    } else {
        Err(DataError::Nothing(path.to_path_buf()))
    }
}

/// Checks that files belong together, and makes the set of them.
fn assemble(found: Found) -> Result<DataSet, DataError> {
    let Found { train, test, mut name, mut info } = found;
    let hashes: Vec<String> =
        train.iter().chain(test.iter().flatten()).map(|f| f.idx.sha256.clone()).collect();
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
    if let Some(known) = by_hashes(&hashes) {
        known.title.clone_into(&mut name);
        info.class_names = known.class_names();
        info.licence = Some(known.licence.to_owned());
    }
    let classes = largest + 1;
    if !info.class_names.is_empty() && info.class_names.len() != classes {
        let why = format!("{} names, but {classes} classes", info.class_names.len());
        return Err(DataError::ClassNames { file: train_labels_file.into(), why });
    }
    if train.labels.is_sorted() && train.len() > classes {
        info.remarks.push(format!(
            "the images of {name} lie class by class, so that those held out for scores, and the first so many, are of \
             few classes: `cgan-sweep data convert --spread` mixes them"
        ));
    }
    Ok(DataSet { train, test, classes, name, hash: hash(&hashes), info })
}

/// One hash over all files: what `sha256sum` prints of the unpacked files under their canonical
/// names, hashed once more, so that a person can redo it in a shell. Of what came in another form it
/// is the hash of the IDX files that `data convert` would write.
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
