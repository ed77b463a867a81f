//! Whether our curves follow a reference's: the article's own program, run with several seeds.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// The columns of the article's `loss.csv` after `epoch`.
pub(crate) const COLUMNS: [&str; 4] = ["Real_P", "Fake_P", "Gen_loss", "Dis_loss"];

/// The values of [`COLUMNS`], one row an epoch from epoch 0.
pub(crate) type Curve = Vec<[f64; 4]>;

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "seed", default)]
    seed: u64,
    #[serde(rename = "epoch")]
    epoch: usize,
    #[serde(rename = "Real_P")]
    real_p: f64,
    #[serde(rename = "Fake_P")]
    fake_p: f64,
    #[serde(rename = "Gen_loss")]
    gen_loss: f64,
    #[serde(rename = "Dis_loss")]
    dis_loss: f64,
}

/// The curves of a file in the columns of `loss.csv`, one a value of its column `seed`, if it has
/// that.
///
/// # Errors
/// What cannot be read, with its line; epochs that do not count up from 0; an empty file.
pub(crate) fn curves(path: &Path) -> Result<Vec<Curve>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let mut curves: Vec<(u64, Curve)> = Vec::new();
    for row in reader.deserialize() {
        let row: Row = row.with_context(|| path.display().to_string())?;
        if curves.last().is_none_or(|(seed, _)| *seed != row.seed) {
            curves.push((row.seed, Curve::new()));
        }
        let (seed, curve) = curves.last_mut().expect("pushed if there was none");
        ensure!(
            row.epoch == curve.len(),
            "{}: seed {seed}: epoch {} where {} comes next",
            path.display(),
            row.epoch,
            curve.len(),
        );
        curve.push([row.real_p, row.fake_p, row.gen_loss, row.dis_loss]);
    }
    ensure!(!curves.is_empty(), "{}: no epoch in it", path.display());
    Ok(curves.into_iter().map(|(_, curve)| curve).collect())
}

/// The mean of our curves in one column of one epoch, beside the reference's range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// Epoch, from 0.
    pub(crate) epoch: usize,
    /// Index in [`COLUMNS`].
    pub(crate) column: usize,
    /// Mean over our seeds.
    pub(crate) mean: f64,
    /// Smallest value of the reference's seeds.
    pub(crate) low: f64,
    /// Largest.
    pub(crate) high: f64,
}

impl Comparison {
    /// The range widened by its own width on both sides.
    pub(crate) fn allowed(&self) -> (f64, f64) {
        let width = self.high - self.low;
        (self.low - width, self.high + width)
    }

    /// Whether the mean lies in the widened range. A NaN does not.
    pub(crate) fn inside(&self) -> bool {
        let (low, high) = self.allowed();
        low <= self.mean && self.mean <= high
    }
}

/// Sets the means of our curves beside the reference's, epoch by epoch, as far as all have gone.
///
/// # Errors
/// If one side has no curve, or no epoch is common to all.
pub(crate) fn compare(reference: &[Curve], ours: &[Curve]) -> Result<Vec<Comparison>> {
    let epochs = reference.iter().chain(ours).map(Vec::len).min().unwrap_or(0);
    if reference.is_empty() || ours.is_empty() || epochs == 0 {
        bail!("{} reference curves and {} of ours share no epoch", reference.len(), ours.len());
    }
    let mut rows = Vec::new();
    for epoch in 0..epochs {
        for column in 0..COLUMNS.len() {
            let values = |curves: &[Curve]| -> Vec<f64> {
                curves.iter().map(|curve| curve[epoch][column]).collect()
            };
            let (theirs, ours) = (values(reference), values(ours));
            rows.push(Comparison {
                epoch,
                column,
                mean: ours.iter().sum::<f64>() / ours.len() as f64,
                low: theirs.iter().copied().fold(f64::INFINITY, f64::min),
                high: theirs.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            });
        }
    }
    Ok(rows)
}

/// A Markdown table, a row an epoch: our mean, and in brackets the reference's range; a value
/// outside of what is allowed is marked **out**.
pub(crate) fn table(rows: &[Comparison]) -> String {
    let mut text = format!("| epoch | {} |\n|---|---|---|---|---|\n", COLUMNS.join(" | "));
    for row in rows {
        if row.column == 0 {
            let _ = write!(text, "| {} ", row.epoch);
        }
        let mark = if row.inside() { "" } else { " **out**" };
        let _ = write!(text, "| {:.4} ({:.4} to {:.4}){mark} ", row.mean, row.low, row.high);
        if row.column + 1 == COLUMNS.len() {
            text += "|\n";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seeds, one epoch: ranges 0 to 1, 2 to 2, 3 to 5, -1 to 1.
    fn reference() -> Vec<Curve> {
        vec![vec![[0.0, 2.0, 3.0, -1.0]], vec![[1.0, 2.0, 5.0, 1.0]]]
    }

    #[test]
    fn the_mean_may_leave_the_range_by_its_width() {
        let ours = vec![vec![[1.0, 2.0, 0.9, 4.0]; 2], vec![[3.0, 2.0, 1.1, 2.1]; 2]];
        let rows = compare(&reference(), &ours).unwrap();
        assert_eq!(rows.len(), 4, "the epoch that the reference has");
        let inside: Vec<bool> = rows.iter().map(Comparison::inside).collect();
        // Means 2, 2, 1 and 3.05 in [-1, 2], [2, 2], [1, 7] and [-3, 3].
        assert_eq!(inside, [true, true, true, false]);
        assert_eq!(
            table(&rows),
            "| epoch | Real_P | Fake_P | Gen_loss | Dis_loss |\n|---|---|---|---|---|\n\
             | 0 | 2.0000 (0.0000 to 1.0000) | 2.0000 (2.0000 to 2.0000) \
             | 1.0000 (3.0000 to 5.0000) | 3.0500 (-1.0000 to 1.0000) **out** |\n"
        );
    }

    #[test]
    fn nan_is_outside_and_nothing_is_an_error() {
        let rows = compare(&reference(), &[vec![[f64::NAN; 4]]]).unwrap();
        assert!(rows.iter().all(|row| !row.inside()));
        assert!(compare(&reference(), &[]).is_err());
        assert!(compare(&reference(), &[vec![]]).is_err());
        assert!(compare(&[], &reference()).is_err());
    }

    #[test]
    fn reads_the_articles_format_and_names_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let path = dir.path().join("loss.csv");
            std::fs::write(&path, text).unwrap();
            curves(&path).map_err(|e| format!("{e:#}").replace(&*path.to_string_lossy(), "FILE"))
        };
        let header = "epoch,Real_P,Fake_P,Gen_loss,Dis_loss\n";
        let two = format!("{header}    0,0.5,0.4,1.0,1.5\n    1,0.6,0.3,nan,1.25\n");
        let curve = read(&two).unwrap().remove(0);
        assert_eq!(curve[0], [0.5, 0.4, 1.0, 1.5]);
        assert!(curve[1][2].is_nan());
        assert_eq!(
            read(&format!("{header}    1,0.5,0.4,1.0,1.5\n")).unwrap_err(),
            "FILE: seed 0: epoch 1 where 0 comes next"
        );
        assert_eq!(read(header).unwrap_err(), "FILE: no epoch in it");
        let broken = read(&format!("{header}    0,0.5,x,1.0,1.5\n")).unwrap_err();
        assert!(broken.contains("FILE") && broken.contains("line: 2"), "{broken}");
    }
}
