//! The verdicts of `report.md`: each variant against the baseline, each axis level by level.

use super::Page;
use crate::report::axis_answer::to_tell;
use crate::report::finding::{Family, Finding, Subject};
use crate::report::format::{Decimals, NONE, count, markdown, p_value};
use crate::report::verdict::Verdict;
use crate::spec::Ask;

/// Why a level's interval is not that of its variant.
const SPREAD: &str =
    "Intervals are by the spread that all levels share, other than those of variants one by one.";

impl Page<'_> {
    pub(super) fn differences(&mut self) {
        let Some(primary) = self.analysis.primary else { return };
        if self.analysis.variants.len() < 2 || self.analysis.search.is_some() {
            return;
        }
        let info = &self.analysis.metrics[primary.metric];
        let baseline = &self.analysis.variants[self.analysis.baseline].name;
        self.line("## Against the baseline\n");
        let (effect, meaning) = self.analysis.effect();
        let legend = match self.analysis.compared() {
            Some(_) => format!(" {effect} is {meaning}."),
            None => String::new(),
        };
        let line = format!(
            "Variant minus {} in {}. {}{legend}\n",
            markdown(baseline),
            markdown(&info.label),
            self.analysis.method_of_differences(),
        );
        self.line(&line);
        self.line(&format!(
            "| variant | runs | difference | 95 % CI | p | p (adjusted) | {effect} | verdict |"
        ));
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
    pub(super) fn axes(&mut self) {
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
        self.line(&format!("{SPREAD}\n"));
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
}

/// What the test lets one say, in words.
pub(in crate::report) fn verdict(verdict: Verdict, smallest: f64, seeds: Option<usize>) -> String {
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
