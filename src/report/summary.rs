//! The tables for other programs: every number at full precision.

use super::analysis::Analysis;
use super::load::Sweep;
use crate::run::RunStatus;

/// `summary.csv`: a row a variant and metric.
pub(super) fn summary_csv(analysis: &Analysis) -> String {
    let mut header: Vec<String> = vec!["variant".into(), "runs".into()];
    header.extend(RunStatus::OF_RECORDS.iter().map(|s| s.word().replace(' ', "_")));
    let numbers = ["metric", "n", "mean", "std", "median", "iqm", "iqm_cut", "ci_low", "ci_high"];
    header.extend(numbers.map(str::to_owned));
    let mut rows = vec![header];
    for variant in &analysis.variants {
        let mut first = vec![variant.name.clone(), variant.planned.to_string()];
        first.extend(variant.counts.iter().map(usize::to_string));
        if analysis.metrics.is_empty() {
            // No run has a number yet; the variant and its counts stand all the same.
            rows.push([first.clone(), vec![String::new(); 9]].concat());
        }
        for (metric, s) in analysis.metrics.iter().zip(&variant.finals) {
            let mut row = first.clone();
            row.push(metric.name.clone());
            row.push(s.values.len().to_string());
            row.extend([s.mean, s.std, s.median, s.iqm.map(|i| i.value)].map(cell));
            row.push(s.iqm.map_or_else(String::new, |i| i.cut.to_string()));
            row.extend([s.interval.map(|i| i.low), s.interval.map(|i| i.high)].map(cell));
            rows.push(row);
        }
    }
    write(rows)
}

/// `comparisons.csv`: a row a variant and metric, against the baseline; the test's columns are
/// filled for the primary metric alone.
pub(super) fn comparisons_csv(analysis: &Analysis) -> String {
    let header = [
        "variant",
        "baseline",
        "metric",
        "primary",
        "n",
        "n_baseline",
        "pairs",
        "difference",
        "ci_low",
        "ci_high",
        "seed_correlation",
        "p",
        "p_holm",
        "smallest_p",
        "smallest_p_holm",
        "exact",
        "p_equal",
        "verdict",
        "seeds_to_tell",
        "effect_size",
        "effect_size_low",
        "effect_size_high",
        "cliffs_delta",
        "probability_of_improvement",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let baseline = &analysis.variants[analysis.baseline].name;
    for variant in &analysis.variants {
        for (m, (metric, d)) in analysis.metrics.iter().zip(&variant.differences).enumerate() {
            let primary = analysis.primary.is_some_and(|p| p.metric == m);
            let mut row = vec![variant.name.clone(), baseline.clone(), metric.name.clone()];
            row.push(primary.to_string());
            row.extend([d.n.0, d.n.1, d.pairs.len()].map(|n| n.to_string()));
            row.extend([d.mean, d.interval.map(|i| i.low), d.interval.map(|i| i.high)].map(cell));
            row.push(cell(d.correlation));
            match variant.test.filter(|_| primary && d.mean.is_some()) {
                None => row.extend(vec![String::new(); 13]),
                Some(t) => {
                    row.extend([t.p, t.p_holm, t.smallest, t.smallest_holm].map(|v| cell(Some(v))));
                    row.extend([t.exact.to_string(), cell(t.p_equal)]);
                    row.push(t.verdict.word().to_owned());
                    row.push(t.seeds_to_tell.map_or_else(String::new, |n| n.to_string()));
                    let low = t.effect.map(|e| e.interval.low);
                    let high = t.effect.map(|e| e.interval.high);
                    row.extend([t.effect.map(|e| e.value), low, high].map(cell));
                    row.extend([t.cliffs_delta, t.improvement].map(cell));
                }
            }
            rows.push(row);
        }
    }
    write(rows)
}

/// `runs.csv`: a row a run, with its final values.
pub(super) fn runs_csv(sweep: &Sweep, analysis: &Analysis) -> String {
    let mut header: Vec<String> =
        ["variant", "seed", "key", "outcome", "epochs", "steps", "seconds", "lights", "reason"]
            .map(str::to_owned)
            .to_vec();
    header.extend(analysis.metrics.iter().map(|m| m.name.clone()));
    let mut rows = vec![header];
    for run in &sweep.runs {
        let lit = run
            .lights
            .iter()
            .filter(|l| l.state >= crate::health::State::Warn)
            .map(|l| l.name.as_str());
        let mut row = vec![
            run.record.variant.clone(),
            run.record.seed.to_string(),
            run.record.key.clone(),
            run.status.word().replace(' ', "_"),
            run.epochs.to_string(),
            run.steps.to_string(),
            cell(run.seconds),
            lit.collect::<Vec<_>>().join("; "),
            run.reason.clone(),
        ];
        row.extend(analysis.metrics.iter().map(|m| cell(run.final_value(&m.name))));
        rows.push(row);
    }
    write(rows)
}

/// Full precision, or nothing.
fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |v| v.to_string())
}

fn write(rows: Vec<Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows of one length into memory");
    }
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("made of strings")
}
