//! What events leave in a run's folder.

use cgan_sweep::files::read_table;
use cgan_sweep::gan::METRICS;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cgan_sweep::record::{
    Clock, Environment, EnvironmentRecord, Positions, RunPaths, RunRecorder, read_weights,
    record_failure, store,
};
use cgan_sweep::run::{EpochMetrics, Numbers, Outcome, OutcomeKind};
use cgan_sweep::run::{Event, Grid, NamedTensor, Recorder};

use crate::support;
use crate::tensorboard::{self, Value};

const EPOCHS: u64 = 3;
const STEPS: u64 = 3;

/// A clock that is a quarter second later at every look.
fn clock() -> Clock {
    let looks = AtomicU64::new(0);
    Clock::from_fn(move || {
        Duration::from_secs(1_700_000_000)
            + Duration::from_millis(250) * looks.fetch_add(1, Ordering::Relaxed) as u32
    })
}

fn create(dir: &Path) -> RunRecorder {
    let environment = Environment::gather(&support::data());
    let run = support::run("maxout-5", 1);
    RunRecorder::create(RunPaths::at(dir), &run, &environment, clock()).unwrap()
}

fn resume(dir: &Path, positions: &Positions) -> cgan_sweep::error::Result<RunRecorder> {
    let environment = Environment::gather(&support::data());
    let run = support::run("maxout-5", 1);
    RunRecorder::resume(RunPaths::at(dir), &run, &environment, clock(), positions)
}

fn step_metrics(step: u64) -> Numbers {
    let s = step as f64;
    let numbers =
        [("real_p", 0.5 + s / 64.0), ("fake_p", 0.25), ("gen_loss", s), ("dis_loss", 1.0 / s)];
    numbers.into_iter().collect()
}

fn epoch_metrics(epoch: u64) -> EpochMetrics {
    let value = |i: usize| (epoch + 1) as f64 / (i + 3) as f64;
    let numbers = METRICS.iter().enumerate().map(|(i, metric)| (metric.name, value(i))).collect();
    EpochMetrics { epoch, step: (epoch + 1) * STEPS, numbers }
}

/// 3 classes x 2 noises of 2 x 5 pixels: no length equals another.
fn grid(epoch: u64) -> Grid {
    let pixels = (0..60).map(|i| (i * 4 + epoch) as u8).collect();
    Grid { rows: 3, columns: 2, image_height: 2, image_width: 5, pixels }
}

fn tensors(epoch: u64) -> Vec<NamedTensor<'static>> {
    vec![NamedTensor {
        name: "generator.output.bias".to_owned(),
        shape: vec![2],
        values: vec![epoch as f32, 0.5].into(),
    }]
}

fn step(recorder: &mut RunRecorder, epoch: u64, step: u64) {
    recorder.record(&Event::Step { epoch, step, metrics: &step_metrics(step) }).unwrap();
}

fn end_epoch(recorder: &mut RunRecorder, epoch: u64) {
    let last = epoch + 1 == EPOCHS;
    recorder.record(&Event::Epoch(&epoch_metrics(epoch))).unwrap();
    let step = (epoch + 1) * STEPS;
    recorder.record(&Event::Samples { epoch, step, grid: &grid(epoch) }).unwrap();
    if last || epoch % 2 == 1 {
        recorder.record(&Event::Weights { epoch, last, tensors: &tensors(epoch) }).unwrap();
    }
}

fn play(recorder: &mut RunRecorder, epochs: std::ops::Range<u64>) {
    for epoch in epochs {
        for s in 1..=STEPS {
            step(recorder, epoch, epoch * STEPS + s);
        }
        end_epoch(recorder, epoch);
    }
}

fn finish(recorder: &mut RunRecorder, kind: OutcomeKind, epochs: u64, reason: &str) {
    let outcome = Outcome { kind, steps: epochs * STEPS, epochs, reason: reason.to_owned() };
    recorder.record(&Event::Finished(&outcome)).unwrap();
}

fn complete(dir: &Path) {
    let mut recorder = create(dir);
    recorder
        .record(&Event::Started { epochs_done: 0, epochs: EPOCHS, steps: EPOCHS * STEPS })
        .unwrap();
    play(&mut recorder, 0..EPOCHS);
    finish(&mut recorder, OutcomeKind::Completed, EPOCHS, "");
}

/// Every file under a folder with its bytes, by its path inside.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(dir)
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| e.file_type().is_file())
        .map(|e| (e.path().strip_prefix(dir).unwrap().to_owned(), fs::read(e.path()).unwrap()))
        .collect()
}

/// The files that hold results: those that must not depend on when and where a run was trained.
fn results(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(dir);
    for apart in ["environment.json", "timing.csv", "SHA256SUMS.provenance"] {
        files.remove(Path::new(apart)).unwrap();
    }
    let events = files.remove(Path::new("events.out.tfevents.0.cgan-sweep")).unwrap();
    let mut read = tensorboard::read(&events).1;
    read.iter_mut().for_each(|entry| entry.wall_time = 0.0);
    files.insert("events".into(), format!("{read:?}").into_bytes());
    files
}

#[test]
fn a_run_leaves_these_files() {
    let dir = tempfile::tempdir().unwrap();
    complete(dir.path());
    let names: Vec<String> = files(dir.path()).keys().map(|p| p.display().to_string()).collect();
    insta::assert_snapshot!(names.join("\n"));
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    insta::assert_snapshot!("loss_csv", read("loss.csv"));
    insta::assert_snapshot!("metrics_csv", read("metrics.csv"));
    insta::assert_snapshot!("timing_csv", read("timing.csv"));
    insta::assert_snapshot!("json", read("run.json") + &read("outcome.json"));
    insta::assert_snapshot!("probability_svg", read("probability.svg"));
    assert_eq!(read("settings.toml"), "# settings of maxout-5\n");
    let paths = RunPaths::at(dir.path());
    assert_eq!(read_weights(&paths.weights(2)).unwrap(), tensors(1));
    assert_eq!(read_weights(&paths.last_weights()).unwrap(), tensors(2));
    let table = read_table(&paths.metrics_csv()).unwrap();
    assert_eq!((table.rows(), table.column("fake_p").unwrap()[2]), (3, 0.75));
}

#[test]
fn the_same_events_leave_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    complete(one.path());
    complete(two.path());
    assert_eq!(results(one.path()), results(two.path()));
}

#[test]
fn events_are_what_tensorboard_reads() {
    let dir = tempfile::tempdir().unwrap();
    complete(dir.path());
    let file = fs::read(RunPaths::at(dir.path()).events()).unwrap();
    let (version, entries) = tensorboard::read(&file);
    assert_eq!(version, "brain.Event:2");

    let scalars = |tag: &str| -> Vec<(u64, f32)> {
        let of_tag = entries.iter().filter(|e| e.tag == tag);
        of_tag
            .map(|e| match e.value {
                Value::Scalar(value) => (e.step, value),
                _ => panic!("{tag} is no scalar"),
            })
            .collect()
    };
    // Every second of nine steps.
    assert_eq!(scalars("loss/generator"), [(2, 2.0), (4, 4.0), (6, 6.0), (8, 8.0)]);
    assert_eq!(scalars("loss/discriminator"), [(2, 0.5), (4, 0.25), (6, 1.0 / 6.0), (8, 0.125)]);
    assert_eq!(scalars("probability/real")[3], (8, 0.625));
    assert_eq!(scalars("probability/fake"), [2, 4, 6, 8].map(|step| (step, 0.25)));
    for metric in METRICS {
        let wanted = [0, 1, 2].map(|e| (e + 1, epoch_metrics(e).get(metric.name).unwrap() as f32));
        assert_eq!(scalars(&format!("epoch/{}", metric.name)), wanted);
    }
    let images: Vec<_> = entries.iter().filter(|e| e.tag == "samples").collect();
    assert_eq!(images.iter().map(|e| e.step).collect::<Vec<_>>(), [1, 2, 3]);
    for (epoch, entry) in images.iter().enumerate() {
        let Value::Image(height, width, png) = &entry.value else { panic!("no image") };
        let image = image::load_from_memory(png).unwrap();
        assert_eq!((image.height(), image.width()), (6, 10));
        assert_eq!((*height, *width), (6, 10));
        assert_eq!(image.into_bytes(), grid(epoch as u64).pixels);
    }
    // Each tag says once what it is, at its first value.
    for (i, entry) in entries.iter().enumerate() {
        let first = entries.iter().position(|e| e.tag == entry.tag) == Some(i);
        assert_eq!(!entry.description.is_empty(), first, "{} at {}", entry.tag, entry.step);
    }
    assert!(entries.windows(2).all(|w| 1.7e9 < w[0].wall_time && w[0].wall_time <= w[1].wall_time));
}

#[test]
fn a_killed_and_resumed_run_ends_like_one_never_touched() {
    let untouched = tempfile::tempdir().unwrap();
    complete(untouched.path());
    let wanted = results(untouched.path());

    // Epochs done at the checkpoint, steps after them, and how far the killed attempt came.
    for (epochs, steps, killed_in) in [(0, 0, 1), (0, 2, 0), (1, 0, 1), (1, 1, 3), (2, 2, 3)] {
        let dir = tempfile::tempdir().unwrap();
        let mut recorder = create(dir.path());
        play(&mut recorder, 0..epochs);
        for s in 1..=steps {
            step(&mut recorder, epochs, epochs * STEPS + s);
        }
        let positions = recorder.positions().unwrap();
        // Positions outlive the process in a checkpoint.
        let positions = serde_json::from_str(&serde_json::to_string(&positions).unwrap()).unwrap();
        if killed_in > epochs {
            for s in steps + 1..=STEPS {
                step(&mut recorder, epochs, epochs * STEPS + s);
            }
            end_epoch(&mut recorder, epochs);
            play(&mut recorder, epochs + 1..killed_in);
        }
        if killed_in == EPOCHS {
            finish(&mut recorder, OutcomeKind::Failed, EPOCHS, "the disk is full");
        }
        drop(recorder);
        // A picture that was being written, and half a row.
        fs::create_dir_all(dir.path().join("samples")).unwrap();
        fs::write(dir.path().join("samples/.epoch-0003.png.17-2.part"), "half").unwrap();
        let torn = dir.path().join("metrics.csv");
        fs::write(&torn, [fs::read(&torn).unwrap(), b"2,9,0.1".to_vec()].concat()).unwrap();

        let mut recorder = resume(dir.path(), &positions).unwrap();
        let at = format!("from {epochs}.{steps}, killed in {killed_in}");
        assert!(!RunPaths::at(dir.path()).outcome().exists(), "{at}");
        let started = Event::Started { epochs_done: epochs, epochs: EPOCHS, steps: EPOCHS * STEPS };
        recorder.record(&started).unwrap();
        for s in steps + 1..=STEPS {
            step(&mut recorder, epochs, epochs * STEPS + s);
        }
        end_epoch(&mut recorder, epochs);
        play(&mut recorder, epochs + 1..EPOCHS);
        finish(&mut recorder, OutcomeKind::Completed, EPOCHS, "");
        let found = results(dir.path());
        assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{at}");
        for (name, bytes) in &wanted {
            assert!(found[name] == *bytes, "{at}: {} differs", name.display());
        }
        let environment: EnvironmentRecord =
            serde_json::from_slice(&fs::read(RunPaths::at(dir.path()).environment()).unwrap())
                .unwrap();
        assert_eq!(environment.attempts.len(), 2);
        assert_eq!(read_table(&dir.path().join("timing.csv")).unwrap().rows(), 3);
    }
}

#[test]
fn records_that_do_not_fit_the_checkpoint_are_not_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = create(dir.path());
    play(&mut recorder, 0..1);
    let positions = recorder.positions().unwrap();
    let mut later = positions.clone();
    later.files.get_mut("loss.csv").unwrap().length += 1;
    let said = |result: cgan_sweep::error::Result<RunRecorder>| {
        format!("{:#}", result.unwrap_err()).replace(&dir.path().display().to_string(), "DIR")
    };
    let short = said(resume(dir.path(), &later));
    assert_eq!(
        short,
        "cannot resume DIR: DIR/loss.csv has 80 bytes, its checkpoint was made at 81"
    );
    // A digit that changed since: resumed, it would end in the results.
    let table = fs::read(dir.path().join("metrics.csv")).unwrap();
    let mut damaged = table.clone();
    *damaged.last_mut().unwrap() ^= 1;
    damaged.rotate_right(1);
    fs::write(dir.path().join("metrics.csv"), &damaged).unwrap();
    assert_eq!(
        said(resume(dir.path(), &positions)),
        "cannot resume DIR: DIR/metrics.csv is damaged: it is not what it was at its checkpoint"
    );
    fs::write(dir.path().join("metrics.csv"), table).unwrap();
    let run_json = RunPaths::at(dir.path()).run();
    fs::write(&run_json, r#"{"format": 1, "variant": "maxout-5", "seed": 1, "key": "other"}"#)
        .unwrap();
    assert_eq!(
        said(resume(dir.path(), &positions)),
        "cannot resume DIR: it holds maxout-5, seed 1, with key other; this run's key is \
         key-of-maxout-5-1"
    );
    fs::write(&run_json, "{").unwrap();
    let damaged = said(resume(dir.path(), &positions));
    assert!(damaged.starts_with("DIR/run.json is damaged: EOF"), "{damaged}");
}

#[test]
fn starting_afresh_removes_own_files_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    complete(dir.path());
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    fs::write(dir.path().join("samples/best.png"), "mine").unwrap();
    drop(create(dir.path()));
    let names: Vec<String> = files(dir.path()).keys().map(|p| p.display().to_string()).collect();
    insta::assert_snapshot!(names.join("\n"));
}

#[test]
fn a_run_that_did_not_complete_keeps_its_records() {
    for (kind, epochs) in [
        (OutcomeKind::Diverged, 2),
        (OutcomeKind::Failed, 0),
        (OutcomeKind::Failed, 1),
        (OutcomeKind::Interrupted, 2),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut recorder = create(dir.path());
        play(&mut recorder, 0..epochs);
        finish(&mut recorder, kind, epochs, "step 5: generator.joint0.weight");
        let paths = RunPaths::at(dir.path());
        let outcome = store::read_outcome(&paths).unwrap().unwrap();
        assert_eq!(
            (outcome.kind, outcome.reason.as_str()),
            (kind, "step 5: generator.joint0.weight")
        );
        let rows = read_table(&paths.loss_csv()).unwrap().rows();
        assert_eq!(rows as u64, epochs);
        let pictures = epochs > 0 && kind != OutcomeKind::Interrupted;
        assert_eq!(paths.samples_gif().exists(), pictures, "{kind:?} {epochs}");
        assert_eq!(paths.plot("loss").exists(), pictures, "{kind:?} {epochs}");
    }
}

#[test]
fn any_folder_name_will_do() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("a 'run' of \"mine\"\nin two lines, ü");
    complete(&odd);
    assert_eq!(read_table(&odd.join("loss.csv")).unwrap().rows(), 3);
}

#[test]
fn a_folder_that_cannot_be_made_or_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("taken"), "a file").unwrap();
    let environment = Environment::gather(&support::data());
    let run = support::run("maxout-5", 1);
    let create = |path: &Path| {
        let made = RunRecorder::create(RunPaths::at(path), &run, &environment, clock());
        format!("{:#}", made.unwrap_err()).replace(&dir.path().display().to_string(), "DIR")
    };
    let said = create(&dir.path().join("taken/run"));
    assert_eq!(said, "cannot create DIR/taken/run: Not a directory (os error 20)");

    // Permissions do not bind root, so a folder in a file's place stands for "read-only".
    fs::create_dir_all(dir.path().join("run/loss.csv")).unwrap();
    let said = create(&dir.path().join("run"));
    assert_eq!(said, "cannot remove DIR/run/loss.csv: Is a directory (os error 21)");
}

#[test]
fn a_gif_shows_the_last_grid_longest() {
    let dir = tempfile::tempdir().unwrap();
    complete(dir.path());
    let file = fs::File::open(RunPaths::at(dir.path()).samples_gif()).unwrap();
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(file).unwrap();
    let (mut delays, mut last) = (Vec::new(), Vec::new());
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push(frame.delay);
        last = frame.buffer.to_vec();
    }
    assert_eq!(delays, [12, 12, 250]);
    for (shown, real) in last.chunks(4).zip(grid(2).pixels) {
        assert!(shown[0].abs_diff(real) <= 5 && shown[0] == shown[1] && shown[1] == shown[2]);
    }
}

#[test]
fn a_failure_is_recorded_without_a_recorder() {
    let dir = tempfile::tempdir().unwrap();
    let paths = RunPaths::at(dir.path().join("never begun"));
    let run = support::run("maxout-5", 1);
    let outcome = Outcome {
        kind: OutcomeKind::Failed,
        steps: 0,
        epochs: 0,
        reason: "panicked: index out of bounds".to_owned(),
    };
    record_failure(&paths, &run, &outcome, None).unwrap();
    assert_eq!(store::read_outcome(&paths).unwrap(), Some(outcome.clone()));
    assert_eq!(store::read_run(&paths).unwrap().unwrap().key, run.key);

    // After a panic: what was recorded stays, and its pictures are made.
    let paths = RunPaths::at(dir.path().join("begun"));
    let mut recorder = create(paths.root());
    play(&mut recorder, 0..2);
    drop(recorder);
    record_failure(&paths, &run, &outcome, None).unwrap();
    assert_eq!(store::read_outcome(&paths).unwrap(), Some(outcome.clone()));
    assert_eq!(read_table(&paths.loss_csv()).unwrap().rows(), 2);
    assert!(paths.samples_gif().exists() && paths.plot("loss").exists());

    // A torn table does not keep the outcome from being written.
    fs::write(paths.metrics_csv(), "epoch,step\n0,3").unwrap();
    record_failure(&paths, &run, &outcome, None).unwrap();
    let reason = store::read_outcome(&paths).unwrap().unwrap().reason;
    assert!(reason.starts_with("panicked: index out of bounds; its records are not complete: "));

    // Another run's records do not pass for this one's.
    let other = support::run("maxout-8", 1);
    record_failure(&paths, &other, &outcome, None).unwrap();
    assert!(!paths.loss_csv().exists() && !paths.samples_gif().exists());
}
