//! The program among other programs: closed pipes, ignored signals, terminals that cannot draw.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::durable::lab::{Lab, UNSCORED, send, wait_until};

const QUICK: &str = "[axes]\ndiscriminator.image_pieces = [1]\n";

/// Standard output and standard error whose other ends are closed already.
fn closed(command: &mut Command) -> &mut Command {
    let end = || std::io::pipe().unwrap().1;
    command.stdout(end()).stderr(end())
}

#[test]
fn a_closed_pipe_changes_no_work_and_no_exit_code() {
    let lab = Lab::new(1, &format!("{UNSCORED}{QUICK}"));
    let code = |arguments: &[&str]| closed(&mut lab.command(arguments)).status().unwrap().code();
    assert_eq!(code(&["sweep", "lab.toml", "--jobs", "1"]), Some(0));
    let last = lab.folder("runs").join("d.image_pieces=1/seed-2/outcome.json");
    assert!(last.is_file(), "the work went on to its end");
    for arguments in [
        &["check", "lab.toml"][..],
        &["plan", "lab.toml"],
        &["list"],
        &["report", "runs/lab"],
        &["lights", "runs/lab"],
        &["compare", "runs/lab", "runs/lab"],
        &["defaults"],
        &["--help"],
    ] {
        assert_eq!(code(arguments), Some(0), "{arguments:?}");
    }
    // Each way to fail keeps its own code.
    assert_eq!(code(&["check", "lab.toml", "--set", "noise.dim=-1"]), Some(2));
    assert_eq!(code(&["report", "elsewhere"]), Some(3));
    let wild = ["loss.kind=least-squares", "optimizer.discriminator.kind=sgd"];
    let mut diverges = vec!["sweep", "lab.toml", "--runs-dir", "failed"];
    for set in wild.iter().chain(&["optimizer.discriminator.lr=10.0"]) {
        diverges.extend(["--set", set]);
    }
    assert_eq!(code(&diverges), Some(1));
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    let lab = Lab::new(60, &format!("{UNSCORED}{QUICK}"));
    for signal in ["HUP", "INT", "TERM"] {
        // As `nohup` does it.
        let program = env!("CARGO_BIN_EXE_cgan-sweep");
        let script = format!("trap '' {signal}; exec \"$0\" sweep lab.toml --jobs 1 --no-reuse");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, program]).current_dir(&lab.dir).stdin(Stdio::null());
        let child = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = lab.folder("runs").join("base/seed-1/loss.csv");
        wait_until("a run has begun", || begun.exists());
        send(&child, signal);
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0), "{signal}");
        std::fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    }
}

/// What the program says on a terminal of this kind.
fn on_terminal(lab: &Lab, kind: Option<&str>) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let other = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = lab.command(&["sweep", "lab.toml", "--jobs", "1", "--no-reuse"]);
    match kind {
        Some(kind) => command.env("TERM", kind),
        None => command.env_remove("TERM"),
    };
    command.stdout(Stdio::null()).stderr(OwnedFd::from(other));
    let reader = std::thread::spawn(move || {
        let (mut terminal, mut said) = (File::from(terminal), Vec::new());
        // Reading fails once the last program has left the terminal.
        let _ = terminal.read_to_end(&mut said);
        String::from_utf8(said).unwrap()
    });
    assert!(command.status().unwrap().success());
    drop(command);
    std::fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    reader.join().unwrap()
}

#[test]
fn a_terminal_that_cannot_draw_gets_plain_lines() {
    let lab = Lab::new(1, &format!("{UNSCORED}{QUICK}"));
    for kind in [Some("dumb"), None] {
        let said = on_terminal(&lab, kind);
        assert!(said.contains("completed"), "{kind:?}: {said:?}");
        assert!(!said.contains('\u{1b}'), "{kind:?}: {said:?}");
    }
    assert!(on_terminal(&lab, Some("xterm")).contains('\u{1b}'));
}

#[test]
fn a_limit_of_threads_is_an_error_that_says_what_to_do() {
    let lab = Lab::new(1, &format!("{UNSCORED}{QUICK}"));
    // The limit of processes does not hold for root; that of memory for stacks holds for all. Large
    // stacks leave room for all else when the next one finds none.
    let program = env!("CARGO_BIN_EXE_cgan-sweep");
    let script = "export RUST_MIN_STACK=100000000 MALLOC_ARENA_MAX=1 RAYON_NUM_THREADS=1; ulimit -v 4000000; \
         exec \"$0\" sweep lab.toml --jobs 2 --threads 200 -q";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, program]).current_dir(&lab.dir).stdin(Stdio::null());
    let (said, code) = crate::durable::lab::said(&shell.output().unwrap());
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("take fewer --jobs or --threads"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_listed_is_named_once() {
    let lab = Lab::new(1, QUICK);
    let (said, code) = crate::durable::lab::said(&lab.run(&["lights", "nowhere"]));
    assert_eq!(code, 3, "{said}");
    assert_eq!(said.matches("nowhere").count(), 1, "{said}");
}
