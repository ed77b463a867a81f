//! `cgan-sweep report DIR [--check]`.

use std::io::Write;
use std::path::Path;

use crate::report;
use crate::text::shell;

/// Writes the report of the sweep in `dir`, or with `check` names the files that differ from what
/// the records give; `json` prints `answer.json` in the place of words. True if all is well, false if `check` found a stale or missing file.
///
/// # Errors
/// If the records cannot be read or a file cannot be written.
pub fn run(dir: &Path, check: bool, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    if check {
        let stale = report::stale(dir)?;
        for name in &stale {
            writeln!(out, "stale: {}", dir.join(name).display())?;
        }
        if !stale.is_empty() {
            writeln!(out, "rebuild with: cgan-sweep report {}", shell(dir))?;
        }
        return Ok(stale.is_empty());
    }
    let report = report::write(dir)?;
    if json {
        let page = report.pages.iter().find(|page| page.name == "answer.json");
        out.write_all(page.map_or(&[], |page| &page.bytes))?;
        return Ok(true);
    }
    say(&report.answer, out)?;
    // TensorBoard's files lie in the runs' folders; a person opens the others.
    for page in report.pages.iter().filter(|p| !p.name.contains("tfevents")) {
        writeln!(out, "{}", dir.join(&page.name).display())?;
    }
    Ok(true)
}

/// The answer, as lines of plain text.
pub(super) fn say(answer: &report::Answer, out: &mut dyn Write) -> std::io::Result<()> {
    let text = |spans: &[report::Span]| -> String {
        let words = spans.iter().map(|span| match span {
            report::Span::Text(text) | report::Span::Name(text) => text.as_str(),
        });
        words.collect()
    };
    writeln!(out, "{}", text(&answer.finding))?;
    if !answer.detail.is_empty() {
        writeln!(out, "{}", text(&answer.detail))?;
    }
    for notice in &answer.notices {
        writeln!(out, "note: {}", text(notice))?;
    }
    Ok(())
}
