//! Images in the forms people have: sets by name, arrays, pictures; `data show` and `data convert`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use cgan_sweep::cli::Cli;
use cgan_sweep::commands;
use cgan_sweep::data::DataSet;
use cgan_sweep::files::Array;
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan;
use cgan_sweep::spec::{self, DataSettings, Overrides};
use clap::Parser;
use image::{GrayImage, ImageBuffer, Luma, LumaA, Rgb};
use tempfile::TempDir;

use crate::support::{idx, npy};

/// What numpy and Pillow wrote (`tests/data/forms/make.py`).
fn form(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forms").join(name)
}

/// An array of `wanted.npz`: the images as Pillow has them.
fn wanted(name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(File::open(form("wanted.npz")).unwrap()).unwrap();
    let mut bytes = Vec::new();
    std::io::copy(&mut archive.by_name(&format!("{name}.npy")).unwrap(), &mut bytes).unwrap();
    Array::parse(&bytes).unwrap().values().unwrap()
}

fn at(path: &Path) -> DataSettings {
    DataSettings { path: path.to_str().unwrap().to_owned(), ..DataSettings::default() }
}

fn grey(path: &Path) -> DataSettings {
    DataSettings { grey: true, ..at(path) }
}

/// Why this set cannot be used, without the place that it lies in.
fn refusal(settings: &DataSettings, place: &Path) -> String {
    let error = DataSet::load(settings).unwrap_err().to_string();
    error.replace(&place.display().to_string(), "DIR")
}

/// What a command says, without the place that its files lie in.
fn said(place: &Path, arguments: &[&str]) -> String {
    let cli = Cli::try_parse_from(["cgan-sweep"].iter().chain(arguments)).unwrap();
    let mut said = Vec::new();
    if let Err(error) = commands::run(&Cgan, &cli, &mut said) {
        commands::explain(&error, &mut said);
    }
    String::from_utf8(said).unwrap().replace(&place.display().to_string(), "DIR")
}

#[test]
fn arrays_of_keras_are_read_as_numpy_wrote_them() {
    let set = DataSet::load(&at(&form("keras.npz"))).unwrap();
    assert_eq!((set.name.as_str(), set.classes), ("keras", 3));
    assert_eq!((set.train.len(), set.train.height, set.train.width), (12, 4, 5));
    assert_eq!(set.train.pixels, wanted("grey"));
    assert_eq!(set.train.labels, [2, 0, 1, 1, 2, 0, 0, 1, 2, 2, 1, 0]);
    let test = set.test.as_ref().unwrap();
    assert_eq!(test.labels, set.train.labels[..6]);
    // Turned upside down: the first row of a test image is the last one of its train image.
    assert_eq!(test.pixels[..5], set.train.pixels[15..20]);
    assert_eq!(set.info.remarks, [""; 0]);
}

#[test]
fn colour_is_turned_to_grey_only_when_asked_and_as_pillow_does() {
    let file = form("medmnist.npz");
    assert_eq!(
        refusal(&at(&file), file.parent().unwrap()),
        "DIR/medmnist.npz: train_images: the images are in colour, of shape [12, 4, 5, 3]: data.grey = true turns them \
         to grey"
    );
    let set = DataSet::load(&grey(&file)).unwrap();
    assert_eq!(set.train.pixels, wanted("colour_as_grey"));
    assert_eq!(set.train.labels, [2, 0, 1, 1, 2, 0, 0, 1, 2, 2, 1, 0]);
    assert_eq!(set.test.as_ref().unwrap().len(), 6);
    assert_eq!(set.info.remarks, ["left out: the arrays val_images, val_labels"]);
}

#[test]
fn pictures_are_read_by_class_and_their_classes_take_turns() {
    let set = DataSet::load(&at(&form("pictures"))).unwrap();
    assert_eq!(set.info.class_names, ["ankle boot", "bag"]);
    assert_eq!(set.train.labels, [0, 1, 0, 1, 0, 1]);
    let test = set.test.as_ref().unwrap();
    assert_eq!((test.labels.as_slice(), test.height, test.width), ([0, 1].as_slice(), 16, 12));
    let wanted = wanted("pictures");
    let wanted: Vec<&[u8]> = wanted.chunks(16 * 12).collect();
    let read: Vec<&[u8]> = set.train.pixels.chunks(16 * 12).collect();
    let off = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    for (place, of_pillow) in [(0, 0), (2, 1), (1, 3), (3, 4)] {
        assert_eq!(off(read[place], wanted[of_pillow]), 0, "{of_pillow}");
    }
    // Decoders of JPEG may round differently.
    assert!(off(read[4], wanted[2]) <= 2 && off(read[5], wanted[5]) <= 2);
    assert_eq!(off(&test.pixels[..192], wanted[6]), 0);
    let form = form("pictures").display().to_string();
    let remarks: Vec<String> = set.info.remarks.iter().map(|r| r.replace(&form, "DIR")).collect();
    assert_eq!(
        remarks,
        ["left out: 1 that is no PNG or JPEG by its name, first DIR/train/bag/notes.txt"]
    );
}

#[test]
fn sizes_change_as_pillow_changes_them() {
    for (name, size) in [("small", (8, 6)), ("large", (20, 18))] {
        let settings = DataSettings { size: Some(size), ..at(&form("pictures")) };
        let set = DataSet::load(&settings).unwrap();
        let wanted = wanted(name);
        let each = size.0 * size.1;
        for (place, of_pillow) in [(0, 0), (2, 1), (1, 3), (3, 4)] {
            let read = &set.train.pixels[place * each..(place + 1) * each];
            let off = read.iter().zip(&wanted[of_pillow * each..]).map(|(a, b)| a.abs_diff(*b));
            assert!(off.max().unwrap() <= 1, "{name} {of_pillow}");
        }
    }
    // Arrays and IDX files too.
    let settings = DataSettings { size: Some((8, 8)), ..at(&form("keras.npz")) };
    let set = DataSet::load(&settings).unwrap();
    assert_eq!((set.train.height, set.train.width, set.train.pixels.len()), (8, 8, 12 * 64));
    assert_eq!(set.test.as_ref().unwrap().height, 8);
}

#[test]
fn a_converted_set_is_the_same_set() {
    let dir = TempDir::new().unwrap();
    for (name, settings) in
        [("keras.npz", at(&form("keras.npz"))), ("pictures", at(&form("pictures")))]
    {
        let out = dir.path().join(name.replace('.', "-"));
        let data = form(name);
        let text =
            said(dir.path(), &["data", "convert", data.to_str().unwrap(), out.to_str().unwrap()]);
        let (was, is) = (DataSet::load(&settings).unwrap(), DataSet::load(&at(&out)).unwrap());
        assert!(text.ends_with(&format!("hash {}\n", was.hash)), "{text}");
        assert_eq!(is.hash, was.hash);
        assert_eq!((&is.train, &is.test, is.classes), (&was.train, &was.test, was.classes));
        assert_eq!(is.info.class_names, was.info.class_names);
        // Never over what is there.
        let text =
            said(dir.path(), &["data", "convert", data.to_str().unwrap(), out.to_str().unwrap()]);
        assert!(text.ends_with("is not empty: name another folder\n"), "{text}");
    }
}

/// The key of the only run of an experiment with these lines.
fn key(place: &Path, lines: &str) -> String {
    let file = place.join("x.toml");
    fs::write(&file, format!("experiment = {{ question = \"?\", seeds = [1] }}\n{lines}\n"))
        .unwrap();
    let experiment = spec::load(&file, &Overrides::default(), Cgan.schema()).unwrap();
    let plan = plan::plan(&Cgan, &experiment, DataSet::load).unwrap();
    plan.runs[0].key.clone()
}

#[test]
fn a_run_is_known_by_its_images_however_they_are_asked_for() {
    let dir = TempDir::new().unwrap();
    let (keras, out) = (form("keras.npz").display().to_string(), dir.path().join("keras"));
    said(dir.path(), &["data", "convert", &keras, out.to_str().unwrap()]);
    let wanted = key(dir.path(), &format!("data.path = '{keras}'"));
    for lines in [
        format!("data.path = '{}'", out.display()),
        // What the setting was called before.
        format!("data.dir = '{}'", out.display()),
        format!("data.path = '{keras}'\ndata.grey = true\ndata.size = [4, 5]"),
    ] {
        assert_eq!(key(dir.path(), &lines), wanted, "{lines}");
    }
    assert_ne!(key(dir.path(), &format!("data.path = '{keras}'\ndata.size = [5]")), wanted);
    assert_ne!(key(dir.path(), &format!("data.path = '{keras}'\ndata.subset = 12")), wanted);
    assert_eq!(key(dir.path(), "data.name = 'mnist'"), key(dir.path(), ""));
}

#[test]
fn classes_that_lie_in_order_are_said_and_mixed_when_asked() {
    let dir = TempDir::new().unwrap();
    let sorted = dir.path().join("sorted");
    fs::create_dir(&sorted).unwrap();
    fs::write(sorted.join("train-images-idx3-ubyte"), idx(&[6, 1, 1], &[1, 2, 3, 4, 5, 6]))
        .unwrap();
    fs::write(sorted.join("train-labels-idx1-ubyte"), idx(&[6], &[1, 1, 1, 1, 2, 2])).unwrap();
    insta::assert_snapshot!(said(dir.path(), &["data", "show", sorted.to_str().unwrap()]));
    let mixed = dir.path().join("mixed");
    said(
        dir.path(),
        &["data", "convert", "--spread", sorted.to_str().unwrap(), mixed.to_str().unwrap()],
    );
    let set = DataSet::load(&at(&mixed)).unwrap();
    assert_eq!(set.train.labels, [1, 2, 1, 1, 2, 1]);
    assert_eq!(set.train.pixels, [1, 5, 2, 3, 6, 4]);
    assert_eq!(set.info.remarks, [""; 0]);
}

#[test]
fn a_set_is_shown_with_a_contact_sheet() {
    let dir = TempDir::new().unwrap();
    let sheet = dir.path().join("sheet.png");
    let (data, sheet) = (form("pictures"), sheet.to_str().unwrap());
    let text = said(dir.path(), &["data", "show", data.to_str().unwrap(), "--sheet", sheet]);
    insta::assert_snapshot!(text.replace(&data.display().to_string(), "PICTURES"));
    let picture = image::open(sheet).unwrap().into_luma8();
    assert_eq!(picture.dimensions(), (20 * 12, 2 * 16));
    let set = DataSet::load(&at(&data)).unwrap();
    // The second picture of the second class; no third neighbour's neighbour.
    assert_eq!(picture.get_pixel(12, 16).0[0], set.train.pixels[3 * 192]);
    assert!((36..240).all(|x| picture.get_pixel(x, 5).0[0] == 0));
}

/// A file of arrays.
fn npz(file: &Path, arrays: &[(&str, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(File::create(file).unwrap());
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn arrays_that_cannot_be_used_say_what_they_are_and_what_to_do() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("mine.npz");
    let x = || ("x_train", npy("|u1", "2, 2, 2", &[7; 8]));
    let y = || ("y_train", npy("|u1", "2,", &[0, 1]));
    let labels = |bytes: Vec<u8>| vec![x(), ("y_train", bytes)];
    let images = |bytes: Vec<u8>| vec![("x_train", bytes), y()];
    type Arrays = Vec<(&'static str, Vec<u8>)>;
    let cases: Vec<(&str, Arrays)> = vec![
        ("other names", vec![("arr_0", npy("|u1", "2, 2, 2", &[7; 8]))]),
        ("no labels", vec![x()]),
        ("no images", vec![y()]),
        ("test images alone", vec![x(), y(), ("x_test", npy("|u1", "2, 2, 2", &[7; 8]))]),
        ("floats", images(npy("<f4", "2, 2, 2", &[0; 32]))),
        ("flat images", images(npy("|u1", "2, 4", &[7; 8]))),
        ("transparent", images(npy("|u1", "2, 2, 2, 4", &[7; 32]))),
        ("no rows", images(npy("|u1", "2, 0, 2", &[]))),
        ("cut short", images(npy("|u1", "2, 2, 2", &[7; 7]))),
        ("one-hot", labels(npy("|u1", "2, 2", &[0, 1, 1, 0]))),
        ("a label below 0", labels(npy("|i1", "2,", &[0, 255]))),
        ("a label above 255", labels(npy("<i2", "2,", &[0, 0, 0, 1]))),
        ("labels that are floats", labels(npy("<f4", "2,", &[0; 8]))),
        ("no label", labels(npy("|u1", "0,", &[]))),
        ("three labels", labels(npy("|u1", "3,", &[0, 1, 1]))),
        ("one class", labels(npy("|u1", "2,", &[1, 1]))),
    ];
    let mut lines = Vec::new();
    for (name, arrays) in cases {
        npz(&file, &arrays);
        lines.push(format!("{name}: {}", refusal(&at(&file), dir.path())));
    }
    fs::write(&file, b"no zip at all").unwrap();
    lines.push(format!("no zip: {}", refusal(&at(&file), dir.path())));
    fs::write(dir.path().join("mine.csv"), b"1,2").unwrap();
    lines.push(format!("csv: {}", refusal(&at(&dir.path().join("mine.csv")), dir.path())));
    insta::assert_snapshot!(lines.join("\n"));

    // Channels first, and three equal channels, are grey.
    npz(&file, &[("x_train", npy("|u1", "2, 1, 2, 3", &[7; 12])), y()]);
    assert_eq!(DataSet::load(&at(&file)).unwrap().train.width, 3);
    npz(&file, &[("x_train", npy("|u1", "2, 2, 2, 3", &[7; 24])), y()]);
    let set = DataSet::load(&at(&file)).unwrap();
    assert_eq!(set.train.pixels, [7; 8]);
    assert_eq!(set.info.remarks[0], "x_train has three equal channels: one of them is taken");
}

#[test]
fn pictures_that_cannot_be_used_are_named() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("mine");
    let put = |name: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    let square = |side| GrayImage::from_pixel(side, side, Luma([9]));
    let mut lines = Vec::new();
    let mut refused =
        |name: &str| lines.push(format!("{name}: {}", refusal(&at(&root), dir.path())));
    fs::create_dir(&root).unwrap();
    refused("nothing");
    square(4).save(put("1.png")).unwrap();
    refused("no folder a class");
    square(4).save(put("a/1.png")).unwrap();
    refused("one class");
    fs::create_dir(root.join("b")).unwrap();
    fs::write(put("c/readme.txt"), "x").unwrap();
    refused("empty classes");
    square(4).save(put("b/1.png")).unwrap();
    square(5).save(put("c/1.png")).unwrap();
    square(4).save(put("c/2.png")).unwrap();
    refused("sizes");
    assert!(DataSet::load(&DataSettings { size: Some((4, 4)), ..at(&root) }).is_ok());
    fs::write(put("a/cut.png"), &fs::read(root.join("a/1.png")).unwrap()[..50]).unwrap();
    fs::write(put("a/none.jpg"), b"<html>not found</html>").unwrap();
    fs::write(put("a/empty.png"), b"").unwrap();
    ImageBuffer::from_pixel(4, 4, Rgb([9_u8, 8, 7])).save(put("b/colour.png")).unwrap();
    ImageBuffer::from_pixel(4, 4, LumaA([9_u8, 0])).save(put("b/glass.png")).unwrap();
    ImageBuffer::from_pixel(4, 4, Luma([900_u16])).save(put("b/deep.png")).unwrap();
    refused("each its own fault");
    let parts = dir.path().join("parts");
    let put = |name: &str| {
        let path = parts.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        square(4).save(path).unwrap();
    };
    for name in ["train/a/1.png", "train/b/1.png", "val/a/1.png", "val/new/1.png", "old/a/1.png"] {
        put(name);
    }
    lines.push(format!("unseen class: {}", refusal(&at(&parts), dir.path())));
    fs::remove_dir_all(parts.join("val/new")).unwrap();
    let set = DataSet::load(&at(&parts)).unwrap();
    lines.extend(set.info.remarks.iter().cloned());
    insta::assert_snapshot!(lines.join("\n"));
}

/// A folder of IDX files under the names of a set, small ones that nobody published.
fn published(dir: &Path, prefix: &str, test: &str, classes: &[u8]) {
    let n = classes.len() as u32;
    for part in ["train", test] {
        let pixels: Vec<u8> = (0..n * 6).map(|i| i as u8).collect();
        let file = |kind: &str| dir.join(format!("{prefix}{part}-{kind}-ubyte"));
        fs::write(file("images-idx3"), idx(&[n, 2, 3], &pixels)).unwrap();
        fs::write(file("labels-idx1"), idx(&[n], classes)).unwrap();
    }
}

#[test]
fn sets_by_name_are_checked_and_their_traps_are_handled() {
    let dir = TempDir::new().unwrap();
    let by_name = |name: &str| DataSettings { name: name.to_owned(), ..at(dir.path()) };
    let mut lines: Vec<String> = ["fashion-mnist", "emnist-letters", "qmnist", "mnist"]
        .map(|name| format!("{name}: {}", refusal(&by_name(name), dir.path())))
        .to_vec();
    published(dir.path(), "", "t10k", &[0, 1, 2]);
    lines.push(format!("other images: {}", refusal(&by_name("fashion-mnist"), dir.path())));

    let letters: Vec<u8> = (1..=26).collect();
    published(dir.path(), "emnist-letters-", "test", &letters);
    let set = DataSet::load(&by_name("emnist-letters")).unwrap();
    assert_eq!(
        (set.classes, set.train.labels[25], set.info.class_names[25].as_str()),
        (26, 25, "Z")
    );
    assert_eq!((set.train.height, set.train.width), (3, 2));
    assert_eq!(set.train.pixels[..6], [0, 3, 1, 4, 2, 5]);
    lines.extend(
        set.info.remarks.iter().map(|r| r.replace(&dir.path().display().to_string(), "DIR")),
    );
    published(dir.path(), "emnist-letters-", "test", &[0, 1, 2]);
    lines.push(format!("labels from 0: {}", refusal(&by_name("emnist-letters"), dir.path())));
    published(dir.path(), "emnist-letters-", "test", &letters);
    fs::remove_file(dir.path().join("emnist-letters-test-labels-idx1-ubyte")).unwrap();
    lines.push(format!("a file is missing: {}", refusal(&by_name("emnist-letters"), dir.path())));

    // QMNIST's labels are a table of 32-bit integers, whose hash is known.
    fs::write(dir.path().join("qmnist-train-images-idx3-ubyte"), idx(&[2, 2, 3], &[0; 12]))
        .unwrap();
    let mut table = idx(&[2, 8], &[0, 0, 0, 5].repeat(16));
    table[2] = 0x0c;
    fs::write(dir.path().join("qmnist-train-labels-idx2-int"), table).unwrap();
    lines.push(format!("other labels: {}", refusal(&by_name("qmnist"), dir.path())));
    insta::assert_snapshot!(lines.join("\n"));
}

/// Real Fashion-MNIST where Debian's package puts it; `.ci/run` installs it and says so.
#[test]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
fn fashion_mnist_is_found_checked_and_named() {
    let there = Path::new("/usr/share/datasets/fashion-mnist").is_dir();
    assert!(
        there || std::env::var_os("CGAN_TEST_FASHION").is_none(),
        "dataset-fashion-mnist is missing"
    );
    if !there {
        eprintln!("skipped: apt-get install dataset-fashion-mnist");
        return;
    }
    let settings = DataSettings { name: "fashion-mnist".to_owned(), ..DataSettings::default() };
    let set = DataSet::load(&settings).unwrap();
    assert_eq!((set.name.as_str(), set.classes, set.train.len()), ("Fashion-MNIST", 10, 60_000));
    assert_eq!(set.info.class_names[9], "Ankle boot");
    assert!(set.info.licence.as_ref().unwrap().starts_with("MIT"));
    // The same set as plain IDX files: known by its content.
    let plain = DataSet::load(&at(Path::new("/usr/share/datasets/fashion-mnist"))).unwrap();
    assert_eq!((&plain.name, &plain.hash), (&set.name, &set.hash));
    assert_eq!(plain.info.class_names, set.info.class_names);
}
