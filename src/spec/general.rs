//! The settings that every experiment has, whatever network it sweeps.

use super::setting::{Setting, When};

/// Image sets that a person can ask for by name; `""` for none of them.
pub const DATA_NAMES: &[&str] = &[
    "",
    "mnist",
    "fashion-mnist",
    "kmnist",
    "qmnist",
    "emnist-letters",
    "emnist-balanced",
    "emnist-byclass",
    "emnist-bymerge",
    "emnist-digits",
    "emnist-mnist",
];

/// Lights that can turn red before a run's end, and of which a run's rule may say that it stops.
pub const STOP_ON: &[&str] = &[
    "discriminator-wins",
    "discriminator-overfits",
    "discriminator-dead",
    "generator-gradient-vanishes",
    "collapse-between-classes",
    "collapse-within-class",
    "late-collapse",
];

/// Most of what is counted without a natural limit.
const COUNT: i64 = 1_000_000_000;

/// Which images; they come first.
pub(super) fn data() -> Vec<Setting> {
    vec![
Setting::choice("data.name", "data.name", DATA_NAMES)
.default("\"\"")
.about("A well-known image set, looked for on this machine and checked by its hash. \"\" takes what lies at `data.path`; where that is empty too, the MNIST inside the program.")
.source("LeCun, Cortes & Burges 1998; Xiao et al. 2017 (Fashion-MNIST); Clanuwat et al. 2018 (KMNIST); Yadav & Bottou 2019 (QMNIST); Cohen et al. 2017 (EMNIST)")
.added("\"\""),
Setting::text("data.path", "data")
.default("\"\"")
.about("Your own images: a folder of IDX files, a folder of pictures for each class, or an .npz file, relative to the working directory. With `data.name`, the folder that has the set.")
.source("docs/own-data.md shows the forms")
.was(&["data.dir"]),
Setting::ints("data.size", "data.size", 1..=1_024, 2)
.unit("pixels")
.default("[]")
.about("Height and width to bring all images to; one number for both. [] leaves them as they are.")
.source("each pixel the mean under a triangle, as Pillow's BILINEAR")
.added("[]"),
Setting::flag("data.grey", "data.grey")
.default("false")
.about("Turn colour into grey; without it, colour is refused.")
.source("luma of ITU-R BT.601, as Pillow's convert(\"L\")")
.added("false"),
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
Setting::words("train.stop_on", "stop_on", STOP_ON)
.when(When::on("score.fast"))
.default("[]")
.about("Lights that stop a run: where one of them is red at the end of an epoch, the run ends there as stopped by rule and enters no mean. One that cannot be told stops nothing.")
.source("no run goes on that its own records condemn; docs/searching.md")
.added("[]"),
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
