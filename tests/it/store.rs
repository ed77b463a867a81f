//! Sweep folders: what is made, listed, and found damaged.

use cgan_sweep::files::read_table;
use std::fs;
use std::path::Path;

use cgan_sweep::commands::list;
use cgan_sweep::record::lease::{Acquired, Lease};
use cgan_sweep::record::store;
use cgan_sweep::record::{
    Manifest, RunRecord, SweepPaths, VariantRecord, format, read_weights, write_weights,
};
use cgan_sweep::run::NamedTensor;
use cgan_sweep::run::RunStatus;
use cgan_sweep::run::{Outcome, OutcomeKind};

fn manifest(experiment: &str) -> Manifest {
    let variants = ["maxout-5", "maxout-8"];
    let runs = variants.iter().flat_map(|variant| {
        (0..4).map(move |seed| RunRecord {
            variant: (*variant).to_owned(),
            seed,
            key: format!("{variant}-{seed}"),
        })
    });
    Manifest {
        experiment: experiment.to_owned(),
        question: "Do more pieces help?".to_owned(),
        baseline: "maxout-5".to_owned(),
        seeds: (0..4).collect(),
        looks: None,
        search: None,
        primary_metric: Some("real_p".to_owned()),
        questions: Vec::new(),
        declared_late: false,
        seeds_before: None,
        overrides: Vec::new(),
        metrics: Vec::new(),
        variants: variants
            .map(|name| VariantRecord {
                name: name.to_owned(),
                changes: vec![],
                values: Default::default(),
            })
            .to_vec(),
        runs: runs.collect(),
    }
}

fn sweep(dir: &Path, name: &str) -> SweepPaths {
    let paths = SweepPaths::new(dir, name);
    store::create_sweep(&paths, &manifest(name), "# as written\n").unwrap();
    paths
}

fn put(paths: &SweepPaths, run: &RunRecord, kind: Option<OutcomeKind>) {
    let folder = paths.run(&run.variant, run.seed);
    fs::create_dir_all(folder.root()).unwrap();
    fs::write(folder.run(), format::to_json(run).unwrap()).unwrap();
    if let Some(kind) = kind {
        let outcome = Outcome { kind, steps: 1, epochs: 1, reason: String::new() };
        fs::write(folder.outcome(), serde_json::to_vec(&outcome).unwrap()).unwrap();
    }
}

fn listed(dir: &Path) -> String {
    let mut out = Vec::new();
    list::run(dir, &mut out).unwrap();
    String::from_utf8(out).unwrap().replace(&dir.display().to_string(), "DIR")
}

#[test]
fn a_sweep_is_made_and_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let paths = sweep(dir.path(), "maxout_pieces");
    assert_eq!(store::read_manifest(&paths).unwrap(), manifest("maxout_pieces"));
    assert_eq!(fs::read_to_string(paths.experiment()).unwrap(), "# as written\n");
}

#[test]
fn list_counts_runs_and_names_what_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(listed(dir.path()), "no sweeps in DIR\n");

    sweep(dir.path(), "noise_dim");
    let paths = sweep(dir.path(), "maxout \"pieces\"");
    let runs = manifest("").runs;
    put(&paths, &runs[0], Some(OutcomeKind::Completed));
    put(&paths, &runs[1], Some(OutcomeKind::Completed));
    put(&paths, &runs[2], Some(OutcomeKind::Diverged));
    put(&paths, &runs[3], Some(OutcomeKind::Failed));
    put(&paths, &runs[4], Some(OutcomeKind::Interrupted));
    put(&paths, &runs[5], None);
    put(&paths, &runs[6], Some(OutcomeKind::Completed));
    fs::write(paths.run("maxout-8", 2).outcome(), "{\"kind\": \"compl").unwrap();
    put(&paths, &runs[7], Some(OutcomeKind::Completed));
    let stale = RunRecord { key: "older".to_owned(), ..runs[7].clone() };
    fs::write(paths.run("maxout-8", 3).run(), format::to_json(&stale).unwrap()).unwrap();
    let damaged = sweep(dir.path(), "damaged");
    fs::write(damaged.manifest(), [0xff; 10]).unwrap();
    // Folders that are no sweeps, and what lies inside a sweep, are passed over.
    fs::create_dir_all(dir.path().join("other/deep")).unwrap();
    sweep(paths.root(), "inside");
    insta::assert_snapshot!(listed(dir.path()));

    let statuses = [5, 6, 7].map(|run| store::run_state(&paths, &runs[run]).status);
    assert_eq!(statuses, [RunStatus::Interrupted, RunStatus::Damaged, RunStatus::Stale]);
    // A sweep's own folder lists itself.
    assert_eq!(listed(paths.root()).lines().nth(1).map(|l| l.starts_with("DIR ")), Some(true));

    // Who holds a run's folder is at work in it.
    let place = paths.run(&runs[5].variant, runs[5].seed);
    let Acquired::Ours(lease) = Lease::acquire(&place, &|_| true, false).unwrap() else { panic!() };
    let lines = listed(paths.root());
    let lines = lines.replace("not started", "not-started");
    let row = |line: usize| lines.lines().nth(line).unwrap().split_whitespace().collect::<Vec<_>>();
    let columns: Vec<_> = row(0)[4..8].iter().zip(&row(1)[4..8]).map(|(a, b)| (*a, *b)).collect();
    let wanted = [("failed", "1"), ("interrupted", "1"), ("running", "1"), ("not-started", "-")];
    assert_eq!(columns, wanted, "{lines}");
    lease.release();
    assert!(!listed(paths.root()).contains("running"));

    let none = list::run(&dir.path().join("x"), &mut Vec::new()).unwrap_err();
    assert!(none.to_string().ends_with("/x is not a folder"));
}

#[test]
fn a_damaged_table_is_named_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("metrics.csv");
    let cases = [
        ("missing", None),
        ("empty", Some("")),
        ("cut in a row", Some("epoch,step,real_p\n0,235,0.5\n1,470,0.2")),
        ("a row too short", Some("epoch,step,real_p\n0,235,0.5\n1,470\n")),
        ("no number", Some("epoch,step,real_p\n0,235,0.5\n1,4x70,0.5\n")),
        ("zeroed", Some("epoch,step,real_p\n0,235,0.5\n\0\0\0\0\0\0\0\0\0\0\0\n")),
        ("an epoch twice", Some("epoch,step,real_p\n0,235,0.5\n0,235,0.5\n")),
        ("an epoch missing", Some("epoch,step,real_p\n0,235,0.5\n2,705,0.5\n")),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(name, content)| {
            if let Some(content) = content {
                fs::write(&path, content).unwrap();
            }
            let error = format!("{:#}", read_table(&path).unwrap_err());
            format!("{name}: {}", error.replace(&dir.path().display().to_string(), "DIR"))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    fs::write(&path, [0xff, 0xfe, b'\n']).unwrap();
    assert!(read_table(&path).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn damage_gives_a_message_and_never_a_panic(
        cut in 0usize..400,
        flips in proptest::collection::vec((0usize..400, 0u8..8), 0..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let damage = |mut bytes: Vec<u8>| {
            for &(at, bit) in &flips {
                let at = at % bytes.len();
                bytes[at] ^= 1 << bit;
            }
            bytes.truncate(cut.max(1));
            bytes
        };
        let table = dir.path().join("metrics.csv");
        let rows = "epoch,step,real_p\n0,235,0.5\n1,470,0.25\n2,705,1e-7\n";
        fs::write(&table, damage(rows.into())).unwrap();
        if let Ok(table) = read_table(&table) {
            for (_, values) in &table.columns {
                proptest::prop_assert_eq!(values.len(), table.rows());
            }
        }
        let weights = dir.path().join("last.safetensors");
        let tensor =
            NamedTensor { name: "a.bias".into(), shape: vec![3, 2], values: vec![0.5; 6].into() };
        write_weights(&weights, &[tensor]).unwrap();
        fs::write(&weights, damage(fs::read(&weights).unwrap())).unwrap();
        if let Ok(tensors) = read_weights(&weights) {
            for tensor in tensors {
                proptest::prop_assert_eq!(tensor.shape.iter().product::<usize>(), tensor.values.len());
            }
        }
        let paths = sweep(dir.path(), "damaged");
        let plan = damage(fs::read(paths.manifest()).unwrap());
        fs::write(paths.manifest(), plan).unwrap();
        list::run(dir.path(), &mut Vec::new()).unwrap();
    }
}
