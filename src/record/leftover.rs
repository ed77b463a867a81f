//! What a process that ended left half made.

use std::path::Path;

use super::{Process, lease};

/// Whether this is the name of a file or folder whose making was cut off by the end of its process,
/// as far as this machine can tell.
pub(super) fn is_left(name: &str) -> bool {
    let Some(name) = name.strip_suffix(".part").filter(|name| name.starts_with('.')) else {
        return false;
    };
    if let Some(holder) = lease::holder(&name[1..]) {
        // It is not locked yet.
        return !holder.may_live(Path::new(""));
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let pid = last.split('-').next().unwrap_or_default();
    pid.parse().is_ok_and(|pid| !Process::exists(pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_left_is_told_from_what_is_being_written() {
        let this = Process::this();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = child.id();
        child.wait().unwrap();
        for (name, left) in [
            (format!(".plan.json.{}-3.part", this.pid), false),
            (format!(".plan.json.{dead}-3.part"), true),
            (format!(".report.md.{dead}.part"), true),
            (format!(".owner-{this}-7.part"), false),
            (format!(".owner-{}-7.part", Process { pid: dead, ..this.clone() }), true),
            (
                format!(
                    ".owner-{}-7.part",
                    Process { host: "elsewhere".into(), boot: "other".into(), ..this }
                ),
                false,
            ),
            (format!("plan.json.{dead}.part"), false),
            (".mine.part".to_owned(), false),
        ] {
            assert_eq!(is_left(&name), left, "{name}");
        }
    }
}
