//! A folder of pictures for each class, as torchvision's `ImageFolder` has them: `bag/1.png`, or
//! `train/bag/1.png` and `test/bag/2.png`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat, ImageReader};
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::dataset::DataInfo;
use super::found::{Found, Loaded, luma, resize};
use super::idx::Idx;
use super::spread::spread;

/// Ends of names that are taken for pictures.
const PICTURES: [&str; 3] = ["png", "jpg", "jpeg"];
/// Folders that are test sets, the first that is there.
const TEST: [&str; 4] = ["test", "val", "valid", "validation"];
/// Most pictures or sizes that one message names.
const NAMED: usize = 5;

/// Why a folder of pictures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureProblem {
    /// A folder cannot be listed.
    #[error(transparent)]
    Walk(#[from] walkdir::Error),
    /// Classes without a picture.
    #[error("no PNG or JPEG picture in {}", .0.join(", "))]
    EmptyClasses(Vec<String>),
    /// More classes than a label can tell apart.
    #[error("{0} subfolders, where there can be 256 classes")]
    TooManyClasses(usize),
    /// Classes of the test set that training never saw.
    #[error("{test} has the classes {}, which {train} has not", .classes.join(", "))]
    TestClasses {
        /// The test folder.
        test: String,
        /// The train folder.
        train: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// Pictures that cannot be used as they are.
    #[error("{count} of {all} pictures cannot be used: {}{}", .examples.join("; "), more(*.count, .examples.len()))]
    Unusable {
        /// How many.
        count: usize,
        /// Of how many.
        all: usize,
        /// The first of them, each with the reason.
        examples: Vec<String>,
    },
    /// Pictures of several sizes.
    #[error("pictures of several sizes: {}{}; data.size = [28, 28] brings all to one", .sizes.join("; "), more(*.count, .sizes.len()))]
    Sizes {
        /// How many sizes.
        count: usize,
        /// The most frequent, each with how many there are and where the first is.
        sizes: Vec<String>,
    },
}

fn more(count: usize, shown: usize) -> String {
    if count > shown { format!("; and {} more", count - shown) } else { String::new() }
}

/// Whether this folder has subfolders, which may be classes.
pub(super) fn is_one(dir: &Path) -> bool {
    subfolders(dir).is_ok_and(|folders| !folders.is_empty())
}

/// Loads the pictures: classes are the subfolders in order of their names. Pictures have no order of
/// their own, so the classes are spread over the set.
///
/// # Errors
/// Every picture and class that cannot be used.
pub(super) fn load(
    dir: &Path,
    size: Option<(usize, usize)>,
    grey: bool,
    name: &str,
) -> Result<Found, PictureProblem> {
    let below = subfolders(dir)?;
    let mut remarks = Vec::new();
    let (train, test) = if below.iter().any(|folder| folder == "train") {
        let test = TEST.into_iter().find(|test| below.iter().any(|folder| folder == test));
        let other: Vec<String> =
            below.iter().filter(|f| *f != "train" && Some(f.as_str()) != test).cloned().collect();
        if !other.is_empty() {
            remarks.push(format!("left out: the folders {}", other.join(", ")));
        }
        if let Some(test) = test.filter(|test| *test != "test") {
            remarks.push(format!("the folder {test} is taken for test images"));
        }
        (dir.join("train"), test.map(|test| dir.join(test)))
    } else {
        (dir.to_path_buf(), None)
    };
    let classes = subfolders(&train)?;
    if classes.len() > 256 {
        return Err(PictureProblem::TooManyClasses(classes.len()));
    }
    if let Some(test) = &test {
        let unseen: Vec<String> =
            subfolders(test)?.into_iter().filter(|class| !classes.contains(class)).collect();
        if !unseen.is_empty() {
            let (test, train) = (test.display().to_string(), train.display().to_string());
            return Err(PictureProblem::TestClasses { test, train, classes: unseen });
        }
    }
    let listed = [Some(&train), test.as_ref()].into_iter().flatten().map(|part| {
        let (pictures, others) = list(part, &classes)?;
        if let Some(first) = others.first() {
            let count = others.len();
            remarks.push(format!(
                "left out: {count} that is no PNG or JPEG by its name, first {}",
                first.display()
            ));
        }
        Ok(pictures)
    });
    let listed: Vec<Vec<Listed>> = listed.collect::<Result<_, PictureProblem>>()?;
    let read: Vec<Vec<Picture>> = decode(dir, &listed, size, grey)?;
    let mut parts = read.into_iter().zip([Some(&train), test.as_ref()].into_iter().flatten());
    let mut part = || parts.next().map(|(pictures, folder)| gather(folder, &pictures));
    let Some(train) = part() else { unreachable!("the train set is the first part") };
    let info = DataInfo {
        found: format!("{}, a folder of pictures for each class", dir.display()),
        class_names: classes,
        remarks,
        ..DataInfo::default()
    };
    Ok(Found { train, test: part(), name: name.to_owned(), info })
}

/// Names of the subfolders, sorted; hidden ones are none.
fn subfolders(dir: &Path) -> Result<Vec<String>, walkdir::Error> {
    let mut names = Vec::new();
    for entry in WalkDir::new(dir).min_depth(1).max_depth(1).follow_links(true).sort_by_file_name()
    {
        let entry = entry?;
        if entry.file_type().is_dir() && !hidden(&entry) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

fn hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// A picture and its label.
struct Listed {
    path: PathBuf,
    label: u8,
}

/// The pictures of a part, class by class in order of their names; and what else lies there.
fn list(part: &Path, classes: &[String]) -> Result<(Vec<Listed>, Vec<PathBuf>), PictureProblem> {
    let (mut pictures, mut others, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    for (label, class) in classes.iter().enumerate() {
        let folder = part.join(class);
        // A test set need not have every class.
        if !folder.is_dir() {
            continue;
        }
        let before = pictures.len();
        let walk = WalkDir::new(&folder).min_depth(1).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|entry| !hidden(entry)) {
            let entry = entry?;
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.into_path();
            let end = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            if PICTURES.iter().any(|known| end.eq_ignore_ascii_case(known)) {
                pictures.push(Listed { path, label: label as u8 });
            } else {
                others.push(path);
            }
        }
        if pictures.len() == before {
            empty.push(folder.display().to_string());
        }
    }
    if pictures.is_empty() && empty.is_empty() {
        empty.push(part.display().to_string());
    }
    if empty.is_empty() { Ok((pictures, others)) } else { Err(PictureProblem::EmptyClasses(empty)) }
}

/// A decoded picture.
struct Picture {
    label: u8,
    /// Height, width.
    size: (usize, usize),
    pixels: Vec<u8>,
}

/// Decodes all pictures, and says of all that cannot be used.
fn decode(
    dir: &Path,
    parts: &[Vec<Listed>],
    size: Option<(usize, usize)>,
    grey: bool,
) -> Result<Vec<Vec<Picture>>, PictureProblem> {
    let mut unusable = Vec::new();
    let mut sizes: BTreeMap<(usize, usize), (usize, &Path)> = BTreeMap::new();
    let mut read = Vec::new();
    for part in parts {
        let decoded: Vec<_> = part.par_iter().map(|l| open(&l.path, size, grey)).collect();
        let mut pictures = Vec::with_capacity(part.len());
        for (listed, decoded) in part.iter().zip(decoded) {
            let path = listed.path.strip_prefix(dir).unwrap_or(&listed.path);
            match decoded {
                Ok((size, pixels)) => {
                    sizes.entry(size).or_insert((0, path)).0 += 1;
                    pictures.push(Picture { label: listed.label, size, pixels });
                }
                Err(why) => unusable.push(format!("{}: {why}", path.display())),
            }
        }
        read.push(pictures);
    }
    if !unusable.is_empty() {
        let (count, all) = (unusable.len(), parts.iter().map(Vec::len).sum());
        unusable.truncate(NAMED);
        return Err(PictureProblem::Unusable { count, all, examples: unusable });
    }
    if sizes.len() > 1 {
        let mut by_count: Vec<_> = sizes.into_iter().collect();
        by_count.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let said = by_count.iter().take(NAMED).map(|((height, width), (count, first))| {
            format!("{count} of {height} x {width}, such as {}", first.display())
        });
        return Err(PictureProblem::Sizes { count: by_count.len(), sizes: said.collect() });
    }
    Ok(read)
}

/// Size and grey pixels of one picture, or why it cannot be used.
fn open(
    path: &Path,
    size: Option<(usize, usize)>,
    grey: bool,
) -> Result<((usize, usize), Vec<u8>), String> {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let reader = reader.map_err(|error| format!("cannot be read: {error}"))?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err("is no PNG or JPEG, whatever its name says".to_owned());
    }
    let picture = reader.decode().map_err(|error| format!("is broken: {error}"))?;
    let from = (picture.height() as usize, picture.width() as usize);
    let pixels = match picture {
        DynamicImage::ImageLuma8(pixels) => pixels.into_raw(),
        DynamicImage::ImageLumaA8(_) | DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => {
            let colours = picture.into_rgba8();
            if colours.pixels().any(|pixel| pixel.0[3] < 255) {
                return Err("is transparent in parts: lay it on a background".to_owned());
            }
            let colours = || colours.pixels().map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]);
            if !grey && colours().any(|[red, green, blue]| red != green || green != blue) {
                return Err("is in colour: data.grey = true turns it to grey".to_owned());
            }
            colours().map(luma).collect()
        }
        _ => return Err("has more than 8 bits a channel: save it with 8".to_owned()),
    };
    Ok(match size {
        Some(size) if size != from => (size, resize(pixels, from, size)),
        _ => (from, pixels),
    })
}

/// The pictures of a part, which are all of one size, as IDX files would hold them.
fn gather(folder: &Path, pictures: &[Picture]) -> [Loaded; 2] {
    let labels: Vec<u8> = pictures.iter().map(|picture| picture.label).collect();
    let order = spread(&labels);
    let (height, width) = pictures.first().map_or((0, 0), |picture| picture.size);
    let mut bytes = Vec::with_capacity(pictures.len() * height * width);
    order.iter().for_each(|&i| bytes.extend(&pictures[i].pixels));
    let labels = order.iter().map(|&i| labels[i]).collect();
    let file = folder.display().to_string();
    [
        Loaded { file: file.clone(), idx: Idx::new(vec![pictures.len(), height, width], bytes) },
        Loaded { file, idx: Idx::new(vec![pictures.len()], labels) },
    ]
}
