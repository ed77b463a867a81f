//! Data sets from folders: what loads, and what is refused with which words.

use std::fs;
use std::io::Write;
use std::path::Path;

use cgan_sweep::data::DataSet;
use cgan_sweep::spec::DataSettings;

fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    file.extend(shape.iter().flat_map(|d| d.to_be_bytes()));
    file.extend(bytes);
    file
}

fn images(count: u32, height: u32, width: u32) -> Vec<u8> {
    let bytes: Vec<u8> = (0..count * height * width).map(|i| i as u8).collect();
    idx(&[count, height, width], &bytes)
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(&[labels.len() as u32], labels)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder of three train and two test images of 2 x 3 pixels, 3 classes.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("data 'set' \"3\"").tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    put("train-images-idx3-ubyte", &images(3, 2, 3));
    put("train-labels-idx1-ubyte", &labels(&[2, 0, 1]));
    put("t10k-images-idx3-ubyte", &images(2, 2, 3));
    put("t10k-labels-idx1-ubyte", &labels(&[1, 1]));
    dir
}

fn settings(dir: &Path, subset: usize) -> DataSettings {
    DataSettings { path: dir.to_str().unwrap().to_owned(), subset, ..DataSettings::default() }
}

/// What loading this folder says, with the folder's own path as `DIR`.
fn refusal(dir: &Path, subset: usize) -> String {
    let settings = settings(dir, subset);
    let said = DataSet::load(&settings).unwrap_err().to_string();
    let name = dir.file_name().unwrap().to_str().unwrap();
    said.replace(&settings.path, "DIR").replace(name, "NAME")
}

#[test]
fn the_default_is_the_embedded_mnist() {
    let all = DataSet::load(&DataSettings::default()).unwrap();
    assert_eq!((all.name.as_str(), all.classes), ("MNIST", 10));
    assert_eq!((all.train.len(), all.train.height, all.train.width), (60_000, 28, 28));
    assert_eq!(all.train.pixels.len(), 60_000 * 784);
    assert_eq!(all.test.as_ref().map(|t| t.len()), Some(10_000));
    assert_eq!(all.train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    // (cd data/mnist && gunzip -k *.gz && sha256sum train-images* train-labels* t10k-images*
    // t10k-labels* | sha256sum), with the unpacked files alone.
    assert_eq!(all.hash, "d0a3eec1f5a454401d758fdbf15b9b0163a7034963586d671960c180b97e2c1a");

    let some = DataSet::load(&DataSettings { subset: 100, ..DataSettings::default() }).unwrap();
    assert_eq!((some.train.len(), some.train.pixels.len()), (100, 78_400));
    assert_eq!(some.train.labels, all.train.labels[..100]);
    assert_eq!((&some.hash, some.classes), (&all.hash, 10));
}

#[test]
fn mnist_is_known_by_its_content() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
    let set = DataSet::load(&settings(&dir, 0)).unwrap();
    let embedded = DataSet::load(&DataSettings::default()).unwrap();
    assert!(set.train == embedded.train && set.test == embedded.test);
    assert_eq!((&set.name, &set.hash, set.classes), (&embedded.name, &embedded.hash, 10));
    assert_eq!(set.info.licence, embedded.info.licence);
}

#[test]
fn a_folder_loads_under_every_usual_name() {
    let dir = folder();
    let first = DataSet::load(&settings(dir.path(), 0)).unwrap();
    assert_eq!((first.classes, first.train.height, first.train.width), (3, 2, 3));
    assert_eq!(first.name, dir.path().file_name().unwrap().to_str().unwrap());

    for (from, to, zipped) in [
        ("train-images-idx3-ubyte", "train-images.idx3-ubyte", false),
        ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz", true),
        ("t10k-images-idx3-ubyte", "test-images-idx3-ubyte.gz", true),
        // Gzip is seen by content, whatever the name says.
        ("t10k-labels-idx1-ubyte", "test-labels.idx1-ubyte", true),
    ] {
        let bytes = fs::read(dir.path().join(from)).unwrap();
        fs::remove_file(dir.path().join(from)).unwrap();
        let bytes = if zipped { gzip(&bytes) } else { bytes };
        fs::write(dir.path().join(to), bytes).unwrap();
    }
    assert_eq!(DataSet::load(&settings(dir.path(), 0)).unwrap(), first);
}

#[test]
fn test_files_are_optional() {
    let dir = folder();
    let with = DataSet::load(&settings(dir.path(), 0)).unwrap();
    fs::remove_file(dir.path().join("t10k-images-idx3-ubyte")).unwrap();
    fs::remove_file(dir.path().join("t10k-labels-idx1-ubyte")).unwrap();
    let without = DataSet::load(&settings(dir.path(), 2)).unwrap();
    assert_eq!(without.test, None);
    assert_eq!((without.train.labels.as_slice(), without.classes), ([2, 0].as_slice(), 3));
    assert_ne!(with.hash, without.hash);
}

#[test]
fn what_does_not_fit_is_refused() {
    type Change<'a> = (&'a str, Option<Vec<u8>>);
    let cases: Vec<(&str, Change)> = vec![
        ("no train labels", ("train-labels-idx1-ubyte", None)),
        ("no test labels", ("t10k-labels-idx1-ubyte", None)),
        ("no test images", ("t10k-images-idx3-ubyte", None)),
        ("images as labels", ("train-labels-idx1-ubyte", Some(images(3, 2, 3)))),
        ("too few labels", ("train-labels-idx1-ubyte", Some(labels(&[0, 1])))),
        ("too many test labels", ("t10k-labels-idx1-ubyte", Some(labels(&[0, 1, 2])))),
        ("one class", ("train-labels-idx1-ubyte", Some(labels(&[0, 0, 0])))),
        ("one class, not 0", ("train-labels-idx1-ubyte", Some(labels(&[4, 4, 4])))),
        ("unseen test label", ("t10k-labels-idx1-ubyte", Some(labels(&[1, 3])))),
        ("other size", ("t10k-images-idx3-ubyte", Some(images(2, 3, 3)))),
        ("truncated", ("train-images-idx3-ubyte", Some(images(3, 2, 3)[..30].to_vec()))),
        ("empty file", ("train-images-idx3-ubyte", Some(vec![]))),
        ("no images", ("train-images-idx3-ubyte", Some(images(0, 2, 3)))),
    ];
    let mut said = Vec::new();
    for (name, (file, bytes)) in cases {
        let dir = folder();
        match bytes {
            Some(bytes) => fs::write(dir.path().join(file), bytes).unwrap(),
            None => fs::remove_file(dir.path().join(file)).unwrap(),
        }
        said.push(format!("{name}: {}", refusal(dir.path(), 0)));
    }
    let dir = folder();
    said.push(format!("subset: {}", refusal(dir.path(), 4)));
    said.push(format!("no folder: {}", refusal(&dir.path().join("x"), 0)));
    let file = dir.path().join("t10k-labels-idx1-ubyte");
    said.push(format!("a file: {}", refusal(&file, 0)));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    said.push(format!("a folder as a file: {}", refusal(dir.path(), 0)));
    insta::assert_snapshot!(said.join("\n"));
}
