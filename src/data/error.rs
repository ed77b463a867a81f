//! Why there is no data to train on.

use std::path::PathBuf;

use super::idx::IdxProblem;
use super::npz::NpzProblem;
use super::pictures::PictureProblem;

/// Why there is no data to train on.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The path is not there.
    #[error("data path {}: {source}", .path.display())]
    Path {
        /// As written in the settings.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is no data set.
    #[error("data path {}: a file, but no .npz; name the folder that it lies in", .0.display())]
    File(PathBuf),
    /// A folder without anything to train on.
    #[error(
        "data folder {}: neither IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, plain or .gz) nor a \
         subfolder of PNG or JPEG pictures for each class; arrays are named by their file, such as NAME.npz",
        .0.display()
    )]
    Nothing(PathBuf),
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
    /// A well-known set that is nowhere.
    #[error(
        "{title} is not on this machine; looked in {}; {remedy}, or name the folder it is in as data.path or \
         CGAN_DATA",
        list(.looked_in)
    )]
    Absent {
        /// What people call it.
        title: &'static str,
        /// The folders.
        looked_in: Vec<PathBuf>,
        /// What to do.
        remedy: String,
    },
    /// A file that is not what its name says.
    #[error(
        "{file} is not {title} as published: SHA-256 {found} unpacked, where {wanted}; {remedy}"
    )]
    NotAsPublished {
        /// The file.
        file: String,
        /// What people call the set.
        title: &'static str,
        /// The hash of its unpacked bytes.
        found: String,
        /// Which hash which file should have.
        wanted: String,
        /// What to do.
        remedy: String,
    },
    /// Labels that do not begin where the set's labels begin.
    #[error("{file} is not {title} as published: it has labels below {first}")]
    FirstLabel {
        /// The file.
        file: String,
        /// What people call the set.
        title: &'static str,
        /// The first label.
        first: u8,
    },
    /// One file cannot be used.
    #[error("{file}: {problem}")]
    Idx {
        /// The file, or the embedded one's name.
        file: String,
        /// Why.
        problem: IdxProblem,
    },
    /// A file of arrays cannot be used.
    #[error("{}: {problem}", .file.display())]
    Npz {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: NpzProblem,
    },
    /// A folder of pictures cannot be used.
    #[error("data folder {}: {problem}", .dir.display())]
    Pictures {
        /// The folder.
        dir: PathBuf,
        /// Why.
        problem: PictureProblem,
    },
    /// `classes.txt` does not name the classes.
    #[error("{}: {why}", .file.display())]
    ClassNames {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
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

fn list(folders: &[PathBuf]) -> String {
    let folders: Vec<String> = folders.iter().map(|dir| dir.display().to_string()).collect();
    folders.join(", ")
}
