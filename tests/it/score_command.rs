//! `cgan-sweep score`: what it shows, and what it refuses with which words.

use std::fs;
use std::path::{Path, PathBuf};

use cgan_sweep::cli::ScoreArgs;
use cgan_sweep::commands::score::run;
use cgan_sweep::error::Result;
use cgan_sweep::model::Stream;
use cgan_sweep::run::Scores;
use cgan_sweep::score::{PixelRange, SampleSource};
use cgan_sweep::spec::DataSettings;
use tempfile::TempDir;

use crate::support::{idx, npy};

const SIZE: usize = 8;

/// Two classes of 8 x 8 pixels: a bright upper or lower half with a texture of its own.
fn image(i: usize) -> Vec<u8> {
    let class = i % 2;
    (0..SIZE * SIZE)
        .map(|p| {
            let bright = (p < SIZE * SIZE / 2) == (class == 0);
            let texture = ((i * 37 + p * 11) as f64).sin().mul_add(40.0, 60.0) as u8;
            if bright { 255 - texture } else { texture }
        })
        .collect()
}

/// A folder with a data set of 180 train images, 90 test images, and arrays to score.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("score 'it'").tempdir().unwrap();
        let place = Self { dir };
        fs::create_dir(place.path("data")).unwrap();
        for (part, n, from) in [("train", 180, 0), ("t10k", 90, 1_000)] {
            let pixels: Vec<u8> = (from..from + n).flat_map(image).collect();
            let labels: Vec<u8> = (from..from + n).map(|i| (i % 2) as u8).collect();
            place.put(&format!("data/{part}-images-idx3-ubyte"), &idx(&[n as u32, 8, 8], &pixels));
            place.put(&format!("data/{part}-labels-idx1-ubyte"), &idx(&[n as u32], &labels));
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn args(&self, what: &str, labels: Option<&str>) -> ScoreArgs {
        ScoreArgs {
            what: self.path(what),
            epoch: None,
            labels: labels.map(|name| self.path(name)),
            range: PixelRange::Unit,
            data: Some(self.path("data").display().to_string()),
            no_parzen: false,
            cas: 0,
            out: None,
            scorers: self.path("scorers"),
        }
    }

    /// What the command shows, or its whole error; without the folder and the scorer's hash.
    fn score(&self, args: &ScoreArgs) -> String {
        let mut out = Vec::new();
        let open =
            |_: &Path, _: Option<u64>| -> anyhow::Result<(Box<dyn SampleSource>, DataSettings)> {
                Ok((Box::new(Mirror), DataSettings::default()))
            };
        let text = match run(args, &open, &mut out) {
            Ok(()) => String::from_utf8(out).unwrap(),
            Err(error) => format!("{error:#}"),
        };
        text.replace(&self.dir.path().display().to_string(), "DIR")
    }
}

/// A generator that has learned the data set by heart, in tanh's range.
struct Mirror;

impl SampleSource for Mirror {
    fn sample(&mut self, labels: &[u8], _: Stream) -> Result<(Vec<f32>, PixelRange)> {
        let pixels = labels
            .iter()
            .enumerate()
            .flat_map(|(i, &label)| image(2_000 + 2 * i + usize::from(label)))
            .map(|p| f32::from(p) / 127.5 - 1.0);
        Ok((pixels.collect(), PixelRange::Signed))
    }
}

#[test]
fn good_arrays_and_runs_are_scored_and_the_scorer_is_kept() {
    let place = Place::new();
    let n = 90;
    let pixels: Vec<u8> = (3_000..3_000 + n).flat_map(image).collect();
    let labels: Vec<u8> = (3_000..3_000 + n).flat_map(|i| ((i % 2) as i64).to_le_bytes()).collect();
    place.put("bytes.npy", &npy("|u1", "90, 8, 8", &pixels));
    place.put("labels.npy", &npy("<i8", "90,", &labels));
    let floats: Vec<u8> =
        pixels.iter().flat_map(|p| (f32::from(*p) / 255.0).to_le_bytes()).collect();
    place.put("floats.npy", &npy("<f4", "90, 64", &floats));

    let json = place.path("scores.json");
    let args = place.args("bytes.npy", Some("labels.npy"));
    let shown = place.score(&ScoreArgs { out: Some(json.clone()), cas: 2, ..args });
    let scores: Scores = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(scores.get("conditional_accuracy"), Some(1.0), "{shown}");
    assert_eq!(scores.get("cas"), Some(1.0), "{shown}");
    assert!(scores.get("fid").unwrap() < 10.0, "{shown}");
    assert_eq!((scores.samples, scores.reference.n, scores.selection.n), (90, 90, 30));
    assert_eq!(scores.confusion, [[45, 0], [0, 45]]);
    let names: Vec<_> = shown.lines().skip(3).map(|l| l.split(' ').next().unwrap()).collect();
    insta::assert_snapshot!(names.join("\n"));

    // Kept: the second time nothing is trained, and floats give what bytes gave.
    let kept: Vec<_> = fs::read_dir(place.path("scorers")).unwrap().collect();
    assert_eq!(kept.len(), 1);
    let args = place.args("floats.npy", Some("labels.npy"));
    let again = place.path("again.json");
    place.score(&ScoreArgs { out: Some(again.clone()), cas: 2, ..args });
    assert_eq!(fs::read(&json).unwrap(), fs::read(&again).unwrap());

    // A run's own generator, asked for the labels of the test images.
    fs::create_dir(place.path("run")).unwrap();
    let args = place.args("run", None);
    place.score(&ScoreArgs { out: Some(json.clone()), no_parzen: true, ..args });
    let scores: Scores = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(scores.get("conditional_accuracy"), Some(1.0));
    assert_eq!(scores.get("parzen_ll"), None);
    assert_eq!(scores.label_policy, "labels of the reference images");
}

#[test]
fn what_is_read_is_never_written_over() {
    let place = Place::new();
    place.put("samples.npy", b"kept");
    place.put("samples.json", b"kept too");
    fs::create_dir(place.path("run")).unwrap();
    place.put("run/run.json", b"{}");
    let mut said = Vec::new();
    for (what, out) in [
        ("samples.npy", "samples.npy"),
        ("samples.npy", "other.npy"),
        ("samples.json", "samples.json"),
        ("samples.npy", "run/scores.json"),
    ] {
        let args = place.args(what, Some("labels.npy"));
        said.push(place.score(&ScoreArgs { out: Some(place.path(out)), ..args }));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    DIR/samples.npy should end in .json
    DIR/other.npy should end in .json
    DIR/samples.json is what is read: name another file to be written
    DIR/run/scores.json lies among the records of the run DIR/run: name a file elsewhere
    ");
    assert_eq!(fs::read(place.path("samples.npy")).unwrap(), b"kept");
    assert!(!place.path("other.npy").exists() && !place.path("run/scores.json").exists());
}

#[test]
fn samples_that_cannot_carry_a_score_say_so() {
    let place = Place::new();
    let constant = vec![7_u8; 70 * 64];
    let labels: Vec<u8> = (0..70).map(|i| i % 2).collect();
    place.put("constant.npy", &npy("|u1", "70, 64", &constant));
    place.put("labels.npy", &npy("|u1", "70,", &labels));
    place.put("few.npy", &npy("|u1", "4, 64", &(0..4).flat_map(image).collect::<Vec<u8>>()));
    place.put("few-labels.npy", &npy("|u1", "4,", &[0, 1, 0, 0]));
    let reasons = |what: &str, labels: &str| -> String {
        let shown = place.score(&place.args(what, Some(labels)));
        shown
            .lines()
            .filter(|l| l.contains(": not computable"))
            .fold(what.into(), |all, line| format!("{all}\n{line}"))
    };
    insta::assert_snapshot!(format!(
        "{}\n\n{}",
        reasons("constant.npy", "labels.npy"),
        reasons("few.npy", "few-labels.npy")
    ));
}

#[test]
fn bad_input_is_refused_with_file_and_reason() {
    let place = Place::new();
    place.put("good.npy", &npy("|u1", "2, 64", &[0; 128]));
    place.put("labels.npy", &npy("|u1", "2,", &[0, 1]));
    place.put("text.npy", b"no array at all");
    place.put("shape.npy", &npy("|u1", "2, 63", &[0; 126]));
    place.put("flat.npy", &npy("|u1", "128,", &[0; 128]));
    place.put("complex.npy", &npy("<c8", "2, 64", &[0; 1024]));
    place.put("short.npy", &npy("|u1", "2, 64", &[0; 100]));
    place.put("huge.npy", &npy("<f8", "9223372036854775807, 64", &[0; 16]));
    place.put("empty.npy", &npy("|u1", "0, 64", &[]));
    place.put("no-labels.npy", &npy("|u1", "0,", &[]));
    let mut nan = [0_u8; 512];
    nan[256..260].copy_from_slice(&f32::NAN.to_le_bytes());
    place.put("nan.npy", &npy("<f4", "2, 64", &nan));
    let mut low = [0_u8; 512];
    low[..4].copy_from_slice(&(-0.5_f32).to_le_bytes());
    place.put("low.npy", &npy("<f4", "2, 64", &low));
    place.put("three.npy", &npy("|u1", "3,", &[0, 1, 0]));
    place.put("two.npy", &npy("|u1", "2,", &[0, 2]));
    place.put("minus.npy", &npy("<i4", "2,", &[0, 0, 0, 0, 255, 255, 255, 255]));
    place.put("real.npy", &npy("<f4", "2,", &[0; 8]));
    fs::create_dir(place.path("run")).unwrap();

    let mut lines = Vec::new();
    let mut refused = |what: &str, labels: Option<&str>| {
        lines.push(place.score(&place.args(what, labels)));
    };
    for what in [
        "absent.npy",
        "text.npy",
        "shape.npy",
        "flat.npy",
        "complex.npy",
        "short.npy",
        "huge.npy",
        "nan.npy",
        "low.npy",
    ] {
        refused(what, Some("labels.npy"));
    }
    refused("empty.npy", Some("no-labels.npy"));
    for labels in ["three.npy", "two.npy", "minus.npy", "real.npy", "good.npy"] {
        refused("good.npy", Some(labels));
    }
    refused("good.npy", None);
    refused("run", Some("labels.npy"));
    insta::assert_snapshot!(lines.join("\n"));

    // Damaged at any byte: a message or a score, never a panic.
    let whole = npy("|u1", "2, 64", &[9; 128]);
    for at in 0..90 {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x15;
        place.put("damaged.npy", &damaged);
        place.score(&place.args("damaged.npy", Some("labels.npy")));
    }
}
