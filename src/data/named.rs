//! A well-known set, asked for by name: looked for where programs put it, and checked.

use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

use super::catalogue::Known;
use super::dataset::DataInfo;
use super::error::DataError;
use super::found::{Found, Loaded};
use super::idx::{self, Idx, IdxProblem};

/// Parts of a set in the order of its files.
const PARTS: [&str; 4] = ["train images", "train labels", "test images", "test labels"];

/// The variable that names a folder of data sets.
const VARIABLE: &str = "CGAN_DATA";

/// Loads this set from `path`; where that is empty, from the first place that has it.
///
/// # Errors
/// If it is nowhere, or is not what was published.
pub(super) fn load(known: &Known, path: &str) -> Result<Found, DataError> {
    let files = known.files();
    let Some(dir) = place(known, path) else {
        let (title, remedy) = (known.title, known.remedy());
        return Err(DataError::Absent { title, looked_in: folders(known, path), remedy });
    };
    let mut remarks = Vec::new();
    let [train_images, train_labels, test_images, test_labels] = [0, 1, 2, 3].map(|part| {
        let path = file_in(&dir, &files[part]).ok_or_else(|| DataError::Missing {
            dir: dir.clone(),
            part: PARTS[part],
            looked_for: vec![files[part].clone()],
        })?;
        let (loaded, checked) = read(known, part, &path)?;
        if !checked {
            remarks.push(format!(
                "{} was not checked: of this file only the .gz is known by its hash",
                path.display()
            ));
        }
        Ok::<_, DataError>(loaded)
    });
    let train = [train_images?, train_labels?];
    let test = Some([test_images?, test_labels?]);
    if known.transposed {
        remarks.push(format!(
            "the files of {} hold every image transposed: turned upright here",
            known.title
        ));
    }
    if known.first_label > 0 {
        remarks.push(format!(
            "the labels of {} begin at {} in its files: counted from 0 here",
            known.title, known.first_label
        ));
    }
    let info = DataInfo {
        found: format!("{}, IDX files", dir.display()),
        class_names: known.class_names(),
        licence: Some(known.licence.to_owned()),
        remarks,
    };
    Ok(Found { train, test, name: known.title.to_owned(), info })
}

/// The folder that has it, if any.
pub(super) fn place(known: &Known, path: &str) -> Option<PathBuf> {
    let first = &known.files()[0];
    folders(known, path).into_iter().find(|dir| file_in(dir, first).is_some())
}

/// Where a set is looked for, in this order.
fn folders(known: &Known, path: &str) -> Vec<PathBuf> {
    let places = if path.is_empty() { places() } else { vec![PathBuf::from(path)] };
    // Files of the same names may be of any set, unless somebody says that they are of this one.
    let itself = !path.is_empty() || known.transposed;
    let in_place = |place: PathBuf| {
        let below: Vec<PathBuf> = known.folders.iter().map(|folder| place.join(folder)).collect();
        itself.then_some(place).into_iter().chain(below)
    };
    places.into_iter().flat_map(in_place).collect()
}

fn places() -> Vec<PathBuf> {
    let variable = env::var_os(VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let keras = env::home_dir().map(|home| home.join(".keras/datasets"));
    let debian = PathBuf::from("/usr/share/datasets");
    [variable, Some(PathBuf::from("data")), keras, Some(debian)].into_iter().flatten().collect()
}

fn file_in(dir: &Path, name: &str) -> Option<PathBuf> {
    let zipped = dir.join(format!("{name}.gz"));
    [zipped, dir.join(name)].into_iter().find(|path| path.is_file())
}

/// A file of a set as it is trained on, and whether it could be checked.
fn read(known: &Known, part: usize, path: &Path) -> Result<(Loaded, bool), DataError> {
    let file = path.display().to_string();
    let problem = |problem| DataError::Idx { file: file.clone(), problem };
    let bytes = fs::read(path).map_err(|error| problem(IdxProblem::Read(error)))?;
    let idx = match (part.is_multiple_of(2), file.contains("idx2-int")) {
        (true, _) => idx::read_images(&bytes[..]),
        (false, false) => idx::read_labels(&bytes[..]),
        (false, true) => idx::read_label_table(&bytes[..]),
    }
    .map_err(problem)?;
    let zipped = idx::is_gzip(&bytes);
    let (zipped_wanted, plain_wanted) = (known.zipped[part], known.plain[part]);
    let as_published = zipped && format!("{:x}", Sha256::digest(&bytes)) == zipped_wanted;
    let checked = as_published || idx.sha256 == plain_wanted;
    if !checked && (zipped || !plain_wanted.is_empty()) {
        return Err(DataError::NotAsPublished {
            file,
            title: known.title,
            found: idx.sha256,
            wanted: match plain_wanted {
                "" => format!("the .gz as published has {zipped_wanted}"),
                plain => format!("the unpacked file has {plain}"),
            },
            remedy: known.remedy(),
        });
    }
    let idx = match part % 2 {
        0 if known.transposed => transposed(&idx),
        1 if known.first_label > 0 || file.contains("idx2-int") => {
            counted_from_0(&idx, known.first_label).ok_or_else(|| DataError::FirstLabel {
                file: file.clone(),
                title: known.title,
                first: known.first_label,
            })?
        }
        _ => idx,
    };
    Ok((Loaded { file, idx }, checked))
}

/// Each image with its rows as columns.
fn transposed(images: &Idx) -> Idx {
    let [count, height, width] = images.shape[..] else {
        unreachable!("images have three lengths")
    };
    let mut bytes = Vec::with_capacity(images.bytes.len());
    for image in images.bytes.chunks_exact(height * width) {
        bytes.extend((0..width).flat_map(|x| (0..height).map(move |y| image[y * width + x])));
    }
    Idx::new(vec![count, width, height], bytes)
}

fn counted_from_0(labels: &Idx, first: u8) -> Option<Idx> {
    let bytes: Option<Vec<u8>> =
        labels.bytes.iter().map(|label| label.checked_sub(first)).collect();
    Some(Idx::new(labels.shape.clone(), bytes?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::catalogue::find;

    #[test]
    fn images_are_turned_upright() {
        let images = Idx::new(vec![2, 2, 3], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        let upright = transposed(&images);
        assert_eq!(upright.shape, [2, 3, 2]);
        assert_eq!(upright.bytes, [1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12]);
        assert_eq!(transposed(&upright), images);
    }

    #[test]
    fn a_place_that_is_named_is_the_only_one_and_may_be_the_folder_itself() {
        let said = |name: &str, path: &str| -> Vec<String> {
            let folders = folders(find(name).unwrap(), path);
            folders.iter().map(|dir| dir.display().to_string()).collect()
        };
        assert_eq!(said("kmnist", "x"), ["x", "x/kmnist", "x/KMNIST/raw"]);
        let everywhere = said("fashion-mnist", "");
        assert!(everywhere.contains(&"data/fashion-mnist".to_owned()), "{everywhere:?}");
        assert!(everywhere.contains(&"/usr/share/datasets/fashion-mnist".to_owned()));
        // `data` itself may hold files of the same names of any set.
        assert!(!everywhere.contains(&"data".to_owned()));
        assert!(said("emnist-letters", "").contains(&"data".to_owned()));
    }
}
