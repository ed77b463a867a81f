//! The table of `docs/benchmark.md` from the records of a sweep:
//! `cargo run --release --example benchmark -- runs/benchmark benchmark.csv 20 50` scores runs at their end and
//! as they were after 20 and 50 epochs, where they kept their weights (`record.checkpoint_every`). The
//! table goes to the terminal, and every run's scores to the CSV file.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use cgan_sweep::data::DataSet;
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Stream;
use cgan_sweep::report;
use cgan_sweep::report::stats::{mean, median, student_interval};
use cgan_sweep::run::{RunStatus, Scores, Value};
use cgan_sweep::score::{
    EVAL_SEED, FullOptions, Reference, SampleSource as _, Samples, Scorer, TrainedSampler, full,
};
use cgan_sweep::spec::DataSettings;

/// Columns of the table: a score and its decimals.
const COLUMNS: [(&str, usize); 8] = [
    ("fid", 2),
    ("kid", 1),
    ("conditional_accuracy", 4),
    ("precision", 3),
    ("recall", 3),
    ("coverage", 3),
    ("intra_class_ratio", 3),
    ("parzen_ll_refined", 0),
];

/// A run after some epochs.
struct Row {
    variant: usize,
    epochs: u64,
    seed: u64,
    minutes: f64,
    scores: BTreeMap<String, f64>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, csv, epochs @ ..] = &arguments[..] else {
        anyhow::bail!("usage: benchmark SWEEP CSV [EPOCHS …]");
    };
    let epochs: Vec<u64> = epochs.iter().map(|n| n.parse()).collect::<Result<_, _>>()?;
    let sweep = report::load(dir.as_ref())?;
    let mut references = BTreeMap::new();
    let mut rows = Vec::new();
    for run in sweep.runs.iter().filter(|run| run.status == RunStatus::Completed) {
        let paths = sweep.paths.run(&run.record.variant, run.record.seed);
        // The median epoch, and below the fastest run, so that a busy machine does not count.
        let times = std::fs::read_to_string(paths.timing_csv())?;
        let seconds: Vec<f64> =
            times.lines().skip(1).filter_map(|row| row.split(',').nth(1)?.parse().ok()).collect();
        let each = median(&seconds).context("a run without times")?;
        let mut row = |epochs: u64, scores: &Scores| {
            let scores = scores.metrics.iter().filter_map(|score| match &score.value {
                Value::Value(value) => Some((score.name.clone(), *value)),
                Value::NotComputable(_) => None,
            });
            let (seed, scores) = (run.record.seed, scores.collect());
            let minutes = each * epochs as f64 / 60.0;
            rows.push(Row { variant: run.variant, epochs, seed, minutes, scores });
        };
        for epochs in epochs.iter().filter(|n| **n < run.epochs && paths.weights(**n).is_file()) {
            let sampler = TrainedSampler::open(&Cgan, &paths, Some(*epochs))?;
            let data = sampler.settings().data.clone();
            let reference = match references.entry(data) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let reference = reference(entry.key(), dir.as_ref())?;
                    entry.insert(reference)
                }
            };
            row(*epochs, &score(sampler, reference)?);
        }
        row(run.epochs, run.scores.as_ref().context("a run without scores")?);
    }
    rows.sort_by_key(|row| (row.variant, row.epochs, row.seed));
    let names: Vec<&str> = sweep.manifest.variants.iter().map(|v| &*v.name).collect();
    write_csv(csv.as_ref(), &names, &rows)?;
    print_table(&names, &rows)?;
    // The same scores of real images, which choose, against those that scores are taken against.
    let scores = sweep.runs.iter().find_map(|run| run.scores.as_ref()).context("no scores")?;
    let real = |(name, decimals): &(&str, usize)| {
        let real = scores.real_vs_real.iter().find(|real| real.name == *name);
        match real.map(|real| &real.value) {
            Some(Value::Value(value)) => format!("{value:.decimals$}"),
            _ => "–".to_owned(),
        }
    };
    let cells: Vec<String> = COLUMNS.iter().map(real).collect();
    writeln!(std::io::stdout(), "| real images | – | – | – | {} |", cells.join(" | "))?;
    Ok(())
}

/// The images of these settings, with their scorer.
fn reference(data: &DataSettings, sweep: &Path) -> Result<Reference> {
    let data = DataSet::load(data)?;
    let runs = sweep.parent().unwrap_or(sweep);
    let scorer = Scorer::load(&data, &runs.join(".scorers"))?;
    Ok(Reference::new(Arc::new(scorer), data)?)
}

/// The full scores, as `cgan-sweep score RUN --epoch N` gives them.
fn score(mut sampler: TrainedSampler, reference: &Reference) -> Result<Scores> {
    let labels = reference.report_images().labels.to_vec();
    let (pixels, range) = sampler.sample(&labels, Stream::new(EVAL_SEED))?;
    let each = reference.scorer().pixels_each();
    let samples = Samples::new(pixels, range, labels, each, reference.classes())?;
    Ok(full(reference, samples, &FullOptions { parzen: true, ..Default::default() })?)
}

fn write_csv(path: &Path, names: &[&str], rows: &[Row]) -> Result<()> {
    let mut file = csv::Writer::from_path(path)?;
    let scores: Vec<&String> = rows.first().map_or(Vec::new(), |row| row.scores.keys().collect());
    file.write_record(
        ["recipe", "epochs", "seed", "minutes"]
            .into_iter()
            .chain(scores.iter().map(|s| s.as_str())),
    )?;
    for row in rows {
        let start = [
            names[row.variant].to_owned(),
            row.epochs.to_string(),
            row.seed.to_string(),
            format!("{:.2}", row.minutes),
        ];
        let value = |name: &&String| row.scores.get(*name).map_or(String::new(), f64::to_string);
        file.write_record(start.into_iter().chain(scores.iter().map(value)))?;
    }
    Ok(file.flush()?)
}

fn print_table(names: &[&str], rows: &[Row]) -> Result<()> {
    let mut out = std::io::stdout();
    let titles: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    writeln!(out, "| recipe | epochs | seeds | minutes | {} |", titles.join(" | "))?;
    writeln!(out, "|---|--:|--:|--:|{}", "---|".repeat(titles.len()))?;
    for rows in rows.chunk_by(|a, b| (a.variant, a.epochs) == (b.variant, b.epochs)) {
        let minutes: Vec<f64> = rows.iter().map(|row| row.minutes).collect();
        let cells: Vec<String> = COLUMNS
            .iter()
            .map(|&(name, decimals)| {
                let values: Vec<f64> =
                    rows.iter().filter_map(|row| row.scores.get(name).copied()).collect();
                let mean = mean(&values).map_or("–".into(), |mean| format!("{mean:.decimals$}"));
                let interval = student_interval(&values, 0.95);
                let half = interval.map(|i| format!(" ± {:.decimals$}", (i.high - i.low) / 2.0));
                mean + &half.unwrap_or_default()
            })
            .collect();
        writeln!(
            out,
            "| {} | {} | {} | {:.1} | {} |",
            names[rows[0].variant],
            rows[0].epochs,
            rows.len(),
            minutes.iter().copied().fold(f64::INFINITY, f64::min),
            cells.join(" | ")
        )?;
    }
    Ok(())
}
