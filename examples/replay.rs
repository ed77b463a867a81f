//! What a sweep of fixed seeds would have cost with looks, by its own records:
//! `cargo run --release --example replay -- runs/maxout_pieces 3 1` looks after 3 seeds of it, and after
//! each one more.

use std::io::Write as _;

use anyhow::{Context, Result, ensure};
use cgan_sweep::report::{self, Analysis, Subject, Sweep};
use cgan_sweep::spec::Looks;

fn main() -> Result<()> {
    let mut out = std::io::stdout();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, from, step] = &arguments[..] else {
        anyhow::bail!("usage: replay DIR FROM STEP");
    };
    let mut sweep = report::load(dir.as_ref())?;
    ensure!(sweep.manifest.looks.is_none(), "the seeds of {dir} were not fixed");
    let to = sweep.manifest.seeds.len();
    let from = from.parse().context("FROM is the number of seeds at the first look")?;
    let step = step.parse().context("STEP is the number of seeds that each look adds")?;
    ensure!(2 <= from && from < to && step > 0, "of {to} seeds no looks at {from} by {step}");
    let fixed = report::analyse(&sweep);
    sweep.manifest.looks = Some(Looks { from, to, step, spend_to: to });
    let looked = report::analyse(&sweep);
    let course = looked.course.as_ref().context("it has no looks")?;
    let (before, after) = (verdicts(&sweep, &fixed), verdicts(&sweep, &looked));
    writeln!(out, "| about | with all {to} seeds | with looks |\n|---|---|---|")?;
    for ((subject, fixed), (_, looked)) in before.iter().zip(&after) {
        writeln!(out, "| {subject} | {fixed} | {looked} |")?;
    }
    let needed = course.needed.iter().filter(|needed| **needed).count();
    let seeds: Vec<String> = course.taken.iter().map(|look| look.seeds.to_string()).collect();
    writeln!(
        out,
        "\n{needed} of {} runs, after looks at {} seeds",
        sweep.runs.len(),
        seeds.join(", ")
    )?;
    Ok(())
}

/// What each finding is about, and its verdict.
fn verdicts(sweep: &Sweep, analysis: &Analysis) -> Vec<(String, &'static str)> {
    let findings = analysis.families.iter().flat_map(|family| &family.findings);
    findings
        .map(|finding| {
            let subject = match &finding.subject {
                Subject::Variant(v) => sweep.manifest.variants[*v].name.clone(),
                Subject::Axis(axis) => axis.clone(),
            };
            (subject, finding.verdict.word())
        })
        .collect()
}
