//! Arrays of images and labels in one `.npz` file, under the names that Keras and MedMNIST use.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zip::ZipArchive;

use super::dataset::DataInfo;
use super::found::{Found, Loaded, luma};
use super::idx::{Idx, MAX_BYTES};
use crate::error::Error;
use crate::files::Array;

/// Names of train images, train labels, test images, test labels; whose they are.
const LAYOUTS: [([&str; 4], &str); 3] = [
    (["x_train", "y_train", "x_test", "y_test"], "Keras"),
    (["train_images", "train_labels", "test_images", "test_labels"], "MedMNIST"),
    (["images", "labels", "test_images", "test_labels"], "plain"),
];

/// Why a file of arrays cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NpzProblem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// No zip, or a damaged one.
    #[error("is no .npz file: {0} (damaged, or a partial download?)")]
    Zip(#[from] zip::result::ZipError),
    /// Under none of the usual names.
    #[error(
        "has the arrays {}; looked for x_train and y_train, train_images and train_labels, images and labels",
        .0.join(", ")
    )]
    Names(Vec<String>),
    /// Images without labels, or labels without images.
    #[error("has {0}, but no {1}")]
    Alone(&'static str, &'static str),
    /// More than this program would hold in memory.
    #[error("{0}: more than {MAX_BYTES} bytes")]
    TooLarge(&'static str),
    /// An array that is none.
    #[error("{name}: {problem:#}")]
    Array {
        /// Its name.
        name: &'static str,
        /// Why.
        problem: Error,
    },
    /// An array that holds something else.
    #[error("{name}: {why}")]
    Other {
        /// Its name.
        name: &'static str,
        /// What it holds, and what to do.
        why: String,
    },
}

/// Loads the images and labels in this file; with `grey`, colour is turned to grey.
///
/// # Errors
/// Why not.
pub(super) fn load(path: &Path, grey: bool, name: &str) -> Result<Found, NpzProblem> {
    let mut archive = ZipArchive::new(File::open(path)?)?;
    let mut there = Vec::new();
    for file in archive.file_names() {
        let file = file?;
        there.push(file.strip_suffix(".npy").unwrap_or(&file).to_owned());
    }
    let has = |name: &str| there.iter().any(|n| n == name);
    let layout = LAYOUTS.iter().find(|(names, _)| has(names[0]) || has(names[1]));
    let Some((names, whose)) = layout else { return Err(NpzProblem::Names(there)) };
    let [train_images, train_labels, test_images, test_labels] = *names;
    let mut remarks = Vec::new();
    let mut pair = |images: &'static str, labels: &'static str| {
        match (has(images), has(labels)) {
            (true, false) => return Err(NpzProblem::Alone(images, labels)),
            (false, true) => return Err(NpzProblem::Alone(labels, images)),
            _ => {}
        }
        let loaded = |name: &str, idx| Loaded { file: format!("{}: {name}", path.display()), idx };
        let (pixels, colourless) = read_images(&mut archive, images, grey)?;
        if colourless {
            remarks.push(format!("{images} has three equal channels: one of them is taken"));
        }
        Ok([loaded(images, pixels), loaded(labels, read_labels(&mut archive, labels)?)])
    };
    let train = pair(train_images, train_labels)?;
    let test = if has(test_images) || has(test_labels) {
        Some(pair(test_images, test_labels)?)
    } else {
        None
    };
    let other = there.iter().filter(|n| !names.contains(&n.as_str())).cloned().collect::<Vec<_>>();
    if !other.is_empty() {
        remarks.push(format!("left out: the arrays {}", other.join(", ")));
    }
    let found = format!("{}, arrays as {whose} names them", path.display());
    let info = DataInfo { found, remarks, ..DataInfo::default() };
    Ok(Found { train, test, name: name.to_owned(), info })
}

fn read(archive: &mut ZipArchive<File>, name: &'static str) -> Result<Array, NpzProblem> {
    let mut bytes = Vec::new();
    // One more than may be: a header does not have to be believed.
    archive.by_name(&format!("{name}.npy"))?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(NpzProblem::TooLarge(name));
    }
    Array::parse(&bytes).map_err(|problem| NpzProblem::Array { name, problem })
}

/// Grey images, and whether they are a channel of three that are equal.
fn read_images(
    archive: &mut ZipArchive<File>,
    name: &'static str,
    grey: bool,
) -> Result<(Idx, bool), NpzProblem> {
    let array = read(archive, name)?;
    let other = |why: String| NpzProblem::Other { name, why };
    if array.kind() != "u1" {
        return Err(other(format!(
            "the type is {}; needed is uint8: for pixels in [0, 1] save (255 * x).round().astype('uint8')",
            array.descr()
        )));
    }
    let shape: Vec<usize> = array.shape().iter().map(|&n| n as usize).collect();
    let (lengths, channels) = match shape[..] {
        [n, h, w] | [n, h, w, 1] | [n, 1, h, w] => ([n, h, w], 1),
        [n, h, w, 3] => ([n, h, w], 3),
        _ => {
            let needed = "needed is [n, height, width], or [n, height, width, 3] in colour";
            return Err(other(format!("the shape is {shape:?}; {needed}")));
        }
    };
    if lengths.contains(&0) {
        return Err(other(format!("holds nothing: its shape is {shape:?}")));
    }
    let bytes = array.values::<u8>().map_err(|problem| NpzProblem::Array { name, problem })?;
    if channels == 1 {
        return Ok((Idx::new(lengths.to_vec(), bytes), false));
    }
    let colourless = bytes.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b);
    if !colourless && !grey {
        return Err(other(format!(
            "the images are in colour, of shape {shape:?}: data.grey = true turns them to grey"
        )));
    }
    let pixels = bytes.as_chunks::<3>().0.iter().map(|colour| luma(*colour)).collect();
    Ok((Idx::new(lengths.to_vec(), pixels), colourless))
}

fn read_labels(archive: &mut ZipArchive<File>, name: &'static str) -> Result<Idx, NpzProblem> {
    let array = read(archive, name)?;
    let other = |why: String| NpzProblem::Other { name, why };
    match array.shape() {
        [_] | [_, 1] => {}
        [_, columns] => {
            return Err(other(format!(
                "{columns} numbers an image, where one label is needed: of one-hot rows save {name}.argmax(1)"
            )));
        }
        shape => return Err(other(format!("the shape is {shape:?}; needed is [n]"))),
    }
    let wide = array.integers().map_err(|problem| NpzProblem::Array { name, problem })?;
    let labels: Result<Vec<u8>, NpzProblem> = wide
        .iter()
        .enumerate()
        .map(|(index, &label)| {
            u8::try_from(label).map_err(|_| {
                other(format!("image {index} has label {label}, where labels are from 0 to 255"))
            })
        })
        .collect();
    let labels = labels?;
    if labels.is_empty() {
        return Err(other("holds nothing".to_owned()));
    }
    Ok(Idx::new(vec![labels.len()], labels))
}
