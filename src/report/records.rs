//! The formats of a run's files, read strictly: a fault is named, never turned into a number.

use serde_json::Value;

/// The metrics of a run's epochs, by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// Epochs, from 0, without a gap.
    pub epochs: Vec<u64>,
    /// Generator updates after each.
    pub steps: Vec<u64>,
    /// Name and value per epoch; `None` where the cell is empty or not finite.
    pub columns: Vec<(String, Vec<Option<f64>>)>,
}

impl Curves {
    /// One metric over the epochs.
    pub fn column(&self, metric: &str) -> Option<&[Option<f64>]> {
        self.columns.iter().find(|(name, _)| name == metric).map(|(_, values)| values.as_slice())
    }

    /// A metric after the last epoch.
    pub fn last(&self, metric: &str) -> Option<f64> {
        self.column(metric)?.last().copied().flatten()
    }
}

/// Reads `metrics.csv` and checks it against `loss.csv`. Beside the curves: what was cut off, if
/// the last line of either is torn, as an interrupted run leaves it.
pub(super) fn curves(metrics: &[u8], losses: &[u8]) -> Result<(Curves, Option<String>), String> {
    let mut cut = None;
    let metrics = whole_lines(metrics, "metrics.csv", &mut cut)?;
    let losses = whole_lines(losses, "loss.csv", &mut cut)?;
    let curves = read_metrics(metrics).map_err(|e| format!("metrics.csv: {e}"))?;
    let rows = check_losses(losses, &curves).map_err(|e| format!("loss.csv: {e}"))?;
    let epochs = curves.epochs.len();
    if rows != epochs && cut.is_none() {
        cut = Some(format!("loss.csv has {rows} epochs, metrics.csv has {epochs}"));
    }
    Ok((curves, cut))
}

/// The text up to its last line end; a torn last line could hold half a number.
fn whole_lines<'a>(
    bytes: &'a [u8],
    file: &str,
    cut: &mut Option<String>,
) -> Result<&'a str, String> {
    let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    if end != bytes.len() || bytes.is_empty() {
        *cut = Some(format!("{file} ends in the middle of a line"));
    }
    std::str::from_utf8(&bytes[..end]).map_err(|_| format!("{file} is not UTF-8"))
}

fn read_metrics(text: &str) -> Result<Curves, String> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    if header.len() < 3 || header[..2] != ["epoch", "step"] {
        return Err("line 1: the header begins with epoch,step".into());
    }
    let mut curves = Curves::default();
    for name in &header[2..] {
        if curves.column(name).is_some() || name.is_empty() {
            return Err(format!("line 1: column {name:?} is empty or stands twice"));
        }
        curves.columns.push(((*name).to_owned(), Vec::new()));
    }
    for (row, line) in lines.enumerate() {
        let at = |what: String| format!("line {}: {what}", row + 2);
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != header.len() {
            return Err(at(format!("{} cells under {} columns", cells.len(), header.len())));
        }
        let whole = |cell: &str| cell.parse::<u64>().map_err(|_| at(format!("{cell:?}")));
        let (epoch, step) = (whole(cells[0])?, whole(cells[1])?);
        if epoch != row as u64 {
            return Err(at(format!("epoch {epoch} where {row} follows")));
        }
        if curves.steps.last().is_some_and(|last| *last > step) {
            return Err(at(format!("step {step} goes back")));
        }
        curves.epochs.push(epoch);
        curves.steps.push(step);
        for ((_, column), cell) in curves.columns.iter_mut().zip(&cells[2..]) {
            let value = if cell.is_empty() {
                None
            } else {
                Some(cell.parse::<f64>().map_err(|_| at(format!("{cell:?} is no number")))?)
            };
            column.push(value.filter(|v| v.is_finite()));
        }
    }
    Ok(curves)
}

/// Rows of `loss.csv`, after each was found to say what `metrics.csv` says. Its columns are called
/// as the metrics are, but for capitals.
fn check_losses(text: &str, curves: &Curves) -> Result<usize, String> {
    let mut lines = text.lines();
    let mut header = lines.next().unwrap_or_default().split(',');
    if header.next() != Some("epoch") {
        return Err("line 1: the header begins with epoch".into());
    }
    let names: Vec<String> = header.map(str::to_lowercase).collect();
    if let Some(unknown) = names.iter().find(|name| curves.column(name).is_none()) {
        return Err(format!("line 1: metrics.csv has no column {unknown:?}"));
    }
    let columns: Vec<Option<&[Option<f64>]>> =
        names.iter().map(|name| curves.column(name)).collect();
    let mut rows = 0;
    for (row, line) in lines.enumerate() {
        let at = |what: String| format!("line {}: {what}", row + 2);
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if cells.len() != names.len() + 1 || cells[0].parse() != Ok(row) {
            return Err(at(format!("not the row of epoch {row}")));
        }
        for ((cell, column), name) in cells[1..].iter().zip(&columns).zip(&names) {
            let here: f64 = cell.parse().map_err(|_| at(format!("{cell:?} is no number")))?;
            let there = column.and_then(|c| c.get(row).copied().flatten());
            // Six decimals here, all of them there.
            let agree = there.is_none_or(|v| (v - here).abs() <= 0.51e-6 + 1e-12 * v.abs());
            if here.is_finite() && !agree {
                return Err(at(format!("{cell} disagrees with {name} in metrics.csv")));
            }
        }
        rows += 1;
    }
    Ok(rows)
}

/// Sum of the seconds in `timing.csv` (its column `seconds`); `None` if it has none. A torn last
/// line is left out: times are no results.
pub(super) fn seconds(bytes: &[u8]) -> Option<f64> {
    let mut reader = csv::Reader::from_reader(bytes);
    let column = reader.headers().ok()?.iter().position(|name| name == "seconds")?;
    let mut total = None;
    for row in reader.records() {
        let Ok(row) = row else { break };
        let Some(value) = row.get(column).and_then(|cell| cell.parse::<f64>().ok()) else { break };
        total = Some(total.unwrap_or(0.0) + value);
    }
    // Not 0.028999999999999998 for what was written as 0.01 and 0.019.
    total.map(|sum: f64| (sum * 1e6).round() / 1e6)
}

/// The environment record as dotted keys and plain values, sorted by key; of several attempts the
/// last one's, with their number.
pub(super) fn environment(bytes: &[u8]) -> Vec<(String, String)> {
    fn walk(prefix: &str, value: &Value, out: &mut Vec<(String, String)>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    walk(&format!("{prefix}{dot}{key}"), value, out);
                }
            }
            Value::Array(list) => {
                let words: Vec<String> = list.iter().map(plain).collect();
                // Names of several words are told apart by commas.
                let gap = if words.iter().any(|w| w.contains(' ')) { ", " } else { " " };
                out.push((prefix.to_owned(), words.join(gap)));
            }
            value => out.push((prefix.to_owned(), plain(value))),
        }
    }
    let mut out = Vec::new();
    if let Ok(record @ Value::Object(_)) = serde_json::from_slice(bytes) {
        match record.get("attempts").and_then(Value::as_array) {
            None => walk("", &record, &mut out),
            Some(attempts) => {
                out.push(("attempts".into(), attempts.len().to_string()));
                if let Some(last) = attempts.last().and_then(|a| a.get("environment")) {
                    walk("", last, &mut out);
                }
            }
        }
    }
    out.sort();
    out
}

/// What each class shows, by label, as the environment record of the last attempt has it; empty
/// where that is not known.
pub(super) fn class_names(bytes: &[u8]) -> Vec<String> {
    let record: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let attempts = record.get("attempts").and_then(Value::as_array);
    let names = attempts.and_then(|all| all.last()?.pointer("/environment/data/class_names"));
    let names = names.and_then(Value::as_array).into_iter().flatten();
    names.map(plain).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str =
        "epoch,step,real_p,fake_p,gen_loss,dis_loss\n0,5,0.5,0.25,1,2\n1,10,0.75,0.125,1.5,2.5\n";
    const LOSSES: &str = "epoch,Real_P,Fake_P,Gen_loss,Dis_loss\n    0,0.500000,0.250000,1.000000,2.000000\n    1,0.750000,0.125000,1.500000,2.500000\n";

    #[test]
    fn reads_what_agrees() {
        let (curves, cut) = curves(METRICS.as_bytes(), LOSSES.as_bytes()).unwrap();
        assert_eq!(cut, None);
        assert_eq!((curves.last("real_p"), curves.steps), (Some(0.75), vec![5, 10]));
    }

    #[test]
    fn a_cut_at_any_byte_is_seen_and_gives_no_wrong_number() {
        let (whole, _) = curves(METRICS.as_bytes(), LOSSES.as_bytes()).unwrap();
        for end in 0..METRICS.len() {
            match curves(&METRICS.as_bytes()[..end], LOSSES.as_bytes()) {
                Err(_) => {}
                Ok((part, cut)) => {
                    assert!(cut.is_some(), "cut at {end} was not seen");
                    let n = part.epochs.len();
                    for (a, b) in part.columns.iter().zip(&whole.columns) {
                        assert_eq!(a.1, b.1[..n], "cut at {end}");
                    }
                }
            }
        }
    }

    #[test]
    fn faults_are_named() {
        let fault = |m: &str, l: &str| curves(m.as_bytes(), l.as_bytes()).unwrap_err();
        let swap = |from: &str, to: &str| fault(&METRICS.replace(from, to), LOSSES);
        insta::assert_snapshot!(
            [
                swap("0.75", "0.76"),
                swap("1,10,", "2,10,"),
                swap("1,10,", "1,4,"),
                swap("0.75", "o.75"),
                swap(",0.125", ""),
                swap("epoch,step", "epoch"),
                swap("fake_p", "real_p"),
                fault(METRICS, &LOSSES.replace("Real_P", "Real")),
                fault(METRICS, &LOSSES.replace("    1", "    7")),
            ]
            .join("\n")
        );
    }

    #[test]
    fn times_and_environment_are_optional() {
        assert_eq!(seconds(b""), None);
        assert_eq!(seconds(b"epoch,seconds\n0,1.5\n1,2.5\n2,"), Some(4.0));
        assert_eq!(seconds(b"epoch,seconds\n0,0.1\n1,0.2\n"), Some(0.3));
        assert!(environment(b"").is_empty());
        let env = environment(br#"{"b": {"c": 2}, "a": "x", "argv": ["s", "t"]}"#);
        let text = |(k, v): &(String, String)| format!("{k}={v}");
        assert_eq!(env.iter().map(text).collect::<Vec<_>>(), ["a=x", "argv=s t", "b.c=2"]);
    }
}
