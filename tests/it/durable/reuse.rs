//! Trained once, used again; and trained again to see that it is the same.

use std::fs;

use cgan_sweep::record::{Reused, SweepPaths};

use super::lab::{Lab, assert_same, results, said};

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1]\n";

#[test]
fn equal_runs_are_taken_over_and_shorter_ones_gone_on_from() {
    let lab = Lab::new(4, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let long = |name: &str, epochs: u64| {
        lab.write(epochs, AXES);
        fs::copy(lab.dir.join("lab.toml"), lab.dir.join(format!("{name}.toml"))).unwrap();
        let plan = said(&lab.run(&["plan", &format!("{name}.toml"), "--no-time"])).0;
        let swept = said(&lab.run(&["sweep", &format!("{name}.toml"), "--jobs", "2"]));
        assert_eq!(swept.1, 0, "{}", swept.0);
        let folder = lab.dir.join("runs").join(name);
        let fresh = ["--runs-dir", "fresh", "--no-reuse", "--quiet"];
        let file = format!("{name}.toml");
        let arguments = [&["sweep", &file][..], &fresh].concat();
        assert_eq!(said(&lab.run(&arguments)).1, 0);
        let wanted = results(&lab.dir.join("fresh").join(name));
        assert_same(&results(&folder), &wanted, name);
        let reused = fs::read(SweepPaths::at(&folder).run("base", 1).reused());
        (plan, swept.0, reused.ok().map(|r| serde_json::from_slice::<Reused>(&r).unwrap()))
    };
    let steps = |reused: &Option<Reused>| reused.as_ref().map(|r| (r.experiment.clone(), r.steps));
    // 240 images, batches of 16: 15 steps an epoch.
    let (plan, swept, reused) = long("again", 4);
    assert!(plan.contains("4 of these are trained already elsewhere and 0 in part"), "{plan}");
    assert!(swept.contains("resumes from step 60 of "), "{swept}");
    assert_eq!(steps(&reused), Some(("lab".into(), 60)));
    let (plan, _, reused) = long("longer", 7);
    assert!(plan.contains("0 of these are trained already elsewhere and 4 in part"), "{plan}");
    assert_eq!(reused.as_ref().map(|r| r.steps), Some(60));
    let (_, _, reused) = long("longest", 9);
    assert_eq!(steps(&reused), Some(("longer".into(), 105)));
    // A shorter run is not a longer one cut off: its last epoch is recorded as one.
    let (_, _, reused) = long("short", 3);
    assert_eq!(reused, None);

    // With the length in its schedule no run is the beginning of another.
    let schedule = "[optimizer.generator]\nschedule = \"linear\"\n";
    lab.write(2, schedule);
    let text = fs::read_to_string(lab.dir.join("lab.toml")).unwrap();
    for (name, epochs) in [("scheduled", 2), ("rescheduled", 4)] {
        let text = text.replace("epochs = 2", &format!("epochs = {epochs}"));
        fs::write(lab.dir.join(format!("{name}.toml")), text).unwrap();
        let swept = said(&lab.run(&["sweep", &format!("{name}.toml"), "--quiet"]));
        assert_eq!(swept.1, 0, "{}", swept.0);
        assert!(!SweepPaths::at(lab.dir.join("runs").join(name)).run("base", 1).reused().exists());
    }
}

#[test]
fn a_sweep_made_longer_goes_on_where_it_ended() {
    let lab = Lab::new(4, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    lab.write(6, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 2);
    let (text, code) = lab.sweep(&["--rerun", "stale"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("resumes after epoch 4/6"), "{text}");
    assert_same(&results(&lab.folder("runs")), &lab.untouched(), "made longer");
}

#[test]
fn what_is_damaged_is_not_taken_over() {
    let lab = Lab::new(2, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let table = SweepPaths::at(lab.folder("runs")).run("base", 1).metrics_csv();
    let mut bytes = fs::read(&table).unwrap();
    let at = bytes.len() - 5;
    bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
    fs::write(&table, bytes).unwrap();
    fs::copy(lab.dir.join("lab.toml"), lab.dir.join("again.toml")).unwrap();
    let (text, code) = said(&lab.run(&["sweep", "again.toml"]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("metrics.csv is damaged"), "{text}");
    let wanted = lab.untouched();
    for (name, bytes) in results(&lab.dir.join("runs/again")) {
        if name.starts_with("base/seed-") {
            assert!(wanted[&name] == bytes, "{name}");
        }
    }
    // Where it lies, it is found by its checksums and trained again on demand.
    let (text, _) = lab.sweep(&["--quiet", "--rerun", "damaged"]);
    assert!(text.contains("1 damaged"), "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "trained again");
}

#[test]
fn a_run_is_reproduced_or_the_first_difference_named() {
    let lab = Lab::new(4, AXES);
    assert_eq!(lab.sweep(&["--quiet"]).1, 0);
    let run = ["reproduce", "runs/lab/d.image_pieces=1/seed-2"];
    let (text, code) = said(&lab.run(&run));
    assert_eq!((text.as_str(), code), ("training d.image_pieces=1, seed 2 again\nidentical\n", 0));
    let two = [&run[..], &["--threads", "2"]].concat();
    assert_eq!(said(&lab.run(&two)).1, 0);

    let paths = SweepPaths::at(lab.folder("runs")).run("d.image_pieces=1", 2);
    let table = fs::read_to_string(paths.metrics_csv()).unwrap();
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = lines[3].split(',').collect();
    cells[3] = "0.25";
    lines[3] = cells.join(",");
    fs::write(paths.metrics_csv(), lines.join("\n") + "\n").unwrap();
    let weights = paths.weights(2);
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(weights, bytes).unwrap();
    let environment = fs::read_to_string(paths.environment()).unwrap();
    let environment = environment.replace("\"trainer_version\": ", "\"trainer_version\": 9");
    fs::write(paths.environment(), environment).unwrap();

    let (text, code) = said(&lab.run(&run));
    assert_eq!(code, 1, "{text}");
    for part in [
        "note: metrics.csv is damaged",
        "note: the trainer's version was 9",
        "different: epoch 2, fake_p was 0.25, and is ",
        "; after 2 epochs, tensor ",
        " differs in 1 of ",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let (text, code) = said(&lab.run(&["reproduce", "runs/lab/base"]));
    assert!(code == 3 && text.contains("holds no run"), "{text}");
}
