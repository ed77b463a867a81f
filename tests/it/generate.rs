//! `cgan-sweep generate`: what it writes, and what it refuses with which words.

use std::fs;
use std::path::{Path, PathBuf};

use cgan_sweep::cli::Cli;
use cgan_sweep::commands::{self, Exit};
use cgan_sweep::gan::Cgan;
use cgan_sweep::gan::{CganSettings, Gan};
use cgan_sweep::model::Model;
use cgan_sweep::model::Stream;
use cgan_sweep::record::{RunPaths, read_weights, write_weights};
use cgan_sweep::run::NamedTensor;
use cgan_sweep::spec::parse_settings;
use clap::Parser;
use dfdx::tensor::Cpu;
use tempfile::TempDir;

const CLASSES: usize = 3;
const HEIGHT: usize = 4;
const WIDTH: usize = 5;
const NOISE: usize = 6;

/// A run of three classes of 4 × 5 pixels, with the weights that training would begin with.
struct Place {
    dir: TempDir,
    gan: Gan,
}

impl Place {
    fn new(output: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("generate 'it'").tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        let images = idx(&[6, HEIGHT as u32, WIDTH as u32], &[7; 6 * HEIGHT * WIDTH]);
        fs::write(data.join("train-images-idx3-ubyte"), images).unwrap();
        fs::write(data.join("train-labels-idx1-ubyte"), idx(&[6], &[0, 1, 2, 0, 1, 2])).unwrap();
        let text = format!(
            "data.dir = '''{}'''\nnoise.dim = {NOISE}\n[generator]\nnoise_units = 9\n\
             label_units = 8\nhidden = [16]\noutput = \"{output}\"\ninit = \"uniform\"\n\
             init_width = 1.0\n",
            data.display()
        );
        let paths = RunPaths::at(dir.path().join("run"));
        fs::create_dir_all(paths.last_weights().parent().unwrap()).unwrap();
        fs::write(paths.settings(), &text).unwrap();
        let settings = parse_settings("settings.toml", &text, Cgan.schema()).unwrap();
        let settings = CganSettings::of(&settings);
        let pixels = HEIGHT * WIDTH;
        let gan = Gan::new(&Cpu::default(), Stream::new(4), &settings, CLASSES, pixels);
        write_weights(&paths.last_weights(), &gan.weights()).unwrap();
        Self { dir, gan }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What `generate RUN --out NAME …` says, without the folder's own path, and how it exits.
    fn call(&self, run: &str, out: &str, arguments: &str) -> (String, Exit) {
        let (run, out) = (self.path(run), self.path(out));
        let mut all = vec!["cgan-sweep", "generate", run.to_str().unwrap()];
        all.extend(["--out", out.to_str().unwrap()]);
        all.extend(arguments.split_whitespace());
        let mut said = Vec::new();
        let exit = match Cli::try_parse_from(all) {
            Ok(cli) => commands::run(&Cgan, &cli, &mut said)
                .unwrap_or_else(|error| commands::explain(&error, &mut said)),
            Err(error) => {
                // The usage below the message is clap's own.
                let text = error.to_string();
                said.extend(text.split("\n\n").next().unwrap().bytes());
                assert_eq!(error.exit_code(), 2, "{text}");
                Exit::BadExperiment
            }
        };
        let said = String::from_utf8(said).unwrap();
        let root = format!("{}/", self.dir.path().display());
        (said.trim_end().replace(&root, ""), exit)
    }

    /// Images, labels and noise that were asked for.
    fn tensors(&self, arguments: &str) -> [NamedTensor<'static>; 3] {
        let (said, exit) = self.call("run", "t.safetensors", arguments);
        assert_eq!(exit, Exit::Completed, "{said}");
        read_weights(&self.path("t.safetensors")).unwrap().try_into().unwrap()
    }
}

fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    file.extend(shape.iter().flat_map(|d| d.to_be_bytes()));
    file.extend(bytes);
    file
}

/// Shape and values of a `.npy` file of little-endian floats.
fn npy(path: &Path) -> (Vec<u64>, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    (file.shape().to_vec(), file.into_vec::<f32>().unwrap())
}

fn rows<'a>(noise: &'a NamedTensor<'_>) -> Vec<&'a [f32]> {
    noise.values.chunks(NOISE).collect()
}

#[test]
fn images_are_the_generators_for_the_asked_label_and_the_noise_beside_them() {
    for (output, scale, shift) in [("tanh", 0.5, 0.5), ("sigmoid", 1.0, 0.0)] {
        let place = Place::new(output);
        let [images, labels, noise] = place.tensors("--label 2 --count 7 --seed 3");
        let names = [&images, &labels, &noise].map(|t| t.name.as_str());
        assert_eq!(names, ["images", "labels", "noise"]);
        assert_eq!(images.shape, [7, HEIGHT, WIDTH]);
        assert_eq!((labels.shape.as_slice(), noise.shape.as_slice()), (&[7][..], &[7, NOISE][..]));
        assert_eq!(*labels.values, [2.0; 7]);
        let ours = place.gan.sample(&noise.values, &[2; 7]);
        assert!(ours.iter().any(|v| v.abs() > 0.5), "weights large enough to see a difference");
        for (written, pixel) in images.values.iter().zip(&ours) {
            assert!((written - (pixel * scale + shift)).abs() < 1e-6, "{output}");
            assert!((0.0..=1.0).contains(written), "{output}");
        }

        let asked = "--label 2 --count 7 --seed 3";
        assert_eq!(place.call("run", "a.npy", asked), ("7 images: a.npy".into(), Exit::Completed));
        let (shape, values) = npy(&place.path("a.npy"));
        assert_eq!(shape, [7, HEIGHT as u64, WIDTH as u64]);
        assert_eq!(values, *images.values);

        // 7 images in rows of 3; the rest of the last row is empty.
        place.call("run", "a.png", asked);
        let picture = image::open(place.path("a.png")).unwrap().into_luma8();
        assert_eq!(picture.dimensions(), (3 * WIDTH as u32, 3 * HEIGHT as u32));
        for (i, image) in images.values.chunks(HEIGHT * WIDTH).enumerate() {
            for (p, value) in image.iter().enumerate() {
                let x = (i % 3) * WIDTH + p % WIDTH;
                let y = (i / 3) * HEIGHT + p / WIDTH;
                let byte = picture.get_pixel(x as u32, y as u32).0[0];
                assert!((f32::from(byte) - 255.0 * value).abs() <= 0.51, "{output}, image {i}");
            }
        }
    }
}

#[test]
fn a_class_is_asked_for_by_its_name() {
    let place = Place::new("tanh");
    let seven = |class: &str| place.call("run", "a.npy", &format!("--label {class} --count 7"));
    let nameless = "error: `boot` is no label, and this generator's classes have no names: 0 to 2";
    assert_eq!(seven("boot"), (nameless.into(), Exit::BadExperiment));
    fs::write(place.path("data/classes.txt"), "T-shirt/top\nShirt\nAnkle boot\n").unwrap();
    for (class, label) in [("boot", 2), ("ANKLE", 2), ("shirt", 1), ("t-shirt", 0), ("2", 2)] {
        assert_eq!(seven(class).1, Exit::Completed, "{class}");
        let [images, labels, _] = place.tensors(&format!("--label {class} --count 7"));
        assert_eq!(
            (images.shape[0], labels.values.to_vec()),
            (7, vec![label as f32; 7]),
            "{class}"
        );
    }
    for (class, said) in [
        ("t", "`t` may be T-shirt/top, Shirt and Ankle boot"),
        ("bag", "`bag` is none of this generator's classes: T-shirt/top, Shirt and Ankle boot"),
        ("3", "label 3 is none of this generator's classes: 0 to 2"),
    ] {
        assert_eq!(seven(class), (format!("error: {said}"), Exit::BadExperiment));
    }
}

#[test]
fn seeds_repeat_and_more_images_change_none_of_the_earlier() {
    let place = Place::new("tanh");
    let [seven, _, noise] = place.tensors("--label 1 --count 7");
    assert_eq!(place.tensors("--label 1 --count 7 --seed 1")[0], seven, "1 is the default");
    assert_ne!(place.tensors("--label 1 --count 7 --seed 2")[0], seven);
    let [nine, _, more] = place.tensors("--label 1 --count 9");
    assert!(more.values.starts_with(&noise.values));
    assert!(nine.values.starts_with(&seven.values));
    // Another label is asked for with the same noise, and is another image.
    let [other, _, same] = place.tensors("--label 0 --count 7");
    assert_eq!(same, noise);
    assert_ne!(other, seven);
}

#[test]
fn without_a_label_every_class_gets_the_same_noises() {
    let place = Place::new("tanh");
    let [images, labels, noise] = place.tensors("--per-class 2 --seed 5");
    assert_eq!(*labels.values, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
    assert_eq!(images.shape, [6, HEIGHT, WIDTH]);
    let z = rows(&noise);
    assert!(z[0] == z[2] && z[0] == z[4] && z[1] == z[3] && z[0] != z[1]);
    place.call("run", "classes.png", "--per-class 2 --seed 5");
    let picture = image::open(place.path("classes.png")).unwrap();
    assert_eq!(picture.width(), 2 * WIDTH as u32, "a column a noise");
    assert_eq!(picture.height(), (CLASSES * HEIGHT) as u32, "a row a class");
    // Ten of each class where nothing is said.
    assert_eq!(place.tensors("")[1].shape, [10 * CLASSES]);
}

#[test]
fn interpolation_goes_from_one_noise_to_the_next_in_equal_steps() {
    let place = Place::new("tanh");
    let [_, _, ends] = place.tensors("--label 0 --count 2 --seed 8");
    let [images, labels, line] = place.tensors("--label 0 --count 5 --seed 8 --interpolate");
    assert_eq!(*labels.values, [0.0; 5]);
    let (ends, points) = (rows(&ends), rows(&line));
    assert_eq!(points.len(), 5);
    for (i, point) in points.iter().enumerate() {
        let share = i as f32 / 4.0;
        for ((p, a), b) in point.iter().zip(ends[0]).zip(ends[1]) {
            assert!((p - (a * (1.0 - share) + b * share)).abs() < 1e-5, "point {i}");
        }
    }
    let ours: Vec<f32> =
        place.gan.sample(&line.values, &[0; 5]).iter().map(|v| (v + 1.0) / 2.0).collect();
    assert_eq!(images.values, ours);
    // Every class walks the same line.
    let [_, labels, walks] = place.tensors("--per-class 5 --seed 8 --interpolate");
    assert_eq!(labels.values[4..7], [0.0, 1.0, 1.0]);
    assert_eq!(walks.values, line.values.repeat(CLASSES));
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new("tanh");
    fs::create_dir(place.path("folder.png")).unwrap();
    fs::create_dir_all(place.path("untrained/weights")).unwrap();
    fs::copy(place.path("run/settings.toml"), place.path("untrained/settings.toml")).unwrap();
    let weights = fs::read(RunPaths::at(place.path("run")).last_weights()).unwrap();
    for (name, change) in [("cut", &weights[..100]), ("narrow", &weights[..])] {
        let paths = RunPaths::at(place.path(name));
        fs::create_dir_all(paths.last_weights().parent().unwrap()).unwrap();
        let text = fs::read_to_string(place.path("run/settings.toml")).unwrap();
        let text = text.replace("hidden = [16]", "hidden = [15]");
        fs::write(paths.settings(), text).unwrap();
        fs::write(paths.last_weights(), change).unwrap();
    }
    fs::write(place.path("run/run.json"), "{}").unwrap();
    fs::create_dir_all(place.path("variant/seed-2")).unwrap();
    fs::write(place.path("variant/seed-2/run.json"), "{}").unwrap();
    // A run that completed and whose weights were removed.
    fs::create_dir(place.path("lost")).unwrap();
    fs::copy(place.path("run/settings.toml"), place.path("lost/settings.toml")).unwrap();
    fs::write(place.path("lost/outcome.json"), "{}").unwrap();
    let sums = format!("{}  weights/last.safetensors\n", "0".repeat(64));
    fs::write(place.path("lost/SHA256SUMS"), &sums).unwrap();
    let mut shown = String::new();
    for (run, out, arguments) in [
        ("nowhere", "a.png", "--label 1"),
        ("variant", "a.png", "--label 1"),
        ("lost", "a.png", "--label 1"),
        ("run", "run/weights/last.safetensors", "--label 1"),
        ("data", "a.png", "--label 1"),
        ("untrained", "a.png", "--label 1"),
        ("cut", "a.png", "--label 1"),
        ("narrow", "a.png", "--label 1"),
        ("run", "a.png", "--label 3"),
        ("run", "a.png", "--label 300"),
        ("run", "a.png", "--label -1"),
        ("run", "a.png", "--label seven"),
        ("run", "a.png", "--label 1 --count 0"),
        ("run", "a.png", "--label 1 --count 100001"),
        ("run", "a.png", "--per-class 0"),
        ("run", "a.png", "--count 5"),
        ("run", "a.png", "--label 1 --per-class 5"),
        ("run", "a.png", "--label 1 --count 1 --interpolate"),
        ("run", "a.png", "--label 1 --seed -1"),
        ("run", "a.jpg", "--label 1"),
        ("run", "a", "--label 1"),
        ("run", "run/settings.toml/a.png", "--label 1"),
        ("run", "folder.png", "--label 1"),
    ] {
        let (said, exit) = place.call(run, out, arguments);
        assert_ne!(exit, Exit::Completed, "{run} {out} {arguments}: {said}");
        shown += &format!("{run} --out {out} {arguments}: exit {}\n{said}\n\n", exit as u8);
    }
    assert!(!place.path("a.png").exists());
    insta::assert_snapshot!(shown);
}
