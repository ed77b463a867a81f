//! What a process that ended left half made.

use std::path::Path;

use super::{disk, lease};

/// Whether this is the name of a file or folder whose making was cut off by the end of its process,
/// as far as this machine can tell: what another node of a cluster is making, or left, stays.
pub(super) fn is_left(name: &str) -> bool {
    let Some(token) = name.strip_suffix(".part").and_then(|name| name.strip_prefix('.')) else {
        return false;
    };
    let maker = lease::holder(token).or_else(|| disk::writer(name));
    // It is not locked yet.
    maker.is_some_and(|maker| !maker.may_live(Path::new("")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Process;

    #[test]
    fn what_the_dead_left_is_told_from_what_is_being_written() {
        let this = Process::this();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = Process { pid: child.id(), ..this.clone() };
        child.wait().unwrap();
        // A node of a cluster on which no process has that number here.
        let elsewhere = Process { host: "elsewhere".into(), boot: "other".into(), ..dead.clone() };
        for (name, left) in [
            (format!(".plan.json~{this}-3.part"), false),
            (format!(".plan.json~{dead}-3.part"), true),
            (format!(".plan.json~{elsewhere}-3.part"), false),
            (format!(".owner-{this}-7.part"), false),
            (format!(".owner-{dead}-7.part"), true),
            (format!(".owner-{elsewhere}-7.part"), false),
            (format!("plan.json~{dead}-3.part"), false),
            (".mine.part".to_owned(), false),
            (".mine~of-me.part".to_owned(), false),
        ] {
            assert_eq!(is_left(&name), left, "{name}");
        }
    }

    #[test]
    fn a_file_aside_is_named_so_that_its_writer_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.json");
        let aside = disk::write_beside(&path, |_| Ok(())).unwrap();
        let name = aside.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(disk::writer(&name), Some(Process::this()), "{name}");
        assert!(disk::is_part(&name) && !is_left(&name));
    }
}
