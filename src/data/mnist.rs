//! MNIST, embedded in the program: nothing is downloaded.

use std::borrow::Cow;
use std::io;

use super::packed::unpack;

/// SHA-256 of the unpacked files: images and labels of the train set, then of the test set.
/// The same table as in `data/mnist/README.md`.
pub(super) const SHA256: [&str; 4] = [
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
];

macro_rules! embedded {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/", $name))
    };
}

/// The IDX files, in the order of [`SHA256`]; those of labels are gzipped still.
///
/// # Errors
/// The program is damaged.
pub(super) fn file(i: usize) -> io::Result<Cow<'static, [u8]>> {
    match i {
        0 => unpack(embedded!("train-images-idx3-ubyte.packed")).map(Cow::Owned),
        1 => Ok(Cow::Borrowed(embedded!("train-labels-idx1-ubyte.gz"))),
        2 => unpack(embedded!("t10k-images-idx3-ubyte.packed")).map(Cow::Owned),
        _ => Ok(Cow::Borrowed(embedded!("t10k-labels-idx1-ubyte.gz"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
