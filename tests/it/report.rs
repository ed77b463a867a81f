//! The report, from records made by formula.

use std::fs;
use std::path::Path;

use cgan_sweep::commands;
use cgan_sweep::record::SweepPaths;
use cgan_sweep::report;
use cgan_sweep::run::OutcomeKind;
use cgan_sweep::run::RunStatus;
use cgan_sweep::spec::{Ask, Question};

use crate::synthetic::Synthetic;
use crate::tensorboard;

pub(crate) const PIECES: [(&str, &[(&str, &str)]); 3] = [
    ("pieces-5", &[]),
    ("pieces-2", &[("discriminator.image_pieces", "2")]),
    ("pieces-8", &[("discriminator.image_pieces", "8")]),
];

pub(crate) fn read(dir: &Path, file: &str) -> String {
    fs::read_to_string(dir.join(file)).unwrap()
}

#[test]
fn a_whole_sweep() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { samples_every: 4, ..Synthetic::new(&PIECES, 8) };
    sweep.write(dir.path());
    report::write(dir.path()).unwrap();
    insta::assert_snapshot!("whole.md", read(dir.path(), "report.md"));
    insta::assert_snapshot!("whole.csv", read(dir.path(), "summary.csv"));
    insta::assert_snapshot!("comparisons.csv", read(dir.path(), "comparisons.csv"));
}

#[test]
fn numbers_are_those_of_the_records() {
    let dir = tempfile::tempdir().unwrap();
    let mut sweep = Synthetic::new(&PIECES, 8);
    sweep.manifest.questions = vec![compare(true)];
    sweep.write(dir.path());
    let report = report::build(dir.path()).unwrap();
    let fids: Vec<f64> = (1..=8).map(|s| sweep.fid("pieces-2", s)).collect();
    let base: Vec<f64> = (1..=8).map(|s| sweep.fid("pieces-5", s)).collect();
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let variant = &report.analysis.variants[1];
    assert!((variant.finals[0].mean.unwrap() - mean(&fids)).abs() < 1e-12);
    let difference = variant.differences[0].mean.unwrap();
    assert!((difference - (mean(&fids) - mean(&base))).abs() < 1e-12);
    // All eight differences have one sign: the smallest p there is, doubled by Holm at most.
    let test = variant.test.unwrap();
    assert_eq!((test.p, test.p_holm), (2.0 / 256.0, 4.0 / 256.0));
}

/// Each variant against the baseline.
fn compare(paired: bool) -> Question {
    let (test, metric, margin) = (Ask::Compare, None, None);
    Question { test, axes: Vec::new(), metric, margin, paired, primary: true }
}

/// What is answered, as a person reads it.
fn answer(sweep: &Synthetic, spoil: impl FnOnce(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    sweep.write(dir.path());
    spoil(dir.path());
    let mut out = Vec::new();
    assert!(commands::report::run(dir.path(), false, false, &mut out).unwrap());
    let said = String::from_utf8(out).unwrap();
    let folder = dir.path().display().to_string();
    said.lines().filter(|l| !l.starts_with(&folder)).map(|l| format!("{l}\n")).collect()
}

#[test]
fn answers() {
    let whole = |_: &Path| {};
    let short = |variants, seeds| Synthetic { epochs: 2, ..Synthetic::new(variants, seeds) };
    let of = |baseline: &str, seeds| {
        let mut sweep = short(&PIECES[..], seeds);
        sweep.manifest.baseline = baseline.into();
        sweep
    };
    let primary = |name: &str, seeds| {
        let mut sweep = Synthetic { sharper: 0.01, ..short(&PIECES[..], seeds) };
        sweep.manifest.primary_metric = Some(name.into());
        sweep
    };
    let same = Synthetic { gain: 0.0, ..short(&PIECES[..], 8) };
    let two = short(&PIECES[..2], 6);
    let fail = |dir: &Path, sweep: &Synthetic, which: &dyn Fn(&str, u64) -> bool| {
        for run in sweep.manifest.runs.iter().filter(|r| which(&r.variant, r.seed)) {
            sweep.stop(dir, &run.variant, run.seed, OutcomeKind::Failed, 1, "disk full");
        }
    };
    let eight = short(&PIECES[..], 8);
    // Scored, but without this score: too few samples, say.
    let without_fid = |dir: &Path| {
        for seed in 1..=8 {
            let file = SweepPaths::at(dir).run("pieces-2", seed).root().join("scores.json");
            let mut scores: serde_json::Value =
                serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            let fid = scores["metrics"][0].as_object_mut().unwrap();
            assert_eq!(fid["name"], "fid");
            fid.remove("value");
            fid.insert("not_computable".into(), "too few samples".into());
            fs::write(&file, scores.to_string()).unwrap();
        }
    };
    let cases = [
        ("both better", answer(&eight, whole)),
        ("one comparison, six seeds", answer(&two, whole)),
        ("the baseline is best", answer(&of("pieces-8", 8), whole)),
        ("one better, one worse", answer(&of("pieces-2", 8), whole)),
        ("nothing differs", answer(&same, whole)),
        ("higher is better", answer(&primary("conditional_accuracy", 8), whole)),
        ("neither way is better", answer(&primary("real_p", 8), whole)),
        ("five seeds", answer(&of("pieces-5", 5), whole)),
        ("two seeds", answer(&of("pieces-5", 2), whole)),
        ("one seed", answer(&of("pieces-5", 1), whole)),
        ("the baseline alone", answer(&short(&PIECES[..1], 4), whole)),
        ("the baseline alone, one seed", answer(&short(&PIECES[..1], 1), whole)),
        ("no scores", answer(&Synthetic { scores: false, ..of("pieces-5", 8) }, whole)),
        ("no run has the primary metric", answer(&primary("cas", 8), whole)),
        ("the primary metric is computable nowhere", answer(&primary("kid", 8), whole)),
        ("one variant has no such score", answer(&eight, without_fid)),
        ("all failed", answer(&eight, |dir| fail(dir, &eight, &|_, _| true))),
        ("the baseline failed", answer(&eight, |dir| fail(dir, &eight, &|v, _| v == "pieces-5"))),
        (
            "four seeds of one variant failed",
            answer(&eight, |dir| fail(dir, &eight, &|v, s| v == "pieces-2" && s > 4)),
        ),
    ];
    let said: Vec<String> = cases.iter().map(|(case, said)| format!("# {case}\n{said}")).collect();
    insta::assert_snapshot!("answers", said.join("\n"));
}

#[test]
fn every_number_of_the_tables_is_made_of_the_runs_named_in_runs_csv() {
    let dir = tempfile::tempdir().unwrap();
    a_sick_sweep(dir.path());
    let sweep = Synthetic::new(&PIECES, 8);
    let whole = tempfile::tempdir().unwrap();
    sweep.write(whole.path());
    sweep.stop(whole.path(), "pieces-2", 5, OutcomeKind::Diverged, 2, "step 470: NaN");
    for dir in [dir.path(), whole.path()] {
        report::write(dir).unwrap();
        let table = |file: &str| -> Vec<std::collections::BTreeMap<String, String>> {
            let mut reader = csv::Reader::from_path(dir.join(file)).unwrap();
            reader.deserialize().map(Result::unwrap).collect()
        };
        let runs = table("runs.csv");
        let values = |variant: &str, metric: &str| -> Vec<(String, f64)> {
            let mine = runs.iter().filter(|r| r["variant"] == variant && !r[metric].is_empty());
            mine.map(|r| (r["seed"].clone(), r[metric].parse().unwrap())).collect()
        };
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let near = |text: &str, want: f64| {
            let got: f64 = text.parse().unwrap();
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} against {want}");
        };
        let mut checked = 0;
        for row in table("summary.csv") {
            let x: Vec<f64> =
                values(&row["variant"], &row["metric"]).into_iter().map(|v| v.1).collect();
            assert_eq!(row["n"], x.len().to_string());
            if !x.is_empty() {
                near(&row["mean"], mean(&x));
                checked += 1;
            }
        }
        assert!(checked > 10, "{checked}");
        for row in table("comparisons.csv") {
            let base = values(&row["baseline"], &row["metric"]);
            let ours = values(&row["variant"], &row["metric"]);
            let pairs: Vec<f64> = ours
                .iter()
                .filter_map(|(seed, x)| Some(x - base.iter().find(|(s, _)| s == seed)?.1))
                .collect();
            assert_eq!(row["pairs"], pairs.len().to_string());
            if !ours.is_empty() && !base.is_empty() {
                let of =
                    |side: &[(String, f64)]| mean(&side.iter().map(|v| v.1).collect::<Vec<f64>>());
                near(&row["difference"], of(&ours) - of(&base));
            }
        }
    }
}

/// Missing, failed, diverged, interrupted, damaged and stale runs, and one nobody planned.
fn a_sick_sweep(dir: &Path) -> Synthetic {
    let sweep = Synthetic::new(&PIECES, 3);
    sweep.write(dir);
    let run = |variant, seed| SweepPaths::at(dir).run(variant, seed);
    fs::remove_dir_all(run("pieces-2", 1).root()).unwrap();
    let stop = |v, s, kind, epochs, why| sweep.stop(dir, v, s, kind, epochs, why);
    stop("pieces-2", 2, OutcomeKind::Failed, 3, "disk full | while writing <b>metrics</b>");
    stop("pieces-2", 3, OutcomeKind::Diverged, 2, "step 470: gen_loss is NaN");
    fs::remove_file(run("pieces-8", 1).outcome()).unwrap();
    let metrics = run("pieces-8", 2).metrics_csv();
    let text = fs::read_to_string(&metrics).unwrap();
    fs::write(&metrics, &text[..text.len() - 9]).unwrap();
    let record = run("pieces-8", 3).run();
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replace("\"key\": \"", "\"key\": \"f")).unwrap();
    let stray = run("pieces-99", 1);
    fs::create_dir_all(stray.root()).unwrap();
    fs::copy(run("pieces-5", 1).run(), stray.run()).unwrap();
    sweep
}

#[test]
fn runs_without_a_result_are_named_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    a_sick_sweep(dir.path());
    let report = report::write(dir.path()).unwrap();
    let states: Vec<RunStatus> = report.sweep.runs.iter().map(|r| r.status).collect();
    assert_eq!(
        states,
        [
            RunStatus::Completed,
            RunStatus::Completed,
            RunStatus::Completed,
            RunStatus::NotStarted,
            RunStatus::Failed,
            RunStatus::Diverged,
            RunStatus::Interrupted,
            RunStatus::Damaged,
            RunStatus::Stale,
        ]
    );
    insta::assert_snapshot!("sick.md", read(dir.path(), "report.md"));
    insta::assert_snapshot!("sick.csv", read(dir.path(), "summary.csv"));
    // The damaged run's numbers are nowhere.
    let runs = read(dir.path(), "runs.csv");
    let damaged = runs.lines().find(|l| l.contains("damaged")).unwrap();
    assert!(damaged.trim_end_matches(',').ends_with("in the middle of a line"), "{damaged}");
}

#[test]
fn a_table_cut_at_any_line_or_inside_one_is_never_a_number() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { epochs: 3, ..Synthetic::new(&PIECES[..1], 1) };
    sweep.write(dir.path());
    let run = SweepPaths::at(dir.path()).run("pieces-5", 1);
    for file in [run.metrics_csv(), run.loss_csv(), run.outcome(), run.run()] {
        let bytes = fs::read(&file).unwrap();
        // All but the line end is whole.
        for end in (0..bytes.len() - 1).step_by(3) {
            fs::write(&file, &bytes[..end]).unwrap();
            let report = report::build(dir.path()).unwrap();
            let run = &report.sweep.runs[0];
            assert_ne!(run.status, RunStatus::Completed, "{} cut at {end}", file.display());
            assert_eq!(run.final_value("fid"), None);
            assert!(!run.reason.is_empty());
        }
        fs::write(&file, bytes).unwrap();
    }
    assert_eq!(report::build(dir.path()).unwrap().sweep.runs[0].status, RunStatus::Completed);
}

#[test]
fn the_same_records_give_the_same_bytes_anywhere_and_check_sees_a_stale_file() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let spaced = b.path().join("a folder's \"name\"");
    for dir in [a.path(), &spaced] {
        Synthetic { samples_every: 4, lights: true, ..Synthetic::new(&PIECES, 2) }.write(dir);
    }
    let first = report::write(a.path()).unwrap();
    assert_eq!(first.pages, report::write(&spaced).unwrap().pages);
    assert!(report::stale(a.path()).unwrap().is_empty());
    assert_eq!(first.pages, report::write(a.path()).unwrap().pages);

    fs::write(a.path().join("report.md"), "x").unwrap();
    fs::remove_file(a.path().join("summary.csv")).unwrap();
    let mut out = Vec::new();
    assert!(!commands::report::run(a.path(), true, false, &mut out).unwrap());
    let said = String::from_utf8(out).unwrap();
    assert!(said.contains("summary.csv") && said.contains("report.md"), "{said}");
    assert!(!said.contains("runs.csv"), "{said}");
    assert!(commands::report::run(a.path(), false, false, &mut Vec::new()).unwrap());
    assert!(commands::report::run(a.path(), true, false, &mut Vec::new()).unwrap());
}

#[test]
fn one_seed_is_shown_without_intervals_or_a_finding() {
    let dir = tempfile::tempdir().unwrap();
    Synthetic { scores: false, ..Synthetic::new(&PIECES, 1) }.write(dir.path());
    report::write(dir.path()).unwrap();
    insta::assert_snapshot!("one_seed.md", read(dir.path(), "report.md"));
}

#[test]
fn answer_json_has_what_scripts_need_and_report_prints_it() {
    let dir = tempfile::tempdir().unwrap();
    let pieces = [("d.image_pieces=2", "2"), ("d.image_pieces=5", "5"), ("d.image_pieces=8", "8")];
    let changes = pieces.map(|(_, value)| [("discriminator.image_pieces", value)]);
    let variants: Vec<(&str, &[(&str, &str)])> =
        pieces.iter().zip(&changes).map(|((name, _), change)| (*name, &change[..])).collect();
    let mut sweep = Synthetic { epochs: 2, ..Synthetic::new(&variants, 4) };
    let axes = vec!["discriminator.image_pieces".to_owned()];
    let (metric, margin) = (Some("real_p".to_owned()), Some(0.5));
    let trend = Question {
        test: Ask::Trend,
        axes,
        metric: None,
        margin: None,
        paired: true,
        primary: true,
    };
    sweep.manifest.questions =
        vec![trend, Question { metric, margin, primary: false, ..compare(false) }];
    sweep.manifest.declared_late = true;
    sweep.write(dir.path());
    let mut out = Vec::new();
    assert!(commands::report::run(dir.path(), false, true, &mut out).unwrap());
    let printed = String::from_utf8(out).unwrap();
    assert_eq!(printed, read(dir.path(), "answer.json"));
    insta::assert_snapshot!("answer.json", printed);
    // The picture that shows the trend stands before the variants.
    let page = read(dir.path(), "report.html");
    let picture = page.find("aria-label=\"FID (feature²) by discriminator.image_pieces; means 2: ");
    assert!(picture.unwrap() < page.find("id=\"variants\"").unwrap());
}

#[test]
fn a_folder_that_is_no_sweep_is_an_error_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let say = |e: cgan_sweep::error::Error| {
        format!("{e:#}").replace(&dir.path().display().to_string(), "DIR")
    };
    let mut said = vec![say(report::build(dir.path()).unwrap_err())];
    let mut sweep = Synthetic::new(&PIECES, 1);
    for name in ["../escape", "", "..", "a/b", "/abs"] {
        sweep.manifest.variants[1].name = name.into();
        let plan = cgan_sweep::record::format::to_json(&sweep.manifest).unwrap();
        fs::write(dir.path().join("plan.json"), plan).unwrap();
        said.push(say(report::build(dir.path()).unwrap_err()));
    }
    fs::write(dir.path().join("plan.json"), "{").unwrap();
    said.push(say(report::build(dir.path()).unwrap_err()));
    insta::assert_snapshot!(said.join("\n"));
}

/// Names that would do harm as markup.
pub(crate) const HOSTILE: [(&str, &[(&str, &str)]); 3] = [
    ("base|line", &[]),
    ("<img src=x onerror=alert(1)>", &[("a<b>.\"c\"", "\"<script>alert(2)<|script>\"")]),
    ("'\"&amp;`${7*7}`", &[("\\input{x}", "'")]),
];

#[test]
fn hostile_names_are_text_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut sweep = Synthetic { lights: true, samples_every: 8, ..Synthetic::new(&HOSTILE, 2) };
    sweep.manifest.question = "</title><script>alert(3)</script> & | $x$ \\".into();
    sweep.manifest.experiment = "</h1><b>\"x\" 'y'".into();
    sweep.write(dir.path());
    let file = SweepPaths::at(dir.path()).experiment();
    fs::write(file, "</pre></code><script>alert(4)</script>").unwrap();
    report::write(dir.path()).unwrap();
    let html = read(dir.path(), "report.html");
    for raw in
        ["<img src=x", "<script>alert", "</title><script", "</h1><b>", "</pre></code><script"]
    {
        assert!(!html.contains(raw), "{raw} stands in the page as markup");
    }
    // Three scripts: the curves' numbers and the page's own; nothing is fetched.
    assert_eq!(html.matches("<script").count(), 2);
    for fetched in ["http://", "https://", "url(", "@import", "src=\"/", "<link"] {
        assert!(!html.contains(fetched), "{fetched} in the page");
    }
    let md = read(dir.path(), "report.md");
    assert!(!md.contains("<img src=x") && !md.contains("<script>"), "{md}");
    let row = md.lines().find(|l| l.contains("base\\|line") && l.contains("2/2")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 9, "{row}");
    let tex = read(dir.path(), "report.tex");
    assert!(tex.contains("\\&amp;") && !tex.contains("$x$"), "{tex}");
    let svg = read(dir.path(), "report-forest.svg");
    assert!(!svg.contains("<img"), "{svg}");
}

#[test]
fn aggregates_are_the_means_of_the_runs() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { epochs: 3, ..Synthetic::new(&PIECES, 3) };
    sweep.write(dir.path());
    report::write(dir.path()).unwrap();
    let file = |part: &str| {
        let path = dir.path().join("pieces-2").join(part).join("events.out.tfevents.0.cgan-sweep");
        tensorboard::read(&fs::read(path).unwrap())
    };
    let value = |part: &str| -> f32 {
        let (version, entries) = file(part);
        assert_eq!(version, "brain.Event:2");
        let entry = entries.iter().find(|e| e.tag == "epoch/real_p" && e.step == 3).unwrap();
        match entry.value {
            tensorboard::Value::Scalar(v) => v,
            _ => panic!("{entry:?}"),
        }
    };
    let loaded = report::load(dir.path()).unwrap();
    let runs = loaded.runs_of(1).map(|r| r.curves.last("real_p").unwrap());
    let mean = runs.sum::<f64>() / 3.0;
    assert_eq!(value("mean"), mean as f32);
    assert!(value("ci-low") < value("mean") && value("mean") < value("ci-high"));
    // A column a metric, an event an epoch.
    assert_eq!(file("mean").1.len(), 3 * (cgan_sweep::gan::METRICS.len() + 1));
}

#[test]
fn hparams_name_every_run_from_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic::new(&PIECES, 2);
    report::write_hparams(dir.path(), &sweep.manifest).unwrap();
    let file = "events.out.tfevents.0.0.cgan-sweep-hparams";
    let holds = |path: &Path, words: &[&str]| {
        let bytes = fs::read(path).unwrap();
        for word in words {
            let found = bytes.windows(word.len()).any(|w| w == word.as_bytes());
            assert!(found, "{word} is not in {}", path.display());
        }
    };
    let all = ["_hparams_/experiment", "discriminator.image_pieces", "score/fid", "epoch/real_p"];
    holds(&dir.path().join(file), &all);
    // `number_value` of a protobuf `Value`: field 2, eight bytes.
    let number = |x: f64| [&[0x11][..], &x.to_le_bytes()].concat();
    let of_8 = fs::read(dir.path().join("pieces-8/seed-1").join(file)).unwrap();
    assert!(of_8.windows(9).any(|w| w == number(8.0)), "a number is a number");
    for run in &sweep.manifest.runs {
        let path = dir.path().join(&run.variant).join(format!("seed-{}", run.seed)).join(file);
        holds(&path, &["_hparams_/session_start_info", "variant", &run.variant]);
    }
    // What is written at the start is what the report holds at the end.
    sweep.write(dir.path());
    let report = report::build(dir.path()).unwrap();
    let page = report.pages.iter().find(|p| p.name == file).unwrap();
    assert_eq!(page.bytes, fs::read(dir.path().join(file)).unwrap());
}

#[test]
fn two_sweeps_are_compared_and_a_broken_promise_is_seen() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Synthetic::new(&PIECES, 3).write(a.path());
    Synthetic::new(&PIECES[..2], 3).write(b.path());
    let compare = || {
        let mut out = Vec::new();
        let equal = commands::compare::run(a.path(), b.path(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let text = text.replace(&a.path().display().to_string(), "DIR-A");
        (equal, text.replace(&b.path().display().to_string(), "DIR-B"))
    };
    let (equal, text) = compare();
    assert!(equal);
    insta::assert_snapshot!("compare", text);
    // The same key with another number is no longer the same training.
    let run = SweepPaths::at(b.path()).run("pieces-2", 2);
    for (file, from, to) in [(run.metrics_csv(), ",0.9", ",0.8"), (run.loss_csv(), ",0.9", ",0.8")]
    {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
    }
    let (equal, text) = compare();
    assert!(!equal && text.contains("same key, other numbers: pieces-2/seed-2"), "{text}");
}

#[test]
fn a_full_grid_has_main_effects_by_hand_and_a_part_of_one_has_none() {
    let grid: [(&str, &[(&str, &str)]); 4] = [
        ("a0b0", &[("a", "0"), ("b", "0")]),
        ("a0b1", &[("a", "0"), ("b", "1")]),
        ("a1b0", &[("a", "1"), ("b", "0")]),
        ("a1b1", &[("a", "1"), ("b", "1")]),
    ];
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic::new(&grid, 3);
    sweep.write(dir.path());
    let built = report::build(dir.path()).unwrap();
    let effects = report::views::main_effects(&built.sweep, &built.analysis);
    let mean = |name: &str| (1..=3).map(|s| sweep.fid(name, s)).sum::<f64>() / 3.0;
    let want = (mean("a1b0") + mean("a1b1") - mean("a0b0") - mean("a0b1")) / 2.0;
    assert_eq!((effects.len(), effects[0].axis.as_str()), (2, "a"));
    let (got, interval) = effects[0].levels[1].difference.unwrap();
    assert!((got - want).abs() < 1e-12, "{got} against {want}");
    assert!(interval.is_some_and(|i| i.low <= got && got <= i.high));
    assert!(effects[0].levels[0].difference.is_none());
    let single = report::views::one_factor(&built.sweep);
    assert_eq!(single["a"], [2]);
    assert_eq!(single["b"], [1]);

    let part = tempfile::tempdir().unwrap();
    Synthetic::new(&grid[..3], 3).write(part.path());
    let built = report::build(part.path()).unwrap();
    assert!(report::views::main_effects(&built.sweep, &built.analysis).is_empty());
}

#[test]
fn sweeps_of_other_seeds_are_compared_over_the_shared_ones_alone() {
    let dir = tempfile::tempdir().unwrap();
    let written = |name: &str, seeds: &[u64]| {
        let mut sweep = Synthetic::new(&PIECES[..1], 3);
        sweep.manifest.seeds = seeds.to_vec();
        sweep.manifest.runs.retain(|run| seeds.contains(&run.seed));
        sweep.write(&dir.path().join(name));
        report::build(&dir.path().join(name)).unwrap()
    };
    let (a, b) = (written("a", &[1, 2]), written("b", &[2, 3]));
    let comparison = report::compare(&a, &b);
    for row in comparison.rows.iter().filter(|row| !row.difference.pairs.is_empty()) {
        assert!(row.unpaired && row.difference.mean == Some(0.0));
        assert_eq!(row.means.0, row.means.1);
    }
    let mut out = Vec::new();
    commands::compare::run(&dir.path().join("a"), &dir.path().join("b"), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("only seeds with a value on both sides are counted"), "{text}");
}

#[test]
fn a_metric_that_no_run_has_is_answered_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let mut sweep = Synthetic::new(&PIECES[..1], 1);
    sweep.manifest.primary_metric = Some("kid".into());
    sweep.write(dir.path());
    let report = report::build(dir.path()).unwrap();
    let page = report.pages.iter().find(|p| p.name == "report.md").unwrap();
    let page = String::from_utf8_lossy(&page.bytes);
    assert!(page.contains("has no final KID: too few samples."), "{page}");
}

/// The page of a sweep, its samples' lead, and how many pictures it has.
fn page_with_samples(sweep: &Synthetic) -> (String, usize) {
    let dir = tempfile::tempdir().unwrap();
    sweep.write(dir.path());
    let report = report::build(dir.path()).unwrap();
    let page = report.pages.iter().find(|p| p.name == "report.html").unwrap();
    assert!(page.bytes.len() < 3_000_000, "{} bytes", page.bytes.len());
    let html = String::from_utf8(page.bytes.clone()).unwrap();
    let pictures = html.matches("data:image/png;base64,").count();
    (html, pictures)
}

#[test]
fn pictures_over_the_budget_are_fewer_and_smaller_and_the_report_says_so() {
    let five: Vec<String> = (0..5).map(|i| format!("v{i}")).collect();
    let five: Vec<(&str, &[(&str, &str)])> = five.iter().map(|n| (n.as_str(), &[][..])).collect();
    let mut sweep = Synthetic::new(&five, 1);
    (sweep.epochs, sweep.samples_every, sweep.grainy) = (3, 1, true);
    sweep.grid = (10, 160, 160);
    let (html, pictures) = page_with_samples(&sweep);
    assert_eq!(pictures, 5);
    assert!(html.contains("too large for this page, so shown at 1/4 of their size; 1 of 3 epochs"));
    // Wider than the longest side that is shown, though it packs well.
    let mut sweep = Synthetic::new(&PIECES[..1], 1);
    (sweep.epochs, sweep.samples_every, sweep.grid) = (1, 1, (2, 4, 700));
    let (html, pictures) = page_with_samples(&sweep);
    assert_eq!(pictures, 1);
    assert!(html.contains("so shown at 1/4 of their size"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 12, failure_persistence: None, ..Default::default()
    })]
    #[test]
    fn any_shape_classes_variants_and_epochs_give_a_report(
        classes in 1u32..40, down in 1u32..60, across in 1u32..60,
        variants in 1usize..16, seeds in 1u64..3, epochs in 0u64..6, samples_every in 0u64..3,
        grainy: bool, scores: bool, lights: bool,
    ) {
        let names: Vec<String> = (0..variants).map(|i| format!("v{i}")).collect();
        let list: Vec<(&str, &[(&str, &str)])> =
            names.iter().map(|n| (n.as_str(), &[][..])).collect();
        let mut sweep = Synthetic::new(&list, seeds);
        (sweep.epochs, sweep.samples_every, sweep.grid) = (epochs, samples_every, (classes, down, across));
        (sweep.grainy, sweep.scores, sweep.lights) = (grainy, scores, lights);
        page_with_samples(&sweep);
    }
}
