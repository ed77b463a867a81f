//! `report.md`: the report for a terminal, a pull request, a code host.

mod numbers;
mod rounds;
mod verdicts;

use std::fmt::Write as _;

pub(super) use verdicts::verdict;

use crate::report::analysis::Analysis;
use crate::report::answer::Answer;
use crate::report::format::{count, markdown, url};
use crate::report::load::{RunData, Sweep};
use crate::report::reproduce;
use crate::report::sentence::Span;
use crate::run::RunStatus;

/// The whole page.
pub(super) fn report_md(sweep: &Sweep, analysis: &Analysis, answer: &Answer) -> String {
    let mut page = Page { out: String::new(), sweep, analysis };
    page.head(answer);
    page.looks();
    page.rungs();
    page.axes();
    page.variants();
    page.differences();
    page.other_metrics();
    page.unfinished();
    page.samples();
    page.again();
    page.out
}

/// The looks or rungs alone.
pub(super) fn rounds_md(sweep: &Sweep, analysis: &Analysis) -> String {
    let mut page = Page { out: String::new(), sweep, analysis };
    page.looks();
    page.rungs();
    page.out
}

struct Page<'a> {
    out: String,
    sweep: &'a Sweep,
    analysis: &'a Analysis,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.out, "| {} |", cells.join(" | "));
    }

    fn head(&mut self, answer: &Answer) {
        let manifest = &self.sweep.manifest;
        let question =
            if manifest.question.is_empty() { &manifest.experiment } else { &manifest.question };
        self.line(&format!("# {}\n", markdown(question.trim())));
        self.line(&format!("{}\n", spans(&answer.finding)));
        if !answer.detail.is_empty() {
            self.line(&format!("{}\n", spans(&answer.detail)));
        }
        for notice in &answer.notices {
            self.line(&format!("> {}\n", spans(notice)));
        }
        let all = manifest.seeds.len();
        let seeds = match self.analysis.seeds(all) {
            looked if looked < all => format!("{looked} of at most {}", count(all, "seed")),
            _ => count(all, "seed"),
        };
        let line = format!(
            "Experiment {}: {} × {}, {} of {} completed; the baseline is {}.\n",
            markdown(&manifest.experiment),
            manifest.count_of_variants(),
            seeds,
            self.analysis.total(RunStatus::Completed),
            count(self.analysis.planned(), "run"),
            markdown(&manifest.baseline),
        );
        self.line(&line);
    }

    fn unfinished(&mut self) {
        let left: Vec<&RunData> =
            self.analysis.wanted(self.sweep).filter(|r| r.status != RunStatus::Completed).collect();
        if left.is_empty() {
            return;
        }
        self.line("## Runs without a final value\n");
        self.line("| run | state | epochs | why |\n|---|---|--:|---|");
        for run in left {
            self.row(&[
                markdown(&run.folder()),
                run.status.word().into(),
                run.epochs.to_string(),
                markdown(&run.reason),
            ]);
        }
        self.line("");
    }

    fn samples(&mut self) {
        let shown: Vec<(&RunData, u64)> =
            (self.analysis.shown.iter()).filter_map(|v| representative(self.sweep, *v)).collect();
        if shown.is_empty() {
            return;
        }
        self.line("## Samples\n");
        self.line(&format!(
            "Rows are classes{}, columns are fixed noises, the same in every variant of a seed.\n",
            markdown(&reproduce::classes(self.sweep))
        ));
        if let Some(drawn) = reproduce::weights(self.sweep) {
            self.line(&format!("Images and scores: {}.\n", markdown(&drawn)));
        }
        for (run, epoch) in shown {
            let paths = self.sweep.paths.run(&run.record.variant, run.record.seed);
            let file = paths.samples(epoch);
            let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let link = url(&format!("{}/samples/{file}", run.folder()));
            let name = markdown(&run.record.variant);
            self.line(&format!(
                "### {name}\n\nSeed {}, after {}.\n\n![Samples of {name}]({link})\n",
                run.record.seed,
                count(epoch as usize, "epoch"),
            ));
        }
    }

    fn again(&mut self) {
        self.line("## To get it again\n");
        self.line(&format!("```sh\n{}\n```", reproduce::commands(self.sweep)));
    }
}

/// The run whose pictures stand for a variant, and its last picture: the first completed run that
/// has any, else the first of all.
pub(super) fn representative(sweep: &Sweep, variant: usize) -> Option<(&RunData, u64)> {
    let with_pictures = || sweep.runs_of(variant).filter(|r| !r.samples.is_empty());
    let run = with_pictures()
        .find(|r| r.status == RunStatus::Completed)
        .or_else(|| with_pictures().next())?;
    Some((run, *run.samples.last()?))
}

fn spans(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(text) => markdown(text),
            Span::Name(name) => format!("**{}**", markdown(name)),
        })
        .collect()
}
