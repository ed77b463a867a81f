//! Makes a report, and writes what has changed of it.

use std::fs;
use std::path::Path;

use super::analysis::{Analysis, analyse};
use super::answer::{Answer, answer};
use super::load::{Sweep, load};
use super::page::Page;
use super::{answer_json, html, latex, markdown, plots, shortlist, summary, tensorboard};
use crate::error::Result;
use crate::record;

/// A report that was made.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the records say.
    pub sweep: Sweep,
    /// What they mean.
    pub analysis: Analysis,
    /// What is answered.
    pub answer: Answer,
    /// The files, in the order they are written.
    pub pages: Vec<Page>,
}

impl Report {
    /// The experiment that proves what a search found, once that has ended.
    pub fn to_prove(&self) -> Option<&Page> {
        let name = shortlist::file(&self.sweep);
        self.pages.iter().find(|page| page.name == name)
    }
}

/// Of a sweep that goes by rounds, what its records say: how far it has come, and which runs of the
/// plan are needed. `None` where all are.
///
/// # Errors
/// As [`load()`].
pub fn rounds(dir: &Path) -> Result<Option<Rounds>> {
    let sweep = load(dir)?;
    if sweep.manifest.looks.is_none() && sweep.manifest.search.is_none() {
        return Ok(None);
    }
    let analysis = analyse(&sweep);
    let needed = analysis.needed().map(<[bool]>::to_vec).unwrap_or_default();
    Ok(analysis.rounds().map(|(decided, done)| Rounds { decided, done, needed }))
}

/// How far a sweep has come that goes by rounds: looks, or rungs of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// Rounds that were decided.
    pub decided: usize,
    /// Whether nothing is left to be trained.
    pub done: bool,
    /// Whether each run of the plan is needed, as far as is known by now.
    pub needed: Vec<bool>,
}

/// Makes the report of the sweep in a folder; nothing is written.
///
/// # Errors
/// As [`load()`].
pub fn build(dir: &Path) -> Result<Report> {
    let sweep = load(dir)?;
    let analysis = analyse(&sweep);
    let answer = answer(&sweep, &analysis);
    let text = |name: &str, text: String| Page { name: name.into(), bytes: text.into_bytes() };
    let curves = html::drawn(&sweep, &analysis);
    let mut pages = vec![
        text("answer.json", answer_json::answer_json(&sweep, &analysis, &answer)),
        text("summary.csv", summary::summary_csv(&analysis)),
        text("comparisons.csv", summary::comparisons_csv(&analysis)),
        text("runs.csv", summary::runs_csv(&sweep, &analysis)),
        text("report.md", markdown::report_md(&sweep, &analysis, &answer)),
        text("report.tex", latex::report_tex(&sweep, &analysis)),
        text("report.html", html::report_html(&sweep, &analysis, &answer, &curves)),
    ];
    pages.extend(plots::plots(&analysis, &curves.0));
    drop(curves);
    pages.extend(tensorboard::pages(&sweep, &analysis));
    pages.extend(shortlist::page(&sweep, &analysis));
    Ok(Report { sweep, analysis, answer, pages })
}

/// Makes the report and writes its files into the sweep's folder, each aside and then renamed;
/// files that already hold the same bytes are left alone.
///
/// # Errors
/// As [`build`], or if a file cannot be written.
pub fn write(dir: &Path) -> Result<Report> {
    let report = build(dir)?;
    if report.sweep.manifest.search.is_some() && report.to_prove().is_none() {
        // Of a search that was shorter, or had other variants.
        let _ = fs::remove_file(dir.join(shortlist::file(&report.sweep)));
    }
    for name in left_over(dir, &report) {
        // What cannot be removed harms no number.
        let _ = fs::remove_file(dir.join(name));
    }
    for page in stale_of(dir, &report) {
        // Not forced to the disk: what a power cut takes, `--check` sees and the records give again.
        record::write_whole(&dir.join(&page.name), &page.bytes)?;
    }
    Ok(report)
}

/// Makes the report and names its files that are missing or hold other bytes, and pictures that are
/// no more of it.
///
/// # Errors
/// As [`build`].
pub fn stale(dir: &Path) -> Result<Vec<String>> {
    let report = build(dir)?;
    let mut names = left_over(dir, &report);
    names.extend(stale_of(dir, &report).into_iter().map(|page| page.name.clone()));
    Ok(names)
}

/// Pictures of an earlier report, of metrics or axes that this one does not have.
fn left_over(dir: &Path, report: &Report) -> Vec<String> {
    let is_there = |name: &String| report.pages.iter().any(|page| page.name == *name);
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("report-") && name.ends_with(".svg") && !is_there(name))
        .collect();
    names.sort();
    names
}

fn stale_of<'a>(dir: &Path, report: &'a Report) -> Vec<&'a Page> {
    let fresh = |page: &&Page| fs::read(dir.join(&page.name)).is_ok_and(|b| b == page.bytes);
    report.pages.iter().filter(|page| !fresh(page)).collect()
}
