//! TensorBoard's view of a whole sweep: the HParams table, and a run of mean, lower and upper end
//! of the 95 % band for each variant.
//!
//! HParams are written when a sweep starts ([`write_hparams`]), so the table is complete before
//! the first number, and again with every report, then with how each run ended. Aggregates are
//! pages of the report. Nothing here holds a time: all events have wall time 0.

mod event;
mod hparams;

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use super::analysis::Analysis;
use super::curves::curve;
use super::load::Sweep;
use super::markdown;
use super::metrics::MetricInfo;
use super::page::Page;
use super::stats::Bands;
use crate::error::Result;
use crate::record::Manifest;
use crate::record::write_whole;
use event::{epoch_tag, file, note, scalar, summary};
use hparams::{end, starts};

/// What was decided from round to round: looks, or rungs of a search.
const ROUNDS_FILE: &str = "events.out.tfevents.1.cgan-sweep-rounds";
/// Name of the event file of an aggregate.
const AGGREGATE_FILE: &str = "events.out.tfevents.0.cgan-sweep";

/// Writes the HParams of a sweep that is about to start: the experiment, and the start of one
/// session a run, so that all of them are in the table from the first moment on.
///
/// # Errors
/// If a file cannot be written.
pub fn write_hparams(dir: &Path, manifest: &Manifest) -> Result<()> {
    for page in starts(manifest) {
        write_whole(&dir.join(&page.name), &page.bytes)?;
    }
    Ok(())
}

/// All event files of a report.
pub(super) fn pages(sweep: &Sweep, analysis: &Analysis) -> Vec<Page> {
    let metrics = &analysis.metrics;
    let mut pages = starts(&sweep.manifest);
    pages.extend(sweep.runs.iter().filter_map(end));
    pages.extend(rounds(sweep, analysis));
    // A band an epoch, metric and variant: most of a large report's time.
    let variants: Vec<usize> = (0..sweep.manifest.variants.len()).collect();
    pages.par_extend(variants.into_par_iter().flat_map_iter(|v| aggregates(sweep, v, metrics)));
    pages
}

/// Mean, lower and upper end of one variant.
fn aggregates(sweep: &Sweep, variant: usize, metrics: &[MetricInfo]) -> Vec<Page> {
    let name = &sweep.manifest.variants[variant].name;
    let mut bands = Bands::default();
    let series: Vec<Series> =
        metrics.iter().filter_map(|m| Series::new(sweep, variant, &m.name, &mut bands)).collect();
    if series.is_empty() {
        return Vec::new();
    }
    let page = |(folder, part): (&str, usize)| Page {
        name: format!("{name}/{folder}/{AGGREGATE_FILE}"),
        bytes: aggregate(&series, part),
    };
    PARTS.map(page).into()
}

/// The looks or rungs that were decided, as a text under `rounds`; none of a sweep that has none.
fn rounds(sweep: &Sweep, analysis: &Analysis) -> Option<Page> {
    let decided = analysis.rounds().filter(|(decided, _)| *decided > 0);
    let (decided, _) = decided?;
    let event = note("rounds", decided as u64, &markdown::rounds_md(sweep, analysis));
    Some(Page { name: ROUNDS_FILE.into(), bytes: file(&[event]) })
}

/// Mean and band of one metric, with its epochs done.
struct Series {
    tag: String,
    points: Vec<(u64, [f64; 3])>,
}

/// Folder of an aggregate beside the seeds' and its place in a [`Series`]' points.
const PARTS: [(&str, usize); 3] = [("mean", 0), ("ci-low", 1), ("ci-high", 2)];

impl Series {
    fn new(sweep: &Sweep, variant: usize, metric: &str, bands: &mut Bands) -> Option<Self> {
        let curve = curve(sweep, variant, metric, usize::MAX, bands)?;
        let points = curve.points.into_iter().map(|(epoch, mean, band)| {
            // One seed has no band: all three lines are the run.
            let (low, high) = band.map_or((mean, mean), |b| (b.low, b.high));
            (epoch, [mean, low, high])
        });
        Some(Self { tag: epoch_tag(metric), points: points.collect() })
    }
}

fn aggregate(series: &[Series], part: usize) -> Vec<u8> {
    let epochs: BTreeSet<u64> = series.iter().flat_map(|s| s.points.iter().map(|p| p.0)).collect();
    let mut events = Vec::new();
    let mut next = vec![0; series.len()];
    for epoch in epochs {
        let mut values = Vec::new();
        for (series, next) in series.iter().zip(&mut next) {
            if let Some((_, point)) = series.points.get(*next).filter(|p| p.0 == epoch) {
                values.push(scalar(series.tag.clone(), point[part]));
                *next += 1;
            }
        }
        events.push(summary(epoch, values));
    }
    file(&events)
}
