//! `report.md`: the report for a terminal, a pull request, a code host.

mod rounds;

use std::fmt::Write as _;

use crate::report::analysis::{Analysis, Choice};
use crate::report::answer::Answer;
use crate::report::axis_answer::to_tell;
use crate::report::finding::{Family, Finding, Subject};
use crate::report::format::{Decimals, NONE, count, markdown, p_value, url};
use crate::report::load::{RunData, Sweep};
use crate::report::reproduce;
use crate::report::sentence::Span;
use crate::report::verdict::Verdict;
use crate::run::RunStatus;
use crate::spec::Ask;

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

    fn variants(&mut self) {
        self.line("## Variants\n");
        let Some(primary) = self.analysis.primary else {
            self.outcomes();
            return;
        };
        let info = &self.analysis.metrics[primary.metric];
        let why = match primary.choice {
            Choice::Named => "named in the experiment as the primary metric",
            Choice::Default => "the default primary metric",
            Choice::StandIn => "a stand-in, as no score was recorded",
        };
        let meaning =
            if info.meaning.is_empty() { String::new() } else { format!(": {}", info.meaning) };
        let line = format!(
            "Final {}{}. It is {why}; {}. Numbers are over training seeds: std with n − 1, \
             95 % interval of the mean, IQM with the number of values cut.\n",
            markdown(&info.heading()),
            markdown(&meaning),
            info.direction_words(),
        );
        self.line(&line);
        self.line("| variant | completed/runs | n | mean | 95 % CI | std | median | IQM (cut) |");
        self.line("|---|---|--:|--:|---|--:|--:|--:|");
        let d = Decimals::of(self.analysis, primary.metric);
        for variant in self.analysis.shown.iter().map(|v| &self.analysis.variants[*v]) {
            let s = &variant.finals[primary.metric];
            let iqm =
                s.iqm.map_or_else(|| NONE.into(), |i| format!("{} ({})", d.show(i.value), i.cut));
            self.row(&[
                markdown(&variant.name),
                format!("{}/{}", variant.count(RunStatus::Completed), variant.planned),
                s.values.len().to_string(),
                d.opt(s.mean),
                d.interval(s.interval),
                d.opt(s.std),
                d.opt(s.median),
                iqm,
            ]);
        }
        if let Some(real) = self.analysis.real[primary.metric] {
            let none = || NONE.to_owned();
            let name = "real images against real".to_owned();
            self.row(&[name, none(), none(), d.show(real), none(), none(), none(), none()]);
        }
        self.line("");
        self.outcomes();
    }

    fn outcomes(&mut self) {
        let states: Vec<RunStatus> =
            RunStatus::OF_RECORDS.into_iter().filter(|s| self.analysis.total(*s) > 0).collect();
        if states == [RunStatus::Completed] {
            return;
        }
        let words: Vec<String> = states.iter().map(|s| s.word().to_owned()).collect();
        self.row(&[vec!["variant".into(), "runs".into()], words].concat());
        self.line(&format!("|---|--:|{}", "--:|".repeat(states.len())));
        for variant in &self.analysis.variants {
            let mut cells = vec![markdown(&variant.name), variant.planned.to_string()];
            cells.extend(states.iter().map(|s| variant.count(*s).to_string()));
            self.row(&cells);
        }
        self.line("");
    }

    fn differences(&mut self) {
        let Some(primary) = self.analysis.primary else { return };
        if self.analysis.variants.len() < 2 || self.analysis.search.is_some() {
            return;
        }
        let info = &self.analysis.metrics[primary.metric];
        let baseline = &self.analysis.variants[self.analysis.baseline].name;
        self.line("## Against the baseline\n");
        let line = format!(
            "Variant minus {} in {}. {}\n",
            markdown(baseline),
            markdown(&info.label),
            self.analysis.method_of_differences(),
        );
        self.line(&line);
        self.line("| variant | runs | difference | 95 % CI | p | p (adjusted) | d_z | verdict |");
        self.line("|---|--:|--:|---|--:|--:|--:|---|");
        let d = Decimals::of(self.analysis, primary.metric);
        for variant in &self.analysis.variants {
            let Some(difference) = variant.differences.get(primary.metric) else { continue };
            let test = variant.test.filter(|_| difference.mean.is_some());
            let p = |p: Option<f64>| p.map_or_else(|| NONE.into(), p_value);
            let effect = test.and_then(|t| t.effect);
            self.row(&[
                markdown(&variant.name),
                format!("{}/{}", difference.n.0, difference.n.1),
                difference.mean.map_or_else(|| NONE.into(), |m| d.signed(m)),
                d.interval(difference.interval),
                p(test.map(|t| t.p)),
                p(test.map(|t| t.p_holm)),
                effect.map_or_else(|| NONE.into(), |e| Decimals::for_scale(1.0, 3).show(e.value)),
                variant.test.map_or_else(
                    || "exploratory".into(),
                    |t| verdict(t.verdict, t.smallest_holm, t.seeds_to_tell),
                ),
            ]);
        }
        self.line("");
    }

    /// What was asked of axes, level by level.
    fn axes(&mut self) {
        for family in &self.analysis.families {
            for finding in &family.findings {
                if let (Subject::Axis(axis), Some(metric)) = (&finding.subject, family.metric) {
                    self.axis(family, finding, axis, metric);
                }
            }
        }
    }

    fn axis(&mut self, family: &Family, finding: &Finding, axis: &str, metric: usize) {
        let Some(levels) = &finding.levels else { return };
        let info = &self.analysis.metrics[metric];
        let d = Decimals::of(self.analysis, metric);
        let what = if family.question.test == Ask::Trend { "Trend" } else { "Factor" };
        self.line(&format!("## {what}: {}\n", markdown(axis)));
        let change = finding.estimate.map_or_else(String::new, |change| {
            let interval = d.interval(finding.interval);
            format!("Change from the first level to the last: {} {interval}. ", d.signed(change))
        });
        let left_out = match finding.left_out {
            0 => String::new(),
            n => format!(" {} without every level left out.", count(n, "block")),
        };
        let line = format!(
            "{} by level. {change}p = {}, adjusted {}: {}.{left_out}\n",
            markdown(&info.heading()),
            p_value(finding.test.p),
            p_value(finding.p_adjusted),
            verdict(finding.verdict, finding.smallest_adjusted, finding.seeds_to_tell),
        );
        self.line(&line);
        self.line("| level | n | mean | 95 % CI |\n|---|--:|--:|---|");
        for row in &levels.rows {
            self.row(&[
                markdown(&row.value),
                row.values.len().to_string(),
                d.opt(row.mean),
                d.interval(row.interval),
            ]);
        }
        self.line("");
    }

    fn other_metrics(&mut self) {
        let primary = self.analysis.primary.map(|p| p.metric);
        let others: Vec<usize> =
            (0..self.analysis.metrics.len()).filter(|m| Some(*m) != primary).collect();
        if others.is_empty() || self.analysis.total(RunStatus::Completed) == 0 {
            return;
        }
        self.line("## Other metrics\n");
        self.line(
            "Exploratory: final mean with its 95 % interval, without tests. All numbers: \
             [summary.csv](summary.csv), [comparisons.csv](comparisons.csv), [runs.csv](runs.csv).\n",
        );
        let shown: Vec<_> =
            self.analysis.shown.iter().map(|v| &self.analysis.variants[*v]).collect();
        let mut names: Vec<String> = shown.iter().map(|v| markdown(&v.name)).collect();
        // What real images score stands beside every score.
        let real = others.iter().any(|m| self.analysis.real[*m].is_some());
        if real {
            names.push("real against real".into());
        }
        // A table wider than a page is no table: with many variants the metrics stand across.
        let few = names.len() <= 6;
        if few {
            self.line(&format!("| metric | {} |", names.join(" | ")));
            self.line(&format!("|---|{}", "---|".repeat(names.len())));
        } else {
            let heads = others.iter().map(|m| markdown(&self.analysis.metrics[*m].label));
            self.row(&[vec!["variant".into()], heads.collect()].concat());
            self.line(&format!("|---|{}", "---|".repeat(others.len())));
        }
        let cell = |v: usize, m: usize| {
            let d = Decimals::of(self.analysis, m);
            let Some(variant) = shown.get(v) else {
                return d.opt(self.analysis.real[m]);
            };
            let s = &variant.finals[m];
            format!("{} {}", d.opt(s.mean), d.interval(s.interval)).trim_end().to_owned()
        };
        let variants = 0..names.len();
        let rows: Vec<Vec<String>> = if few {
            let row = |&m: &usize| {
                let head = markdown(&self.analysis.metrics[m].heading());
                std::iter::once(head).chain(variants.clone().map(|v| cell(v, m))).collect()
            };
            others.iter().map(row).collect()
        } else {
            let row = |v: usize| {
                std::iter::once(names[v].clone())
                    .chain(others.iter().map(|&m| cell(v, m)))
                    .collect()
            };
            variants.clone().map(row).collect()
        };
        for row in rows {
            self.row(&row);
        }
        self.line("");
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
        let file = format!("{}.toml", self.sweep.manifest.experiment);
        let line = format!(
            "`experiment.toml` beside this page is the experiment; a copy of it called {} gives \
             this sweep its name.\n",
            markdown(&file)
        );
        self.line(&line);
        self.line("```sh\ncgan-sweep sweep FILE.toml   # trains what is not there yet");
        self.line("cgan-sweep report . --check  # are these pages what the records say?\n```");
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

/// What the test lets one say, in words.
pub(super) fn verdict(verdict: Verdict, smallest: f64, seeds: Option<usize>) -> String {
    match verdict {
        Verdict::Better => "better".into(),
        Verdict::Worse => "worse".into(),
        Verdict::Different => "different".into(),
        Verdict::Equal => "equal within the margin".into(),
        Verdict::Unclear => format!("cannot be told{}", to_tell(seeds)),
        Verdict::Underpowered => format!(
            "cannot be told: smallest attainable p = {}{}",
            p_value(smallest),
            to_tell(seeds)
        ),
        Verdict::NoPairs => "no values to compare".into(),
    }
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
