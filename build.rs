//! Tells the program what it was built from and with, for the environment record.
//!
//! Every answer may be missing (a source archive has no git); the build never fails for it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What decides the program's behaviour: the build script reruns, and "dirty" counts, for these.
const SOURCES: [&str; 5] = ["src", "data", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    set("CGAN_SWEEP_TARGET", &env::var("TARGET").unwrap_or_default());
    set("CGAN_SWEEP_TARGET_FEATURES", &env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default());
    set("CGAN_SWEEP_PROFILE", &env::var("PROFILE").unwrap_or_default());
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    set("CGAN_SWEEP_RUSTC", &output(Command::new(rustc).arg("--version")).unwrap_or_default());

    let (commit, dirty) = git(&root).unwrap_or_default();
    set("CGAN_SWEEP_GIT_COMMIT", &commit);
    set("CGAN_SWEEP_GIT_DIRTY", if dirty { "yes" } else { "" });
}

/// The commit, and whether the sources differ from it; nothing if this folder is not itself the
/// top of a repository (an archive unpacked inside somebody's other one).
fn git(root: &Path) -> Option<(String, bool)> {
    let git = |arguments: &[&str]| output(Command::new("git").current_dir(root).args(arguments));
    let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    for file in ["HEAD", "index"] {
        println!("cargo::rerun-if-changed={}", git(&["rev-parse", "--git-path", file])?);
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    let mut status = vec!["--no-optional-locks", "status", "--porcelain", "--"];
    status.extend(SOURCES);
    Some((commit, !git(&status)?.is_empty()))
}

/// What a command printed, if it succeeded.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn set(name: &str, value: &str) {
    println!("cargo::rustc-env={name}={value}");
}
