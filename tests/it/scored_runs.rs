//! Scores and lights of real trainings, short ones: they leave the training alone, come out the
//! same after a resume, and see what was planted.

use cgan_sweep::files::read_table;
use cgan_sweep::run::RunStatus;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cgan_sweep::data::{DataInfo, DataSet, Images};
use cgan_sweep::error::Result;
use cgan_sweep::gan::LabelInput;
use cgan_sweep::health::{Light, State};
use cgan_sweep::plan::Run;
use cgan_sweep::record::{Clock, Environment, RunPaths, RunRecorder, checkpoint};
use cgan_sweep::report;
use cgan_sweep::run::OutcomeKind;
use cgan_sweep::run::Scores;
use cgan_sweep::run::{Event, Recorder};
use cgan_sweep::score::{ReferenceCache, RunEvaluator};
use cgan_sweep::train::{Evaluator, train};

use crate::trial::{FAULTS, Fault, Place, light, on, read};
use crate::typed::AllSettings;
use crate::{support, trial};

const SIZE: usize = 8;
const CLASSES: usize = 4;
/// Four classes of 8 x 8 pixels: a bright quarter, and waves that differ from image to image.
fn images(range: std::ops::Range<usize>) -> Images {
    let pixel = |i: usize, p: usize| {
        let (y, x) = (p / SIZE, p % SIZE);
        let bright = 2 * (y * 2 / SIZE) + x * 2 / SIZE == i % CLASSES;
        let turn = (i * i % 97) as f64 * 0.37;
        let wave = (turn + x as f64 * 0.7).sin() + (1.7 * turn + y as f64 * 0.9).cos();
        (if bright { 200.0 } else { 50.0 } + 25.0 * wave) as u8
    };
    Images {
        pixels: range.clone().flat_map(|i| (0..SIZE * SIZE).map(move |p| pixel(i, p))).collect(),
        labels: range.map(|i| (i % CLASSES) as u8).collect(),
        height: SIZE,
        width: SIZE,
    }
}

fn data() -> DataSet {
    DataSet {
        train: images(0..1_200),
        test: Some(images(5_000..5_400)),
        classes: CLASSES,
        name: "quarters".to_owned(),
        hash: "quarters".to_owned(),
        info: DataInfo::default(),
    }
}

/// A small network that learns the quarters in seconds.
fn run(change: impl Fn(&mut AllSettings)) -> Run {
    small(change).run(1)
}

/// Its settings.
fn small(change: impl Fn(&mut AllSettings)) -> AllSettings {
    trial::trial(|settings| {
        settings.record.checkpoint_every = 4;
        settings.noise.dim = 8;
        settings.generator.noise_units = 32;
        settings.generator.label = LabelInput::Dense { units: 32 };
        settings.generator.hidden = vec![64];
        settings.discriminator.image_units = 32;
        settings.discriminator.image_pieces = 3;
        settings.discriminator.label = Some(LabelInput::Maxout { units: 16, pieces: 2 });
        settings.discriminator.joint_units = 32;
        settings.discriminator.joint_pieces = 3;
        settings.optimizer.generator.lr = 1e-3;
        settings.optimizer.discriminator.lr = 1e-3;
        settings.discriminator.dropout = 0.2;
        settings.train.batch = 20;
        change(settings);
    })
}

#[test]
fn planted_faults_show_and_a_healthy_run_is_silent() {
    let place = Place::new(Arc::new(data()));
    let healthy = run(|_| {});
    place.carry_out("healthy", &healthy, &place.real, None);
    let shown = place.lights("healthy");
    assert_eq!(on(&shown), [] as [&str; 0]);
    assert_eq!(light(&shown, "label-ignored").state, State::Ok);
    assert_eq!(light(&shown, "collapse-within-class").state, State::Ok);

    // A network this small is not surely made sick by the others; `faults.rs` plants all on MNIST.
    let shown_here =
        |fault: &&Fault| !["discriminator-overfits", "late-collapse"].contains(&fault.light);
    for fault in FAULTS.iter().filter(shown_here) {
        // Here D wins only over a slow G.
        let planted = |settings: &mut AllSettings| {
            if fault.light == "discriminator-wins" {
                settings.optimizer.generator.lr /= 5.0;
                settings.train.epochs = 10;
            }
        };
        let outcome = place.plant(fault, fault.name, (1, &small(planted)), &place.real);
        let shown = place.lights(fault.name);
        let light = light(&shown, fault.light);
        assert!(light.state >= fault.least, "{}: {outcome:?} {light:#?}", fault.name);
        match fault.light {
            "discriminator-wins" => assert!(light.since.is_some_and(|e| e <= 1), "{light:#?}"),
            "not-finite" => {
                assert_eq!(outcome.kind, OutcomeKind::Diverged);
                assert!(!place.paths(fault.name).scores().exists());
            }
            _ => {}
        }
    }
}

/// Sets the stop flag after some steps.
struct StopAfter<'a> {
    recorder: RunRecorder,
    steps: u64,
    stop: &'a AtomicBool,
}

impl Recorder for StopAfter<'_> {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        if matches!(event, Event::Step { step, .. } if *step == self.steps) {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.recorder.record(event)
    }
}

/// What every result file holds; not the settings, which may ask for scores or not.
fn results(paths: &RunPaths) -> BTreeMap<String, Vec<u8>> {
    let files = [
        paths.loss_csv(),
        paths.metrics_csv(),
        paths.last_weights(),
        paths.weights(4),
        paths.scores(),
        paths.lights(),
        paths.outcome(),
        paths.sums(),
    ];
    files.iter().map(|path| (paths.name(path), fs::read(path).unwrap_or_default())).collect()
}

#[test]
fn scoring_leaves_the_training_alone_and_resumes_to_the_same_bytes() {
    let place = Place::new(Arc::new(data()));
    let scored = run(|s| s.train.epochs = 6);
    place.carry_out("scored", &scored, &place.real, None);
    let whole = results(&place.paths("scored"));
    assert!(whole.values().all(|bytes| !bytes.is_empty()));
    let table = read_table(&place.paths("scored").metrics_csv()).unwrap();
    for name in ["conditional_accuracy", "kid", "intra_class_ratio_min", "held_out_sign"] {
        assert!(table.column(name).unwrap().iter().all(|x| x.is_finite()), "{name}");
    }
    let sums = String::from_utf8(whole["SHA256SUMS"].clone()).unwrap();
    assert!(sums.contains("  scores.json\n") && sums.contains("  lights.json\n"), "{sums}");

    let plain = run(|s| {
        s.train.epochs = 6;
        (s.score.fast, s.score.full) = (false, false);
    });
    place.carry_out("plain", &plain, &place.real, None);
    let unscored = results(&place.paths("plain"));
    for name in ["weights/last.safetensors", "weights/epoch-0004.safetensors", "loss.csv"] {
        assert!(whole[name] == unscored[name], "{name}");
    }
    assert!(unscored["scores.json"].is_empty());

    // In the middle, and when only the scores are left to do.
    for (name, steps) in [("resumed", 200), ("unscored", 360)] {
        let stop = AtomicBool::new(false);
        let mut until = StopAfter { recorder: place.recorder(name, &scored), steps, stop: &stop };
        let mut evaluator = RunEvaluator::new(&scored, Arc::clone(&place.real), &place.references);
        let halted = train(
            &scored,
            &place.real,
            scored.model.start(&scored.settings, scored.seed, &place.real).as_mut(),
            None,
            Some(&mut evaluator),
            &mut until,
            &stop,
        )
        .unwrap();
        assert_eq!((halted.kind, halted.steps), (OutcomeKind::Interrupted, steps));
        let paths = place.paths(name);
        assert!(!paths.scores().exists());
        let saved = checkpoint::read(&paths.checkpoint()).unwrap();
        let environment = Environment::gather(&place.real);
        let positions = &saved.header.positions;
        let mut recorder =
            RunRecorder::resume(paths.clone(), &scored, &environment, Clock::system(), positions)
                .unwrap();
        let evaluator: &mut dyn Evaluator = &mut evaluator;
        let stop = AtomicBool::new(false);
        let from = Some(saved.state);
        train(
            &scored,
            &place.real,
            scored.model.start(&scored.settings, scored.seed, &place.real).as_mut(),
            from,
            Some(evaluator),
            &mut recorder,
            &stop,
        )
        .unwrap();
        assert!(results(&paths) == whole, "{name}");
    }
}

#[test]
fn a_set_too_small_for_a_scorer_completes_and_says_why_it_has_no_scores() {
    let tiny = Arc::new(support::data());
    let dir = tempfile::tempdir().unwrap();
    let references = ReferenceCache::new(dir.path().join("scorers"));
    let run = run(|s| (s.train.epochs, s.train.batch) = (2, 5));
    let paths = RunPaths::at(dir.path().join("run"));
    let environment = Environment::gather(&tiny);
    let mut recorder =
        RunRecorder::create(paths.clone(), &run, &environment, Clock::system()).unwrap();
    let mut evaluator = RunEvaluator::new(&run, Arc::clone(&tiny), &references);
    let stop = AtomicBool::new(false);
    let outcome = train(
        &run,
        &tiny,
        run.model.start(&run.settings, run.seed, &tiny).as_mut(),
        None,
        Some(&mut evaluator),
        &mut recorder,
        &stop,
    )
    .unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Completed);
    let scores: Scores = read(&paths.scores());
    assert_eq!(scores.scorer, None);
    let json = fs::read_to_string(paths.scores()).unwrap();
    assert!(json.contains("10 train images are too few"), "{json}");
    let table = read_table(&paths.metrics_csv()).unwrap();
    assert!(table.column("kid").unwrap().iter().all(|x| x.is_nan()));
    assert!(table.column("train_sign").unwrap().iter().all(|x| x.is_finite()));
    assert_eq!(light(&read::<Vec<Light>>(&paths.lights()), "label-ignored").state, State::Unknown);
}

#[test]
fn a_report_reads_scores_and_lights_as_they_are_written() {
    let place = Place::new(Arc::new(data()));
    let run = run(|s| s.train.epochs = 3);
    place.carry_out("sweep/base/seed-1", &run, &place.real, None);
    let sweep = place.dir.path().join("sweep");
    let plan = serde_json::json!({
        "format": 1, "experiment": "quarters", "question": "Do quarters work?", "baseline": "base",
        "seeds": [1], "primary_metric": "fid",
        "variants": [{"name": "base", "changes": []}],
        "runs": [{"variant": "base", "seed": 1, "key": run.key}],
    });
    fs::write(sweep.join("plan.json"), plan.to_string()).unwrap();
    let report = report::build(&sweep).unwrap();
    let told = &report.sweep.runs[0];
    assert_eq!(told.status, RunStatus::Completed, "{}", told.reason);
    let scores: Scores = read(&place.paths("sweep/base/seed-1").scores());
    assert_eq!(told.final_value("fid"), scores.get("fid"));
    assert!(told.final_value("fid").is_some());
    assert_eq!(told.lights, place.lights("sweep/base/seed-1"));
    let primary = report.analysis.primary.as_ref().unwrap();
    assert_eq!(report.analysis.metrics[primary.metric].name, "fid");
}
