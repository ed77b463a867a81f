//! The image set: one immutable copy in memory, shared by every run of a sweep.

/// Images of one size with their labels, as stored: one byte a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Row-major pixels of all images, `count × height × width`.
    pub pixels: Vec<u8>,
    /// One label an image.
    pub labels: Vec<u8>,
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
}

impl Images {
    /// How many images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels of one image.
    pub fn pixels_each(&self) -> usize {
        self.height * self.width
    }
}

/// What is known of a set besides its images: it says, and changes no result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataInfo {
    /// Where it was found and in which form.
    pub found: String,
    /// What each class shows, by label; empty where that is not known, or is the label itself.
    pub class_names: Vec<String>,
    /// Terms and author, where they are known.
    pub licence: Option<String>,
    /// What was done to it, left out of it or is odd about it: one sentence each.
    pub remarks: Vec<String>,
}

/// A training set with its optional test set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// What the networks are trained on.
    pub train: Images,
    /// What reports measure against; not every set has one.
    pub test: Option<Images>,
    /// Number of classes: the largest label plus one.
    pub classes: usize,
    /// What a person calls it: `MNIST`, or the file or folder.
    pub name: String,
    /// SHA-256 over all unpacked files, hex; part of a run's key.
    pub hash: String,
    /// What else is known of it.
    pub info: DataInfo,
}

/// Largest number of train images that are held back: as many as MNIST has test images.
const HELD_OUT: usize = 10_000;

impl DataSet {
    /// Train images that choose, and without test images as many again that are reported on: no
    /// more than a sixth of them.
    pub fn held_out(&self) -> usize {
        HELD_OUT.min(self.train.len() / 6)
    }

    /// Images that are reported on.
    pub fn reported_on(&self) -> usize {
        self.test.as_ref().map_or_else(|| self.held_out(), Images::len)
    }
}
