//! Names of experiments and variants: each is a folder and a TensorBoard run.

/// Longest name, in bytes; file systems stop at 255.
const LONGEST: usize = 160;

/// Endings of the files that lie beside the variants' folders.
const FILE_ENDINGS: &[&str] = &[
    ".json", ".toml", ".csv", ".md", ".html", ".tex", ".svg", ".png", ".gif", ".lock", ".tmp",
    ".log", ".jsonl",
];

/// Names without an ending that the sweep's folder itself holds; a test beside its paths finds what
/// is missing here.
const OWN_NAMES: &[&str] = &["sha256sums"];

/// Whether a name is safe as a folder anywhere; otherwise why not.
pub(crate) fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    if name.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} characters"));
    }
    if let Some(c) = name.chars().find(|&c| !is_allowed(c)) {
        return Err(format!("holds {}", describe(c)));
    }
    if name.contains("..") {
        return Err("holds `..`".to_owned());
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err("does not start with a letter or digit".to_owned());
    }
    if name.ends_with('.') {
        return Err("ends with a dot".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    if let Some(ending) = FILE_ENDINGS.iter().find(|e| lower.ends_with(*e)) {
        return Err(format!("ends with `{ending}`, like a file of the sweep"));
    }
    if OWN_NAMES.contains(&lower.as_str()) || lower.starts_with("events.out.") {
        return Err("is the name of a file of the sweep".to_owned());
    }
    Ok(())
}

/// What to do about a name that is not safe.
pub(crate) fn help(name: &str) -> &'static str {
    if name.len() > LONGEST { "shorten it: a name is a folder" } else { ALLOWED }
}

const ALLOWED: &str = "a name is a folder: use ASCII letters, digits and . _ - + = , beginning with a letter or digit";

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-+=,".contains(c)
}

fn describe(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        c if c.is_control() => format!("the control character U+{:04X}", u32::from(c)),
        c if c.is_ascii() => format!("`{c}`"),
        c => format!("`{c}` (U+{:04X}), which is not ASCII", u32::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_that_are_folders_everywhere_pass() {
        for good in ["base", "d.image_pieces=5,n.dim=100", "g.lr=2e-4", "a", "0", "x+y", "v1.5"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a..b",
            "a/b",
            "a\\b",
            "a b",
            "-a",
            "a.",
            "é",
            "ключ",
            "a\u{202e}b",
            "a\nb",
            "plan.json",
            "Report.MD",
            "SHA256SUMS",
            "sha256sums",
            "events.out.tfevents.0.0.cgan-sweep-hparams",
            "a:b",
            "a*b",
            "a\0b",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert!(check(&"x".repeat(161)).is_err());
    }
}
