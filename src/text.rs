//! Numbers, counts, sizes and times as a person reads them.

use std::path::Path;

use bytesize::ByteSize;

/// 10000000 as `10,000,000`.
pub(crate) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 run`, `2 runs`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A path as a POSIX shell reads it, for commands that a person pastes.
pub(crate) fn shell(path: &Path) -> String {
    let path = path.to_string_lossy();
    // No path holds the one byte that cannot be quoted.
    shlex::try_quote(&path).unwrap_or_default().into_owned()
}

/// A size: `63.0 MB`.
pub(crate) fn bytes(n: u64) -> String {
    ByteSize(n).display().si().to_string()
}

/// Seconds, in two units at most: `5.0 s`, `38 s`, `3 min 04 s`, `12 min`, `3 h 05 min`, `2 d 4 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600, whole / 60);
    match whole {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..600 => format!("{minutes} min {:02} s", whole % 60),
        600..3_600 => format!("{minutes} min"),
        3_600..86_400 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// At most `limit` of the indices below `n`, evenly spread, the first and the last among them; the
/// last alone where there is room for one.
pub(crate) fn evenly(n: usize, limit: usize) -> Vec<usize> {
    if n <= limit {
        return (0..n).collect();
    }
    if limit <= 1 {
        return (n - limit..n).collect();
    }
    let step = |i: usize| (i * (n - 1) + (limit - 1) / 2) / (limit - 1);
    (0..limit).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_units_at_most() {
        let times = [0.04, 9.96, 59.4, 59.96, 184.0, 725.0, 3_725.0, 200_000.0].map(duration);
        let wanted = [
            "0.0 s",
            "10 s",
            "59 s",
            "1 min 00 s",
            "3 min 04 s",
            "12 min",
            "1 h 02 min",
            "2 d 7 h",
        ];
        assert_eq!(times, wanted);
    }

    #[test]
    fn thinning_keeps_both_ends_and_repeats_nothing() {
        for (n, limit) in [(0, 5), (3, 5), (5, 5), (6, 5), (150, 72), (10_000, 24), (3, 2)] {
            let s = evenly(n, limit);
            assert_eq!(s.len(), n.min(limit));
            assert!(s.windows(2).all(|w| w[0] < w[1]));
            assert_eq!(s.last().copied(), n.checked_sub(1));
        }
        assert_eq!((evenly(3, 1), evenly(3, 0)), (vec![2], vec![]));
    }
}
