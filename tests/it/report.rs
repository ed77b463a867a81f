//! The report, from records made by formula.

use std::fs;
use std::path::Path;

use cgan_sweep::commands;
use cgan_sweep::record::SweepPaths;
use cgan_sweep::report::{self, State};
use cgan_sweep::train::OutcomeKind;

use crate::synthetic::Synthetic;
use crate::tensorboard;

const PIECES: [(&str, &[(&str, &str)]); 3] = [
    ("pieces-5", &[]),
    ("pieces-2", &[("discriminator.image_pieces", "2")]),
    ("pieces-8", &[("discriminator.image_pieces", "8")]),
];

fn read(dir: &Path, file: &str) -> String {
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
    let sweep = Synthetic::new(&PIECES, 8);
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
    fs::write(&record, text.replace("\"key\":\"", "\"key\":\"f")).unwrap();
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
    let states: Vec<State> = report.sweep.runs.iter().map(|r| r.state).collect();
    assert_eq!(
        states,
        [
            State::Completed,
            State::Completed,
            State::Completed,
            State::Missing,
            State::Failed,
            State::Diverged,
            State::Interrupted,
            State::Damaged,
            State::Stale,
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
        for end in (0..bytes.len()).step_by(3) {
            fs::write(&file, &bytes[..end]).unwrap();
            let report = report::build(dir.path()).unwrap();
            let run = &report.sweep.runs[0];
            assert_ne!(run.state, State::Completed, "{} cut at {end}", file.display());
            assert_eq!(run.final_value("fid"), None);
            assert!(!run.reason.is_empty());
        }
        fs::write(&file, bytes).unwrap();
    }
    assert_eq!(report::build(dir.path()).unwrap().sweep.runs[0].state, State::Completed);
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
    assert!(!commands::report::run(a.path(), true, &mut out).unwrap());
    let said = String::from_utf8(out).unwrap();
    assert!(said.contains("summary.csv") && said.contains("report.md"), "{said}");
    assert!(!said.contains("runs.csv"), "{said}");
    assert!(commands::report::run(a.path(), false, &mut Vec::new()).unwrap());
    assert!(commands::report::run(a.path(), true, &mut Vec::new()).unwrap());
}

#[test]
fn one_seed_is_shown_without_intervals_or_a_finding() {
    let dir = tempfile::tempdir().unwrap();
    Synthetic { scores: false, ..Synthetic::new(&PIECES, 1) }.write(dir.path());
    report::write(dir.path()).unwrap();
    insta::assert_snapshot!("one_seed.md", read(dir.path(), "report.md"));
}

#[test]
fn a_folder_that_is_no_sweep_is_an_error_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let say = |e: anyhow::Error| format!("{e:#}").replace(&dir.path().display().to_string(), "DIR");
    let mut said = vec![say(report::build(dir.path()).unwrap_err())];
    let mut sweep = Synthetic::new(&PIECES, 1);
    for name in ["../escape", "", "..", "a/b", "/abs"] {
        sweep.manifest.variants[1].name = name.into();
        let plan = serde_json::to_vec(&sweep.manifest).unwrap();
        fs::write(dir.path().join("plan.json"), plan).unwrap();
        said.push(say(report::build(dir.path()).unwrap_err()));
    }
    fs::write(dir.path().join("plan.json"), "{").unwrap();
    said.push(say(report::build(dir.path()).unwrap_err()));
    insta::assert_snapshot!(said.join("\n"));
}

const HOSTILE: [(&str, &[(&str, &str)]); 3] = [
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
    assert_eq!(file("mean").1.len(), 3 * (cgan_sweep::train::EPOCH_METRICS.len() + 1));
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

/// A browser on this machine.
fn browser() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        std::process::Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success())
    })
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_browser_moves_the_slider_and_reads_a_number() {
    let Some(browser) = browser() else {
        eprintln!("SKIPPED: there is no chromium here, so report.html was opened by nobody");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Synthetic { samples_every: 2, lights: true, ..Synthetic::new(&HOSTILE, 3) };
    sweep.write(dir.path());
    report::write(dir.path()).unwrap();
    // What a person does, as a script behind the page's own.
    let person = r#"<script>
        const said = {};
        const slider = document.getElementById("epoch");
        said.before = document.getElementById("epoch-name").textContent;
        slider.value = 1;
        slider.dispatchEvent(new Event("input"));
        said.after = document.getElementById("epoch-name").textContent;
        const shown = [...document.querySelectorAll(".grids img")].filter((i) => !i.hidden);
        said.pictures = shown.map((i) => i.alt);
        const chart = document.querySelector(".chart");
        chart.dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
        said.readout = chart.querySelector(".readout").textContent;
        said.boxes = document.querySelectorAll(".legend input").length;
        const box = document.querySelector(".legend input");
        box.checked = false;
        box.dispatchEvent(new Event("change"));
        said.hidden = chart.querySelectorAll(".series.off").length;
        said.wide = document.documentElement.scrollWidth > innerWidth;
        said.images = document.querySelectorAll("img[src=x]").length;
        Promise.all(shown.map((i) => i.decode().then(() => i.naturalWidth))).then((widths) => {
            said.widths = widths;
            document.body.dataset.said = btoa(unescape(encodeURIComponent(JSON.stringify(said))));
        });
    </script></body>"#;
    let page = read(dir.path(), "report.html").replace("</body>", person);
    let file = dir.path().join("opened.html");
    fs::write(&file, page).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=390,844"])
        .arg("--virtual-time-budget=5000")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", &format!("file://{}", file.display())])
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let (_, rest) = dom.split_once("data-said=\"").unwrap_or_else(|| {
        panic!("the page's scripts failed: {}", String::from_utf8_lossy(&output.stderr))
    });
    let said =
        base64::Engine::decode(&base64::prelude::BASE64_STANDARD, rest.split('"').next().unwrap());
    let said: serde_json::Value = serde_json::from_slice(&said.unwrap()).unwrap();
    assert_eq!(said["before"], "epoch 8 of 8");
    assert_eq!(said["after"], "epoch 4 of 8");
    assert_eq!(
        said["pictures"][1],
        "Samples of <img src=x onerror=alert(1)>, seed 1, after epoch 4"
    );
    assert_eq!(said["widths"], serde_json::json!([280, 280, 280]));
    let loaded = report::load(dir.path()).unwrap();
    let first = loaded.runs_of(0).map(|r| r.curves.column("fid").unwrap()[0].unwrap());
    let mean = first.sum::<f64>() / 3.0;
    let readout = said["readout"].as_str().unwrap();
    assert!(readout.starts_with("epoch 1"), "{readout}");
    assert!(readout.contains(&format!("{mean:.1}")), "{readout} does not show {mean}");
    assert_eq!((&said["boxes"], &said["hidden"]), (&3.into(), &1.into()));
    assert_eq!(said["wide"], false, "the page is wider than a phone");
    assert_eq!(said["images"], 0, "a name became an element");
}
