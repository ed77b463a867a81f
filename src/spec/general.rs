//! The settings that every experiment has, whatever network it sweeps.

use super::setting::{Setting, When};

/// Most of what is counted without a natural limit.
const COUNT: i64 = 1_000_000_000;

/// Which images; they come first.
pub(super) fn data() -> Vec<Setting> {
    vec![
Setting::text("data.dir", "data")
.default("\"\"")
.about("Folder of IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, optionally t10k-...; each plain or .gz), relative to the working directory. Empty means the MNIST inside the program.")
.source("LeCun, Cortes & Burges, the MNIST database"),
Setting::int("data.subset", "subset", 0..=COUNT)
.unit("images")
.default("0")
.about("Number of training images, from the first; 0 means all.")
.source("for quick runs; the article trains on all 60,000"),
    ]
}

/// Length, records and scores; they come last.
pub(super) fn rest() -> Vec<Setting> {
    vec![
Setting::int("train.batch", "batch", 1..=1_000_000)
.unit("images")
.default("256")
.about("Images a step; the last, smaller batch of an epoch is kept.")
.source("the article"),
Setting::int("train.epochs", "epochs", 1..=1_000_000)
.unit("epochs")
.when(When::zero("train.steps"))
.default("150")
.about("Passes over the training images.")
.source("the article"),
Setting::int("train.steps", "steps", 0..=COUNT)
.unit("steps")
.default("0")
.about("So many steps instead of whole epochs; 0 means the epochs decide.")
.source("for quick runs"),
Setting::int("record.scalars_every", "r.scalars_every", 0..=COUNT)
.unit("steps")
.default("50")
.about("Steps between scalars for TensorBoard, besides each epoch's; 0 means the epochs' only.")
.source("a matter of taste; cannot change a result"),
Setting::int("record.samples_every", "r.samples_every", 1..=COUNT)
.unit("epochs")
.default("1")
.about("Epochs between pictures of samples; there is one after the last in any case.")
.source("the article"),
Setting::int("record.checkpoint_every", "r.checkpoint_every", 1..=COUNT)
.unit("epochs")
.default("15")
.about("Epochs between weights that are kept; there are some after the last in any case.")
.source("the article"),
Setting::flag("score.fast", "s.fast")
.default("true")
.about("Score 1,000 fakes after each epoch: columns of metrics.csv, and what the lights read.")
.source("about 2 % of a run's time; cannot change a training"),
Setting::flag("score.full", "s.full")
.default("true")
.about("Score 10,000 fakes after the last epoch: scores.json.")
.source("a few seconds a run; cannot change a training"),
    ]
}
