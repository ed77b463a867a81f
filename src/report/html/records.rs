//! Runs, compute, how to get it again, and the method.

use maud::{Markup, html};

use super::{Page, heading, share};
use crate::report::format::{Decimals, NONE, count, duration, list};
use crate::report::load::RunData;
use crate::report::{reproduce, search};
use crate::run::RunStatus;

/// Bytes of the experiment file that the page shows at most.
const FILE_SHOWN: usize = 60_000;

impl Page<'_> {
    pub(super) fn runs(&self) -> Option<Markup> {
        let left: Vec<&RunData> =
            self.analysis.wanted(self.sweep).filter(|r| r.status != RunStatus::Completed).collect();
        let lead = if left.is_empty() {
            format!("All {} completed.", count(self.analysis.planned(), "run"))
        } else {
            "Runs without a final value stay in the count of runs; they enter no mean.".into()
        };
        let primary = self.analysis.primary.map(|p| p.metric);
        let decimals = primary.map(|m| Decimals::of(self.analysis, m));
        Some(html! {
            (heading("runs", "Runs", &lead))
            @if !left.is_empty() {
                div class="scroll card" tabindex="0" role="region" aria-label="Runs without a final value" {
                    table {
                        thead { tr {
                            th scope="col" { "Run" } th scope="col" { "Status" }
                            th scope="col" class="num" { "Epochs" } th scope="col" { "Why" }
                        } }
                        tbody { @for run in &left { tr {
                            th scope="row" { (run.folder()) } td { (run.status.word()) }
                            td class="num" { (run.epochs) } td { (run.reason) }
                        } } }
                    }
                }
            }
            details {
                summary { "Every run" }
                div class="scroll" tabindex="0" role="region" aria-label="Every run" { table {
                    thead { tr {
                        th scope="col" { "Run" } th scope="col" { "Status" }
                        th scope="col" class="num" { "Epochs" } th scope="col" class="num" { "Steps" }
                        @if let Some(info) = self.analysis.primary_info() {
                            th scope="col" class="num" { (info.heading()) }
                        }
                        th scope="col" class="num" { "Time" } th scope="col" { "Key" }
                    } }
                    tbody { @for run in self.analysis.wanted(self.sweep) { tr {
                        th scope="row" { (run.folder()) } td { (run.status.word()) }
                        td class="num" { (run.epochs) } td class="num" { (run.steps) }
                        @if let (Some(info), Some(d)) = (self.analysis.primary_info(), decimals) {
                            td class="num" { (d.opt(run.final_value(&info.name))) }
                        }
                        td class="num" { (run.seconds.map_or_else(|| NONE.into(), duration)) }
                        td { code { (run.record.key.chars().take(12).collect::<String>()) } }
                    } } }
                } }
                p class="lead" { "All values of all runs: runs.csv beside this page." }
            }
        })
    }

    pub(super) fn compute(&self) -> Option<Markup> {
        let timed: Vec<&RunData> = search::timed(self.sweep);
        let environment = reproduce::environment(self.sweep);
        if timed.is_empty() && environment.is_empty() {
            return None;
        }
        let by_state: Vec<(RunStatus, usize, f64)> = RunStatus::OF_RECORDS
            .into_iter()
            .map(|state| {
                let of = || timed.iter().filter(move |r| r.status == state);
                (state, of().count(), of().filter_map(|r| r.seconds).sum())
            })
            .filter(|(_, n, _)| *n > 0)
            .collect();
        let total: f64 = by_state.iter().map(|s| s.2).sum();
        let lead = format!(
            "Time spent training and recording, summed over runs, whatever came of them: {} in {}.",
            duration(total),
            count(timed.len(), "run"),
        );
        Some(html! {
            (heading("compute", "Compute and time", &lead))
            @if !by_state.is_empty() {
                div class="scroll card" tabindex="0" role="region" aria-label="Time by outcome" { table {
                    thead { tr {
                        th scope="col" { "Outcome" } th scope="col" class="num" { "Runs" }
                        th scope="col" class="num" { "Time" }
                        th scope="col" class="num" { "Mean a run" }
                    } }
                    tbody { @for (state, n, seconds) in &by_state { tr {
                        th scope="row" { (state.word()) } td class="num" { (n) }
                        td class="num" { (duration(*seconds)) }
                        td class="num" { (duration(seconds / *n as f64)) }
                    } } }
                } }
            }
            @if !environment.is_empty() {
                details {
                    summary { "Environment record" }
                    dl class="list" { @for (key, values) in &environment {
                        dt { (key) }
                        dd { (list(values)) }
                    } }
                }
            }
        })
    }

    pub(super) fn again(&self) -> Option<Markup> {
        let checklist = reproduce::checklist(self.sweep, self.analysis);
        Some(html! {
            (heading("again", "To get it again", ""))
            pre tabindex="0" { code { (reproduce::commands(self.sweep)) } }
            @if let Some(text) = &self.sweep.experiment_file {
                details {
                    summary { "The experiment file" }
                    pre tabindex="0" { code {
                        (text.chars().take(FILE_SHOWN).collect::<String>())
                        @if text.chars().nth(FILE_SHOWN).is_some() { "\n… (cut here)" }
                    } }
                }
            }
            h3 { "Checklist" }
            p class="lead" {
                "What venues ask of an experiment, as far as the records can say it."
            }
            div class="card" { table class="pairs" { tbody { @for (item, said) in &checklist { tr {
                th scope="row" { (item) }
                td { @match said {
                    Some(text) => { (text) }
                    None => { span class="quiet" { "not recorded" } }
                } }
            } } } } }
        })
    }

    pub(super) fn method(&self) -> Option<Markup> {
        Some(html! {
            (heading("method", "Method", ""))
            dl class="list" {
                dt { "Replicates" }
                dd { "Training seeds. A seed sets initial weights, order of the data, noises and "
                     "dropout; every variant has the same seeds, so that they can be paired." }
                dt { "Intervals" }
                dd { "95 % intervals of means over seeds are Student's, from 50 seeds on those of "
                     "the BCa bootstrap; of differences between independent runs, Welch's; of pairs "
                     "and over levels, Student's. They cover as they say where values are near "
                     "normal, less where they are skewed." }
                dt { "Tests" }
                dd { "Permutation tests of what was declared before anything trained: variants "
                     "against the baseline (independent runs, or pairs by seed), the trend along an "
                     "axis, each axis of a grid within blocks. Holm's step-down within a question, \
                     with a margin Bonferroni's for both ways to be told together; "
                     "several questions share 5 % equally. What was not asked has no p." }
                dt { "Equal" }
                dd { "Two one-sided tests against the declared margin. Without a margin nothing is "
                     "ever called equal." }
                dt { "Unequal spread" }
                dd { "Tests of more than two levels (trends, factors) take levels to scatter alike: one "
                     "that scatters several times as much as the others can pass for one that differs. "
                     "Look at the std of each." }
                dt { "IQM" }
                dd { "Mean without the lowest and highest quarter, rounded down to whole values; "
                     "how many were cut stands behind it." }
                dt { "Runs" }
                dd { "Means are over completed runs (" (share(self.analysis.total(RunStatus::Completed), self.analysis.planned()))
                     "); the others are counted and named above." }
            }
        })
    }
}
