//! `cgan-sweep compare A B`.

use std::io::Write;
use std::path::Path;

use super::table;
use crate::report::{self, Decimals};

/// Shows how the variants of one sweep differ from those of the same name in another: final values
/// paired by seed, without tests. True unless runs of equal keys have unequal numbers.
///
/// # Errors
/// If the records of either cannot be read.
pub fn run(a: &Path, b: &Path, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (first, second) = (report::build(a)?, report::build(b)?);
    let comparison = report::compare(&first, &second);
    writeln!(out, "A: {}\nB: {}", a.display(), b.display())?;
    let metrics = &first.analysis.metrics;
    let primary = first.analysis.primary.map(|p| p.metric);
    // The primary metric and the scores; without scores everything.
    let scored = metrics.iter().any(|m| m.score);
    let shown = |m: usize| !scored || metrics[m].score || Some(m) == primary;
    let header = table::header(["variant", "metric", "pairs", "A", "B", "B − A", "95 % CI"]);
    let rows = comparison.rows.iter().filter(|row| shown(row.metric)).map(|row| {
        let d = Decimals::of(&first.analysis, row.metric);
        vec![
            row.variant.clone(),
            metrics[row.metric].heading(),
            row.difference.pairs.len().to_string(),
            d.opt(row.means.0),
            d.opt(row.means.1),
            row.difference.mean.map_or_else(String::new, |m| d.signed(m)),
            d.interval(row.difference.interval),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        writeln!(out, "\n{}\n", table::plain(header, rows, 2..6))?;
    }
    if comparison.rows.iter().any(|row| shown(row.metric) && row.unpaired) {
        writeln!(out, "only seeds with a value on both sides are counted: the column `pairs`")?;
    }
    for (side, names) in [("A", &comparison.only_a), ("B", &comparison.only_b)] {
        if !names.is_empty() {
            writeln!(out, "only in {side}: {}", names.join(", "))?;
        }
    }
    if comparison.same_key > 0 {
        let equal = comparison.same_key - comparison.unequal.len();
        writeln!(
            out,
            "runs with the same key in both: {}, of which {equal} have the same numbers",
            comparison.same_key
        )?;
    }
    for run in &comparison.unequal {
        writeln!(out, "same key, other numbers: {run}")?;
    }
    Ok(comparison.unequal.is_empty())
}
