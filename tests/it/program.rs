//! The program in a folder of its own, as a person has it who installed it: `new`, completions, manual pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What the program says in `dir`, and how it exits.
fn call(dir: &Path, arguments: &[&str]) -> (String, i32) {
    let program = env!("CARGO_BIN_EXE_cgan-sweep");
    let done = Command::new(program).current_dir(dir).args(arguments).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (String::from_utf8(said).unwrap(), done.status.code().unwrap())
}

#[test]
fn an_experiment_to_start_from_is_written_once_and_is_good() {
    let dir = TempDir::new().unwrap();
    let (said, exit) = call(dir.path(), &["new", "mine", "--like", "maxout_pieces"]);
    assert_eq!(
        (said.as_str(), exit),
        ("mine.toml: as maxout_pieces; next: cgan-sweep plan mine.toml\n", 0)
    );
    let text = fs::read_to_string(dir.path().join("mine.toml")).unwrap();
    assert!(text.contains("[axes]\ndiscriminator.image_pieces"), "{text}");
    assert_eq!(call(dir.path(), &["check", "mine.toml"]).1, 0);

    // A file that somebody may have changed is never written over, however its name is given.
    fs::write(dir.path().join("mine.toml"), "changed").unwrap();
    for name in ["mine", "mine.toml"] {
        let (said, exit) = call(dir.path(), &["new", name]);
        assert_eq!(
            (said.as_str(), exit),
            ("error: mine.toml is there already: choose another name\n", 2)
        );
    }
    assert_eq!(fs::read_to_string(dir.path().join("mine.toml")).unwrap(), "changed");
}

#[test]
fn what_is_not_shipped_is_answered_with_what_is() {
    let dir = TempDir::new().unwrap();
    let (said, exit) = call(dir.path(), &["new", "x", "--like", "maxout_piece"]);
    assert_eq!(exit, 2);
    insta::assert_snapshot!(said);
    let (said, exit) = call(dir.path(), &["new", "a/b"]);
    assert_eq!(
        (said.as_str(), exit),
        ("error: `a/b` is a path: give a name, such as my_question\n", 2)
    );
    // What `check` would refuse is not written.
    let (said, exit) = call(dir.path(), &["new", "two words"]);
    assert_eq!(
        (said.as_str(), exit),
        ("error: an experiment's name is its folder's too, and \"two words\" holds a space\n", 2)
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let (said, exit) = call(dir.path(), &["new", "--list"]);
    assert_eq!(exit, 0);
    assert!(said.contains("\nnoise_dim         "), "{said}");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let dir = TempDir::new().unwrap();
    let (bash, exit) = call(dir.path(), &["completions", "bash"]);
    assert_eq!(exit, 0);
    let (said, exit) = call(dir.path(), &["man", "man"]);
    assert_eq!((said.as_str(), exit), ("manual pages: man\n", 0));
    for command in ["new", "check", "plan", "sweep", "report", "generate", "score", "scorer-train"]
    {
        let page = fs::read_to_string(dir.path().join(format!("man/cgan-sweep-{command}.1")));
        assert!(page.unwrap().contains(&format!(".TH cgan-sweep-{command} 1")), "{command}");
        let word = command.rsplit('-').next().unwrap();
        assert!(bash.contains(&format!("__subcmd__{word})\n")), "{command}");
    }
}
