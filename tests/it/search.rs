//! Searches by successive halving: what they train, decide and say.

use std::fs;
use std::path::Path;

use cgan_sweep::record::{SweepPaths, store};
use cgan_sweep::report;
use cgan_sweep::run::OutcomeKind;
use cgan_sweep::spec::Search;

use crate::durable::lab::{Lab, assert_same, is_open, results, said};
use crate::synthetic::Synthetic;

/// Four variants searched at 2, 4 and 8 epochs, written down to the end though few of it was needed.
fn synthetic(gain: f64) -> Synthetic {
    let points = ["base", "a", "b", "c"];
    let epochs = [2, 4, 8];
    let names: Vec<(String, Vec<(&str, String)>)> = points
        .iter()
        .enumerate()
        .flat_map(|(at, point)| {
            epochs.map(|epochs| {
                let mut changes = vec![("train.epochs", epochs.to_string())];
                if at > 0 {
                    changes.push(("discriminator.image_pieces", (at + 5).to_string()));
                }
                (format!("{point},epochs={epochs}"), changes)
            })
        })
        .collect();
    let lists: Vec<(&str, Vec<(&str, &str)>)> = names
        .iter()
        .map(|(name, list)| (name.as_str(), list.iter().map(|(k, v)| (*k, v.as_str())).collect()))
        .collect();
    let variants: Vec<(&str, &[(&str, &str)])> =
        lists.iter().map(|(name, list)| (*name, list.as_slice())).collect();
    let mut sweep = Synthetic { epochs: 2, gain, ..Synthetic::new(&variants, 2) };
    sweep.manifest.baseline = "base,epochs=8".into();
    sweep.manifest.question = "Which number of pieces is best?".into();
    sweep.manifest.search = Some(Search {
        epochs: epochs.to_vec(),
        enter: vec![4, 2, 1],
        metric: "fid".into(),
        shortlist: 1,
        points: points.map(str::to_owned).to_vec(),
    });
    sweep
}

fn answer(dir: &Path) -> (serde_json::Value, String) {
    let report = report::write(dir).unwrap();
    let page = report.pages.iter().find(|page| page.name == "answer.json").unwrap();
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    (serde_json::from_str(&text).unwrap(), text)
}

#[test]
fn records_alone_decide_who_goes_on_and_runs_beyond_a_rung_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = synthetic(2.0);
    sweep.write(dir.path());
    let settings = SweepPaths::at(dir.path()).variant_settings("base,epochs=8");
    fs::write(settings, "[train]\nepochs = 8\n").unwrap();
    let (said, text) = answer(dir.path());
    assert_eq!(said["search"]["shortlist"], serde_json::json!(["c"]), "{text}");
    assert_eq!((&said["provisional"], &said["families"]), (&false.into(), &serde_json::json!([])));
    let course = report::build(dir.path()).unwrap().analysis.search.unwrap();
    assert_eq!(course.runs(), 2 * (4 + 2 + 1));
    assert_eq!(course.out_at(0), Some((0, 4)));
    assert_eq!(course.out_at(2), Some((1, 2)));
    assert_eq!(course.out_at(3), None);

    // Without the runs that were not needed.
    for (run, needed) in sweep.manifest.runs.iter().zip(&course.needed) {
        if !needed {
            let folder = SweepPaths::at(dir.path()).run(&run.variant, run.seed);
            fs::remove_dir_all(folder.root()).unwrap();
        }
    }
    let (without, _) = answer(dir.path());
    assert_eq!(without["search"], said["search"]);
    assert_eq!(without["runs_planned"], 14);
    insta::assert_snapshot!("search.md", fs::read_to_string(dir.path().join("report.md")).unwrap());
    let page = fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(page.contains("Rung 2 of 3: 4 epochs"), "{page}");
    assert!(page.contains("6 min 04 s in 14 runs"), "{page}");
    // Eight runs of two epochs of 13 s: those that another rung went on from are in its time.
    for run in sweep.manifest.runs.iter().filter(|run| !run.variant.ends_with("epochs=2")) {
        let run = SweepPaths::at(dir.path()).run(&run.variant, run.seed);
        if run.root().exists() {
            fs::write(run.reused(), "{}").unwrap();
        }
    }
    report::write(dir.path()).unwrap();
    let page = fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(page.contains("3 min 28 s in 8 runs"), "{page}");
    let events = fs::read(dir.path().join("events.out.tfevents.1.cgan-sweep-rounds")).unwrap();
    let told = String::from_utf8_lossy(&events);
    assert!(told.contains("rounds") && told.contains("## Rung 3 of 3: 8 epochs"), "{told}");
    insta::assert_snapshot!(
        "search_compare.toml",
        fs::read_to_string(dir.path().join("pieces-compare.toml")).unwrap()
    );

    // Who lost a run goes out, however good the others were; the next best takes the place.
    sweep.stop(dir.path(), "c,epochs=2", 2, OutcomeKind::Stopped, 1, "a light is red");
    for record in sweep.manifest.runs.iter().filter(|run| run.variant == "a,epochs=4") {
        let run = SweepPaths::at(dir.path()).run(&record.variant, record.seed);
        sweep.write_run(record, &run);
    }
    let (lost, text) = answer(dir.path());
    let rung = &lost["search"]["rungs"][0];
    assert_eq!(rung["placed"][3]["why"], "seed 2 stopped by rule after 1 epoch: a light is red");
    assert_eq!((&rung["placed"][0]["variant"], &rung["went_on"]), (&"b".into(), &2.into()));
    assert!(text.contains("1 stopped by rule"), "{text}");
    // Its own last rung is to be trained now; what was written for the former best is gone.
    assert_eq!(lost["search"]["done"], false);
    assert!(!dir.path().join("pieces-compare.toml").exists());

    // A rung waits for all its runs.
    fs::remove_dir_all(SweepPaths::at(dir.path()).run("base,epochs=2", 1).root()).unwrap();
    let (early, text) = answer(dir.path());
    assert_eq!(early["search"]["rungs"], serde_json::json!([]), "{text}");
    assert!(text.contains("The search is under way: no rung of it has ended."), "{text}");
}

#[test]
fn where_all_is_lost_the_search_ends_and_ties_go_by_the_order_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = synthetic(0.0);
    sweep.write(dir.path());
    for point in ["base", "a", "b", "c"] {
        sweep.stop(dir.path(), &format!("{point},epochs=2"), 1, OutcomeKind::Diverged, 1, "NaN");
    }
    let (said, text) = answer(dir.path());
    assert_eq!((&said["search"]["done"], &said["runs_planned"]), (&true.into(), &24.into()));
    assert!(text.contains("The search found nothing: at 2 epochs no variant is left"), "{text}");
    let placed = said["search"]["rungs"][0]["placed"].as_array().unwrap().clone();
    let names: Vec<_> = placed.iter().map(|placed| placed["variant"].clone()).collect();
    assert_eq!(names, ["base", "a", "b", "c"]);
}

/// The lab's experiment as a search over the rates of both optimizers.
const SEARCH: &str = "[score]\nfull = false\n[search]\nepochs = [2, 4, 14]\nkeep = 0.5\n\
    metric = \"kid\"\n[axes]\noptimizer.discriminator.lr = [1e-3, 3e-2]\n\
    optimizer.generator.lr = [1e-3, 1e-9]\n";

fn lab(more: &str) -> Lab {
    let lab = Lab::new(1, "");
    write(&lab, more);
    lab
}

fn write(lab: &Lab, more: &str) {
    lab.write(1, more);
    let file = lab.dir.join("lab.toml");
    let text = fs::read_to_string(&file).unwrap();
    let rule = "stop_on = [\"discriminator-wins\"]\n";
    fs::write(&file, text.replace("epochs = 1\n", rule)).unwrap();
}

#[test]
fn a_search_ends_alike_with_any_jobs_processes_and_kills_and_goes_on_from_rung_to_rung() {
    let lab = lab(SEARCH);
    let wanted = lab.untouched();
    let course = report::build(&lab.folder("untouched")).unwrap().analysis.search.unwrap();
    assert!(course.done && course.rungs.len() == 3, "{course:?}");
    for (rung, entered) in course.rungs.iter().zip([5, 3, 2]) {
        assert_eq!(rung.placed.len(), entered);
    }
    // Three jobs, and each rung goes on from the one before.
    let (text, code) = lab.sweep(&["--jobs", "3"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("lab: 5 variants × 2 seeds\n10 to train"), "{text}");
    assert!(text.contains("rung 1 of 3, 2 epochs: 3 of 5 variants go on; best KID "), "{text}");
    assert!(text.contains("resumes after epoch 2/4"), "{text}");
    assert!(text.contains("resumes after epoch 4/14"), "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "three jobs");
    // What no rung asked for is none that is missing.
    let (list, _) = said(&lab.run(&["list"]));
    assert!(list.contains("not needed"), "{list}");
    let (plan, _) = said(&lab.run(&["plan", "lab.toml", "--no-time"]));
    assert!(plan.contains("19 completed, 1 stopped by rule, 10 not needed"), "{plan}");

    // What it wrote is an experiment that can be planned, on seeds of its own.
    let next = text.lines().find_map(|line| line.strip_prefix("next: cgan-sweep plan ")).unwrap();
    let (plan, code) = said(&lab.run(&["plan", next, "--no-time"]));
    assert_eq!(code, 0, "{plan}");
    assert!(plan.contains("looks at 6, 8, 10, 12 seeds"), "{plan}");
    let manifest = store::read_manifest(&SweepPaths::at(lab.folder("runs"))).unwrap();
    assert_eq!(manifest.seeds, [1, 2]);
    let written = fs::read_to_string(lab.dir.join(next)).unwrap();
    assert!(written.contains("seeds = { from = 6, to = 12, step = 2, first = 3 }"), "{written}");

    // Killed where a rung is under way, then resumed, with processes.
    fs::remove_dir_all(lab.dir.join("runs")).unwrap();
    let any = || {
        let all = store::read_manifest(&SweepPaths::at(lab.folder("runs")));
        let runs = all.map(|m| m.runs).unwrap_or_default();
        runs.iter()
            .map(|r| SweepPaths::at(lab.folder("runs")).run(&r.variant, r.seed))
            .any(|r| is_open(&r))
    };
    let killed = ["--jobs", "2", "--isolate", "process"];
    let second = || {
        let all = walkdir::WalkDir::new(lab.folder("runs")).min_depth(3).max_depth(3);
        let mut all = all.into_iter().filter_map(Result::ok);
        all.any(|e| e.path().to_string_lossy().contains("epochs=4/") && e.file_name() == "run.json")
    };
    lab.caught(&killed, "KILL", second, any);
    let (text, code) = lab.sweep(&killed);
    assert_eq!(code, 0, "{text}");
    assert_same(&results(&lab.folder("runs")), &wanted, "killed");
    assert_eq!(said(&lab.run(&["report", "runs/lab", "--check"])), (String::new(), 0));
}

#[test]
fn a_plan_of_a_search_says_what_it_costs() {
    let lab = lab(SEARCH);
    let (text, code) = said(&lab.run(&["plan", "lab.toml", "--no-time"]));
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!("search_plan", text);
    write(&lab, &format!("{SEARCH}[optimizer]\ngenerator.schedule = \"linear\"\n"));
    let (text, _) = said(&lab.run(&["plan", "lab.toml", "--no-time"]));
    assert!(text.contains("note: runs of 5 variants are trained from their first step"), "{text}");
}

#[test]
fn mistakes_in_a_search_are_told_with_their_place() {
    let lab = lab(SEARCH);
    let mut told = String::new();
    for (from, to) in [
        ("epochs = [2, 4, 14]\n", ""),
        ("epochs = [2, 4, 14]", "epochs = [2, 4, 4]"),
        ("epochs = [2, 4, 14]", "epochs = [8]"),
        ("epochs = [2, 4, 14]", "epochs = [0, 2.5, 4]"),
        ("keep = 0.5", "keep = 1.5"),
        ("keep = 0.5", "keep = [3]"),
        ("keep = 0.5", "keep = [5, 3]"),
        ("keep = 0.5", "keep = 0.9"),
        ("keep = 0.5", "stop_on = [\"late-collapse\"]"),
        ("keep = 0.5", "shortlist = 4"),
        ("metric = \"kid\"", "metric = \"fid\""),
        ("metric = \"kid\"", "metric = \"kidd\""),
        ("metric = \"kid\"", "metric = \"predicted_entropy\""),
        ("[search]", "[question]\ntest = \"compare\"\n[search]"),
        ("[axes]", "[axes]\ntrain.epochs = [3, 4]"),
        ("[score]", "steps = 30\n[score]"),
        ("[score]", "epochs = 30\n[score]"),
        ("seeds = [1, 2]", "seeds = { from = 2, to = 4 }"),
        ("seeds = [1, 2]", "primary = \"mean_log_p\""),
    ] {
        // The table of [train] is the last before these lines.
        write(&lab, SEARCH);
        let file = lab.dir.join("lab.toml");
        let text = fs::read_to_string(&file).unwrap();
        let (head, tail) = text.split_once("[record]").unwrap();
        let (record, score) = tail.split_once("[score]").unwrap();
        let text = format!("[record]{record}{head}[score]{score}");
        assert!(text.contains(from), "{from} is not in {text}");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let (text, code) = said(&lab.run(&["check", "lab.toml"]));
        assert_eq!(code, 2, "{to}: {text}");
        told.push_str(&format!("## {to}\n{text}"));
    }
    insta::assert_snapshot!("search_mistakes", told);
}
