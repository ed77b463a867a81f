//! `report.tex`: the two tables for a paper, with the package `booktabs`.

use std::fmt::Write as _;

use super::analysis::Analysis;
use super::format::{Decimals, NONE, latex, p_value};
use super::load::Sweep;
use super::markdown::verdict;
use crate::run::RunStatus;

/// The table of the primary metric, to be `\input`.
pub(super) fn report_tex(sweep: &Sweep, analysis: &Analysis) -> String {
    let mut out = String::from("% \\usepackage{booktabs}\n");
    let Some(primary) = analysis.primary else {
        out.push_str("% no run has completed\n");
        return out;
    };
    let info = &analysis.metrics[primary.metric];
    let d = Decimals::of(analysis, primary.metric);
    out.push_str("\\begin{table}\n  \\centering\n");
    let _ = writeln!(
        out,
        "  \\caption{{{} Final {}, {}; mean with 95\\,\\% interval and standard deviation over \
         training seeds. $\\Delta$: difference to {}. {}}}",
        latex(sweep.manifest.question.trim()),
        latex(&info.heading()),
        info.direction_words(),
        latex(&sweep.manifest.baseline),
        latex(&analysis.method_of_differences()),
    );
    let _ = writeln!(out, "  \\label{{tab:{}}}", label(&sweep.manifest.experiment));
    out.push_str("  \\begin{tabular}{lrrlrrlrl}\n    \\toprule\n");
    out.push_str(
        "    variant & runs & mean & 95\\,\\% CI & std & $\\Delta$ & 95\\,\\% CI & $p$ & \\\\\n",
    );
    out.push_str("    \\midrule\n");
    for &index in &analysis.shown {
        let variant = &analysis.variants[index];
        let s = &variant.finals[primary.metric];
        let runs = format!("{}/{}", variant.count(RunStatus::Completed), variant.planned);
        let mut cells = vec![variant.name.clone(), runs, d.opt(s.mean)];
        cells.push(d.interval(s.interval));
        cells.push(d.opt(s.std));
        match (variant.test, variant.differences.get(primary.metric)) {
            (test, Some(difference)) if difference.mean.is_some() => {
                cells.push(difference.mean.map_or_else(|| NONE.into(), |m| d.signed(m)));
                cells.push(d.interval(difference.interval));
                cells.push(test.map_or_else(String::new, |t| p_value(t.p_holm)));
                cells.push(test.map_or_else(String::new, |t| {
                    verdict(t.verdict, t.smallest_holm, t.seeds_to_tell)
                }));
            }
            _ => {
                let word = if index == analysis.baseline { "baseline" } else { "" };
                cells.extend(["", "", "", word].map(str::to_owned));
            }
        }
        let cells: Vec<String> = cells.iter().map(|c| latex(c)).collect();
        let _ = writeln!(out, "    {} \\\\", cells.join(" & "));
    }
    if let Some(real) = analysis.real[primary.metric] {
        let value = latex(&d.show(real));
        let _ = writeln!(out, "    \\midrule\n    real against real & & {value} & & & & & & \\\\");
    }
    out.push_str("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n");
    out
}

/// A label of plain letters.
fn label(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
