//! The numbers of `report.md`: the primary metric of every variant, how its runs ended, all other
//! metrics.

use super::Page;
use crate::report::analysis::Choice;
use crate::report::format::{Decimals, NONE, markdown};
use crate::report::reproduce;
use crate::run::RunStatus;

impl Page<'_> {
    pub(super) fn variants(&mut self) {
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
        if let Some(few) = reproduce::real_images(self.sweep) {
            self.line(&format!("{few}\n"));
        }
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

    pub(super) fn other_metrics(&mut self) {
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
}
