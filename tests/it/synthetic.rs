//! Records of sweeps that were never trained, made by formula: for tests of what reads records.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cgan_sweep::gan::{Cgan, METRICS};
use cgan_sweep::record::{
    Manifest, MetricRecord, RunPaths, RunRecord, SweepPaths, VariantRecord, format,
};
use cgan_sweep::run::{Outcome, OutcomeKind};
use serde_json::json;

/// A sweep to be written down.
pub(crate) struct Synthetic {
    /// What it was to train.
    pub(crate) manifest: Manifest,
    /// Epochs of each run.
    pub(crate) epochs: u64,
    /// Whether runs have `scores.json`, and FID in `metrics.csv`.
    pub(crate) scores: bool,
    /// Whether runs have sample grids, and how often.
    pub(crate) samples_every: u64,
    /// Classes of a sample grid, and pixels down and across of one of its images.
    pub(crate) grid: (u32, u32, u32),
    /// Whether a sample grid's pixels are noise, which no PNG makes smaller.
    pub(crate) grainy: bool,
    /// Whether runs have `lights.json`.
    pub(crate) lights: bool,
    /// How much each variant's FID lies below that of the one before it.
    pub(crate) gain: f64,
    /// How much each variant's conditional accuracy lies above that of the one before it.
    pub(crate) sharper: f64,
}

impl Synthetic {
    /// Variants with what they change, the first being the baseline, and seeds 1 to `seeds`.
    pub(crate) fn new(variants: &[(&str, &[(&str, &str)])], seeds: u64) -> Self {
        let changes = |list: &[(&str, &str)]| {
            list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let variants: Vec<VariantRecord> = variants
            .iter()
            .map(|(name, list)| VariantRecord {
                name: (*name).into(),
                changes: changes(list),
                values: list
                    .iter()
                    .map(|(k, v)| {
                        ((*k).to_owned(), serde_json::from_str(v).unwrap_or_else(|_| (*v).into()))
                    })
                    .collect(),
            })
            .collect();
        let mut manifest = Manifest {
            experiment: "pieces".into(),
            question: "Do more maxout pieces help?".into(),
            baseline: variants[0].name.clone(),
            seeds: (1..=seeds).collect(),
            looks: None,
            search: None,
            primary_metric: None,
            questions: Vec::new(),
            declared_late: false,
            seeds_before: None,
            overrides: Vec::new(),
            metrics: MetricRecord::of(&Cgan),
            variants,
            runs: Vec::new(),
        };
        for variant in &manifest.variants {
            for seed in &manifest.seeds {
                let key = format!("{:016x}", noise(&variant.name, *seed, 0).to_bits());
                manifest.runs.push(RunRecord { variant: variant.name.clone(), seed: *seed, key });
            }
        }
        Self {
            manifest,
            epochs: 8,
            scores: true,
            samples_every: 0,
            grid: (10, 28, 28),
            grainy: false,
            lights: false,
            gain: 1.5,
            sharper: 0.0,
        }
    }

    /// Writes every record.
    pub(crate) fn write(&self, dir: &Path) {
        let paths = SweepPaths::at(dir);
        fs::create_dir_all(dir).unwrap();
        let plan = format::to_json(&self.manifest).unwrap();
        fs::write(paths.manifest(), plan).unwrap();
        fs::write(paths.experiment(), "question = \"Do more maxout pieces help?\"\n").unwrap();
        for record in &self.manifest.runs {
            self.write_run(record, &paths.run(&record.variant, record.seed));
        }
    }

    pub(crate) fn write_run(&self, record: &RunRecord, paths: &RunPaths) {
        fs::create_dir_all(paths.samples_dir()).unwrap();
        fs::write(paths.run(), format::to_json(record).unwrap()).unwrap();
        let mut metrics = String::from("epoch,step");
        for metric in METRICS {
            let _ = write!(metrics, ",{}", metric.name);
        }
        metrics.push_str(if self.scores { ",fid\n" } else { "\n" });
        let mut losses = String::from("epoch,Real_P,Fake_P,Gen_loss,Dis_loss\n");
        let mut timing = String::from("epoch,seconds\n");
        let effect = self.effect(&record.variant);
        for epoch in 0..self.epochs {
            let t = epoch as f64;
            let jitter =
                |k: u64| 0.02 * (noise(&record.variant, record.seed, 100 * epoch + k) - 0.5);
            let real_p = 0.95 - 0.012 * t.min(12.0) + jitter(1) - 0.01 * effect;
            let fake_p = 0.2 / (1.0 + t) + 0.05 + jitter(2).abs() + 0.01 * effect;
            let gen_loss = 4.0 - 0.05 * t + 5.0 * jitter(3);
            let dis_loss = 0.12 + 0.012 * t.min(12.0) + jitter(4) + 0.02 * effect;
            let _ =
                writeln!(losses, "{epoch:5},{real_p:.6},{fake_p:.6},{gen_loss:.6},{dis_loss:.6}");
            let _ = write!(
                metrics,
                "{epoch},{},{real_p},{fake_p},{gen_loss},{dis_loss}",
                235 * (epoch + 1)
            );
            for k in 4..METRICS.len() as u64 {
                let _ = write!(metrics, ",{}", 1.0 + jitter(k));
            }
            if self.scores {
                let fid = self.fid(&record.variant, record.seed) + 150.0 * (-t / 4.0).exp();
                let _ = write!(metrics, ",{}", fid + 20.0 * jitter(40));
            }
            metrics.push('\n');
            let _ = writeln!(timing, "{epoch},{:.3}", 13.0 + 10.0 * jitter(50));
            if self.samples_every > 0 && (epoch + 1) % self.samples_every == 0 {
                let ripeness = (t + 1.0) / self.epochs as f64;
                self.write_grid(&paths.samples(epoch + 1), record, ripeness);
            }
        }
        fs::write(paths.metrics_csv(), metrics).unwrap();
        fs::write(paths.loss_csv(), losses).unwrap();
        fs::write(paths.timing_csv(), timing).unwrap();
        let environment = json!({
            "version": "0.1.0", "git_commit": "0123abc", "cpu": "Test CPU <&>", "cores": 2,
            "argv": ["cgan-sweep", "sweep", "pieces.toml"],
        });
        fs::write(paths.environment(), environment.to_string()).unwrap();
        if self.scores {
            let fid = self.fid(&record.variant, record.seed);
            let accuracy =
                0.94 + 0.02 * noise(&record.variant, record.seed, 9) + self.sharper * effect;
            let score = |name: &str, value: f64, unit: &str, direction: &str| {
                json!({"name": name, "value": value, "unit": unit, "direction": direction,
                       "mode": "eval", "n": 10000})
            };
            let kid = json!({"name": "kid", "not_computable": "too few samples", "unit": "1",
                             "direction": "lower", "mode": "eval", "n": 10});
            let scores = json!({
                "scorer": {"hash": "5c0fe", "accuracy": 0.9912, "measured_on": "test",
                           "trained_on": "train[..50000]"},
                "reference": {"name": "test", "n": 10000},
                "selection": {"name": "train[50000:60000]", "n": 10000},
                "label_policy": "labels of the reference images",
                "eval_seed": 0, "samples": 10000,
                "metrics": [score("fid", fid, "feature²", "lower"),
                            score("conditional_accuracy", accuracy, "fraction", "higher"), kid],
                "real_vs_real": [score("fid", 1.62, "feature²", "lower"),
                                 score("conditional_accuracy", 0.9912, "fraction", "higher")],
                "classes": [], "confusion": [],
            });
            fs::write(paths.root().join("scores.json"), scores.to_string()).unwrap();
        }
        if self.lights {
            let late = record.seed.is_multiple_of(3);
            let curve = |top: f64| -> Vec<f64> {
                (0..self.epochs).map(|e| top * (1.0 - 0.9f64.powi(e as i32))).collect()
            };
            let light = |name: &str, state: &str, since: Option<u64>, top: f64, threshold: f64| {
                json!({"name": name, "state": state, "since": since, "value": top,
                       "threshold": threshold, "reason": "signal <b>", "curve": curve(top)})
            };
            let state = if late { "warn" } else { "ok" };
            let lights = json!([
                light("discriminator-wins", "ok", None, 0.84, 0.9),
                light(
                    "late-collapse",
                    state,
                    late.then_some(6),
                    if late { 1.62 } else { 1.0 },
                    1.5
                ),
                light("label-ignored", "unknown", None, 0.0, 0.5),
            ]);
            fs::write(paths.root().join("lights.json"), lights.to_string()).unwrap();
        }
        self.end(record, OutcomeKind::Completed, self.epochs, "", paths);
    }

    fn end(&self, _: &RunRecord, kind: OutcomeKind, epochs: u64, why: &str, paths: &RunPaths) {
        let outcome = Outcome { kind, steps: 235 * epochs, epochs, reason: why.into() };
        fs::write(paths.outcome(), serde_json::to_vec(&outcome).unwrap()).unwrap();
    }

    /// Replaces the outcome of a run and cuts its tables to so many epochs.
    pub(crate) fn stop(
        &self,
        dir: &Path,
        variant: &str,
        seed: u64,
        kind: OutcomeKind,
        epochs: u64,
        why: &str,
    ) {
        let paths = SweepPaths::at(dir).run(variant, seed);
        for file in [paths.metrics_csv(), paths.loss_csv()] {
            let text = fs::read_to_string(&file).unwrap();
            let kept: Vec<&str> = text.lines().take(1 + epochs as usize).collect();
            fs::write(&file, kept.join("\n") + "\n").unwrap();
        }
        let _ = fs::remove_file(paths.root().join("scores.json"));
        self.end(&self.manifest.runs[0], kind, epochs, why, &paths);
    }

    /// Rows of twenty rings that sharpen as training goes on, like digits from noise.
    fn write_grid(&self, file: &Path, record: &RunRecord, ripeness: f64) {
        let (classes, down, across) = self.grid;
        let mut state = record.seed;
        let picture = image::GrayImage::from_fn(20 * across, classes * down, |x, y| {
            if self.grainy {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                return image::Luma([(state >> 56) as u8]);
            }
            let (row, column) = (y / down, x / across);
            let (dx, dy) = (f64::from(x % across) - 13.5, f64::from(y % down) - 13.5);
            let radius = 3.0 + 0.7 * f64::from(row) + noise("r", record.seed, u64::from(column));
            let edge = ((dx * dx + dy * dy).sqrt() - radius).abs();
            let ink = (1.0 - edge / 2.0).max(0.0) * ripeness;
            let grain = noise(&record.variant, u64::from(x), u64::from(y)) * (1.0 - ripeness);
            image::Luma([(255.0 * (ink + 0.7 * grain).min(1.0)) as u8])
        });
        picture.save(file).unwrap();
    }

    /// How far a variant lies from the baseline: its place in the list.
    fn effect(&self, variant: &str) -> f64 {
        self.manifest.variants.iter().position(|v| v.name == variant).unwrap() as f64
    }

    /// Seeds share a part, as paired runs do.
    pub(crate) fn fid(&self, variant: &str, seed: u64) -> f64 {
        14.0 + 3.0 * noise("seed", seed, 7) + 0.8 * noise(variant, seed, 8)
            - self.gain * self.effect(variant)
    }
}

/// A number in [0, 1) from a name and two numbers (SplitMix64's finaliser).
fn noise(name: &str, seed: u64, k: u64) -> f64 {
    let mut x = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    x = x.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(k << 17);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ x >> 31) as f64 / 2f64.powi(64)
}
