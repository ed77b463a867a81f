//! What records cost: TensorBoard scalars a second, an epoch's files, a whole short run.
//!
//! `cargo bench --bench records`

use std::path::PathBuf;
use std::sync::Arc;

use cgan_sweep::data::{DataInfo, DataSet, Images};
use cgan_sweep::gan::{Cgan, METRICS};
use cgan_sweep::plan::Run;
use cgan_sweep::record::{Clock, Environment, RunPaths, RunRecorder, TensorBoard};
use cgan_sweep::run::{EpochMetrics, Numbers, Outcome, OutcomeKind};
use cgan_sweep::run::{Event, Grid, Recorder};
use cgan_sweep::spec::DataSettings;
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

fn step_metrics() -> Numbers {
    [("real_p", 0.75), ("fake_p", 0.25), ("gen_loss", 1.3), ("dis_loss", 1.1)].into_iter().collect()
}

/// Scalars through events, framing, checksums and the file system.
#[divan::bench]
fn tensorboard_scalars(bencher: Bencher<'_, '_>) {
    const STEPS: u64 = 50_000;
    let dir = tempfile::tempdir().unwrap();
    let metrics = step_metrics();
    bencher.counter(ItemsCount::new(4 * STEPS)).bench_local(|| {
        let path = dir.path().join("events");
        let mut board = TensorBoard::create(path, Clock::system()).unwrap();
        for step in 1..=STEPS {
            board.step(&Cgan, step, &metrics, false).unwrap();
        }
        board.flush().unwrap()
    });
}

/// All that is written at the end of an epoch of preset `article`, weights aside. The epoch takes
/// some 9 s to train; 1 % of that is 90 ms.
#[divan::bench]
fn article_epoch(bencher: Bencher<'_, '_>) {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = recorder(dir.path().join("run"));
    let grid = grid();
    let mut epoch = 0;
    bencher.bench_local(|| {
        end_epoch(&mut recorder, epoch, &grid);
        epoch += 1;
    });
}

/// The records of a run of one epoch from the first file to the outcome: what is added to the
/// training of each of many tiny runs.
#[divan::bench]
fn shortest_run(bencher: Bencher<'_, '_>) {
    let dir = tempfile::tempdir().unwrap();
    let grid = Grid { rows: 2, columns: 2, image_height: 2, image_width: 2, pixels: vec![0; 16] };
    let mut run = 0;
    bencher.bench_local(|| {
        run += 1;
        let mut recorder = recorder(dir.path().join(format!("run-{run}")));
        end_epoch(&mut recorder, 0, &grid);
        finish(&mut recorder);
    });
}

/// GIF, plots and outcome after 150 epochs of preset `article`.
#[divan::bench(sample_count = 5)]
fn article_end(bencher: Bencher<'_, '_>) {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = recorder(dir.path().join("run"));
    let grid = grid();
    for epoch in 0..150 {
        end_epoch(&mut recorder, epoch, &grid);
    }
    bencher.bench_local(|| finish(&mut recorder));
}

fn recorder(folder: PathBuf) -> RunRecorder {
    let settings = Arc::new(cgan_sweep::gan::article());
    let run = Run {
        model: &Cgan,
        variant: 0,
        variant_name: "article".to_owned(),
        seed: 0,
        key: "key".to_owned(),
        prefix_key: None,
        settings,
        settings_toml: "".into(),
    };
    let images = Images { pixels: vec![0; 2], labels: vec![0, 1], height: 1, width: 1 };
    let data = DataSet {
        train: images,
        test: None,
        classes: 2,
        name: "two".to_owned(),
        hash: "hash".to_owned(),
        info: DataInfo::default(),
    };
    let environment = Environment::gather(&data);
    RunRecorder::create(RunPaths::at(folder), &run, &environment, Clock::system()).unwrap()
}

fn end_epoch(recorder: &mut RunRecorder, epoch: u64, grid: &Grid) {
    let step = (epoch + 1) * 235;
    let numbers = METRICS.iter().map(|metric| (metric.name, 1.0 / 3.0)).collect();
    let metrics = EpochMetrics { epoch, step, numbers };
    recorder.record(&Event::Epoch(&metrics)).unwrap();
    recorder.record(&Event::Samples { epoch, step, grid }).unwrap();
}

fn finish(recorder: &mut RunRecorder) {
    let kind = OutcomeKind::Completed;
    let outcome = Outcome { kind, steps: 1, epochs: 1, reason: String::new() };
    recorder.record(&Event::Finished(&outcome)).unwrap();
}

/// 200 real digits in the article's layout, so that compression has real work.
fn grid() -> Grid {
    let data = DataSet::load(&DataSettings { subset: 200, ..DataSettings::default() }).unwrap();
    let mut pixels = vec![0; 280 * 560];
    for (i, image) in data.train.pixels.chunks(784).enumerate() {
        for (y, row) in image.chunks(28).enumerate() {
            let at = (i / 20 * 28 + y) * 560 + i % 20 * 28;
            pixels[at..at + 28].copy_from_slice(row);
        }
    }
    Grid { rows: 10, columns: 20, image_height: 28, image_width: 28, pixels }
}
