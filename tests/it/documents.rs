//! What the documents show is there, and works as it is written.

use std::fs;
use std::path::{Path, PathBuf};

use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::spec::{self, Overrides};
use walkdir::WalkDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page that people read, with its text; reports are made by the program.
fn pages() -> Vec<(PathBuf, String)> {
    let beside = ["README.md", "CONTRIBUTING.md"].map(|name| root().join(name));
    let below = ["docs", "tests", "benches", "data"].map(|name| root().join(name));
    let walk = below.iter().flat_map(|folder| WalkDir::new(folder).sort_by_file_name());
    let found = walk.map(|entry| entry.unwrap().into_path());
    let is_page = |path: &PathBuf| {
        path.extension().is_some_and(|e| e == "md")
            && path.file_name() != Some("report.md".as_ref())
    };
    let pages = beside.into_iter().chain(found.filter(is_page));
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn whole_experiments_in_them_are_without_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for (page, text) in pages() {
        let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        for block in blocks.filter(|block| block.contains("\nquestion = ")) {
            seen += 1;
            let file = dir.path().join(format!("block-{seen}.toml"));
            fs::write(&file, block).unwrap();
            let loaded = spec::load(&file, &Overrides::default(), Cgan.schema());
            let plan = loaded.map(|experiment| experiment.variants.len());
            assert!(plan.is_ok(), "{}:\n{block}\n{}", page.display(), plan.unwrap_err());
        }
    }
    assert!(seen >= 4, "{seen} blocks");
}

#[test]
fn files_they_name_are_there() {
    let mut seen = 0;
    for (page, text) in pages() {
        for name in text.split('`').skip(1).step_by(2) {
            let folders =
                ["src/", "tests/", "docs/", "benches/", "examples/", "experiments/", "assets/"];
            // Commands, patterns and names to be filled in are no files.
            let is_file =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
            if folders.iter().any(|folder| name.starts_with(folder)) && name.chars().all(is_file) {
                seen += 1;
                assert!(root().join(name).exists(), "{} names {name}", page.display());
            }
        }
    }
    assert!(seen > 30, "{seen} names");
}
