//! MNIST, embedded in the program: nothing is downloaded.

use super::load;

/// SHA-256 of the unpacked files: images and labels of the train set, then of the test set.
/// The same table as in `data/mnist/README.md`.
pub(super) const SHA256: [&str; 4] = [
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
];

/// As in `data/mnist/README.md`.
const LICENCE: &str =
    "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes and Christopher J.C. Burges, the MNIST database)";

/// The licence of the image set with this [`hash`](super::DataSet::hash), if it is MNIST, with or
/// without its test images; of no other set is it known here.
pub fn licence(hash: &str) -> Option<&'static str> {
    let all = SHA256.map(str::to_owned);
    [&all[..], &all[..2]].iter().any(|files| load::hash(files) == hash).then_some(LICENCE)
}

macro_rules! embedded {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/", $name, ".gz"))
    };
}

/// The gzipped files, in the order of [`SHA256`].
pub(super) const FILES: [&[u8]; 4] = [
    embedded!("train-images-idx3-ubyte"),
    embedded!("train-labels-idx1-ubyte"),
    embedded!("t10k-images-idx3-ubyte"),
    embedded!("t10k-labels-idx1-ubyte"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataSet;
    use crate::spec::DataSettings;

    #[test]
    fn the_embedded_set_has_a_licence_and_others_have_none() {
        let set = DataSet::load(&DataSettings { dir: String::new(), subset: 10 }).unwrap();
        let said = licence(&set.hash).unwrap();
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/README.md"));
        assert!(said.starts_with("CC BY-SA 3.0") && readme.contains("Attribution-Share Alike 3.0"));
        assert_eq!(licence(&set.hash.replace('0', "1")), None);
    }

    #[test]
    fn readme_has_the_same_table() {
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/README.md"));
        for (hash, name) in
            SHA256.iter().zip(["train-images", "train-labels", "t10k-images", "t10k-labels"])
        {
            let row = readme.lines().find(|l| l.starts_with(&format!("| {name}"))).unwrap();
            assert!(row.contains(hash), "{row}");
        }
    }
}
