//! What a report says beside its pictures and numbers: what the classes show, and which numbers hang
//! on a weak scorer; and what a report of very many runs costs.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use cgan_sweep::record::{RunPaths, SweepPaths};
use cgan_sweep::report;
use serde_json::json;

use crate::report::{PIECES, read};
use crate::synthetic::Synthetic;

/// The folders of a written sweep's runs.
fn runs(sweep: &Synthetic, dir: &Path) -> Vec<RunPaths> {
    let at = SweepPaths::at(dir);
    sweep.manifest.runs.iter().map(|run| at.run(&run.variant, run.seed)).collect()
}

#[test]
fn every_number_of_a_weak_scorer_carries_a_mark_and_the_page_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic::new(&PIECES, 4);
    sweep.write(dir.path());
    report::write(dir.path()).unwrap();
    for page in ["report.md", "report.html"] {
        assert!(!read(dir.path(), page).contains('†'), "a good scorer is marked in {page}");
    }
    for run in runs(&sweep, dir.path()) {
        let file = run.root().join("scores.json");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("\"accuracy\":0.9912", "\"accuracy\":0.8125")).unwrap();
    }
    report::write(dir.path()).unwrap();
    let page = read(dir.path(), "report.md");
    let marked: Vec<&str> = page.lines().filter(|line| line.contains('†')).collect();
    insta::assert_snapshot!("weak_scorer.md", marked.join("\n"));
    let html = read(dir.path(), "report.html");
    assert!(html.contains("FID †") && html.contains("18.8 %"), "{html}");
}

#[test]
fn names_of_classes_stand_beside_the_rows_of_samples_where_all_runs_agree() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { samples_every: 8, ..Synthetic::new(&PIECES, 2) };
    sweep.write(dir.path());
    let list = "<ol class=\"classes\"";
    report::write(dir.path()).unwrap();
    assert!(!read(dir.path(), "report.html").contains(list));
    let name = |run: &RunPaths, names: &[&str]| {
        let record =
            json!({"attempts": [{"begun": "", "environment": {"data": {"class_names": names}}}]});
        fs::write(run.environment(), record.to_string()).unwrap();
    };
    let runs = runs(&sweep, dir.path());
    let names = ["T-shirt, top", "Ankle <boot>"];
    runs.iter().for_each(|run| name(run, &names));
    report::write(dir.path()).unwrap();
    let html = read(dir.path(), "report.html");
    assert_eq!(html.matches(list).count(), PIECES.len());
    let beside = "<li title=\"T-shirt, top\"><span>T-shirt, top</span></li>\
                  <li title=\"Ankle &lt;boot&gt;\"><span>Ankle &lt;boot&gt;</span></li></ol><img";
    assert_eq!(html.matches(beside).count(), PIECES.len());
    let said = "Rows are classes (from the top: T-shirt, top, Ankle &lt;boot&gt;), columns";
    assert!(read(dir.path(), "report.md").contains(said));
    // Runs of two data sets have no names in common.
    name(&runs[0], &["cat", "dog"]);
    report::write(dir.path()).unwrap();
    assert!(!read(dir.path(), "report.html").contains(list));
}

/// What a report of so many runs takes.
#[test]
#[ignore = "measures the report of 10,000 runs"]
fn the_report_of_ten_thousand_runs() {
    for (variants, seeds) in [(100, 100), (1_000, 10)] {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let names: Vec<String> = (0..variants).map(|n| format!("v{n:04}")).collect();
        let named: Vec<(&str, &[(&str, &str)])> =
            names.iter().map(|n| (n.as_str(), &[][..])).collect();
        Synthetic { lights: true, ..Synthetic::new(&named, seeds) }.write(dir.path());
        let start = Instant::now();
        report::write(dir.path()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        let page = fs::metadata(dir.path().join("report.html")).unwrap().len();
        let said = format!(
            "{variants} variants × {seeds} seeds: {seconds:.1} s, {peak}, page {page} bytes"
        );
        writeln!(std::io::stderr(), "{said}").unwrap();
    }
}
