//! What another person needs to get the same numbers, taken from the records.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::analysis::Analysis;
use super::format::{count, duration, list};
use super::load::{RunData, Sweep};
use super::search;
use super::views;
use crate::data;
use crate::run::RunStatus;
use crate::text::{grouped, shell};

/// Values that are shown of one key of the environment where the runs differ.
const SHOWN: usize = 3;

/// Keys of the environment record over all runs, each with its distinct values.
pub(super) fn environment(sweep: &Sweep) -> Vec<(String, Vec<String>)> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in sweep.runs.iter().flat_map(|r| &r.environment) {
        let values = found.entry(key).or_default();
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    let words = |values: Vec<&str>| -> Vec<String> {
        let more = values.len().saturating_sub(SHOWN);
        let mut out: Vec<String> = values.into_iter().take(SHOWN).map(str::to_owned).collect();
        if more > 0 {
            out.push(format!("{more} more"));
        }
        out
    };
    found.into_iter().map(|(key, values)| (key.to_owned(), words(values))).collect()
}

/// The commands, as a person types them beside the report.
pub(super) fn commands(sweep: &Sweep) -> String {
    let file = shell(Path::new(&format!("{}.toml", sweep.manifest.experiment)));
    let lines = [
        (format!("cp experiment.toml {file}"), "the copy beside this page"),
        (format!("cgan-sweep plan {file}"), "what will be trained, before anything is"),
        (format!("cgan-sweep sweep {file}"), "trains it under runs/ and writes this report there"),
    ];
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    lines.map(|(line, why)| format!("{line:width$}  # {why}")).join("\n")
}

/// Of how many images the row of real images is, where they are not as many as the samples.
pub(super) fn real_images(sweep: &Sweep) -> Option<String> {
    let scores = sweep.runs.iter().find_map(|run| run.scores.as_ref())?;
    let (real, samples) = (scores.selection.n, scores.samples);
    let few = (real < samples).then(|| {
        format!(
            "Real images against real are {} against {}, not {}: scores depend on how many images \
             they are of, so that samples can pass what real images have here.",
            grouped(real as u128),
            grouped(scores.reference.n as u128),
            grouped(samples as u128),
        )
    });
    few.filter(|_| !scores.real_vs_real.is_empty())
}

/// The licence of the images as runs recorded it; in records that do not say it, of sets that are
/// known by their hash; of other data what is left to do.
fn licence(sweep: &Sweep) -> String {
    let of = |run: &RunData| {
        let get =
            |key: &str| run.environment.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
        let by_hash = || get("data.sha256").and_then(|hash| data::licence(&hash));
        get("data.licence").or_else(|| by_hash().map(str::to_owned))
    };
    let mut all = sweep.runs.iter().filter(|run| !run.environment.is_empty()).map(of);
    let known = all.next().flatten();
    known.filter(|known| all.all(|other| other.as_ref() == Some(known))).unwrap_or_else(|| {
        "not recorded: of your own data, name source and licence where you publish this".to_owned()
    })
}

/// Which classifier, images and samples the final scores are of; of the first run that has any, as
/// scores by different classifiers are warned of elsewhere.
fn scores(sweep: &Sweep) -> Option<String> {
    let scores = sweep.runs.iter().find_map(|r| r.scores.as_ref())?;
    let scorer = scores.scorer.as_ref()?;
    Some(format!(
        "by the classifier with SHA-256 {}, trained on {}, {:.4} accurate on {}; {} samples a run, \
         drawn in eval mode, {}{}; against {} ({} images); {} ({}) in the row of real images",
        scorer.hash,
        scorer.trained_on,
        scorer.accuracy,
        scorer.measured_on,
        scores.samples,
        scores.label_policy,
        weights(sweep).map_or_else(String::new, |weights| format!(", {weights}")),
        scores.reference.name,
        scores.reference.n,
        scores.selection.name,
        scores.selection.n,
    ))
}

/// What the classes of all runs show, by label; empty where that is not known, or not the same.
pub(super) fn class_names(sweep: &Sweep) -> &[String] {
    let known = || sweep.runs.iter().map(|run| &run.class_names[..]).filter(|n| !n.is_empty());
    let first = known().next().unwrap_or_default();
    if known().all(|names| names == first) { first } else { &[] }
}

/// What the rows of a sample grid show, in words.
pub(super) fn classes(sweep: &Sweep) -> String {
    let names = class_names(sweep);
    if names.is_empty() {
        return String::new();
    }
    format!(" (from the top: {})", names.join(", "))
}

/// Which weights drew the samples, where runs had several sets of them.
pub(super) fn weights(sweep: &Sweep) -> Option<String> {
    let each = || sweep.runs.iter().filter_map(|run| run.scores.as_ref());
    let drawn: BTreeSet<&str> = each().filter_map(|s| s.weights.as_deref()).collect();
    let all = each().all(|scores| scores.weights.is_some());
    let drawn = drawn.into_iter().collect::<Vec<_>>().join("; or ");
    (!drawn.is_empty()).then(|| {
        let where_any = if all { "" } else { "where a run has several sets of weights, " };
        format!("{where_any}drawn with {drawn}")
    })
}

/// The items that venues ask for and a record can answer; `None` where it does not.
pub(super) fn checklist(sweep: &Sweep, analysis: &Analysis) -> Vec<(&'static str, Option<String>)> {
    let environment = environment(sweep);
    let get = |keys: &[&str]| -> Option<String> {
        let found = environment.iter().find(|(k, _)| keys.contains(&k.as_str()))?;
        Some(list(&found.1))
    };
    let join = |parts: Vec<Option<String>>| -> Option<String> {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    };
    let with = |label: &'static str, value: Option<String>| value.map(|v| format!("{label} {v}"));
    let axes = views::axes(&sweep.manifest);
    let space = if axes.is_empty() {
        "one setting of everything; nothing was searched".to_owned()
    } else {
        format!(
            "{} over {}; all were planned before the first run and all are reported",
            count(sweep.manifest.variants.len(), "variant"),
            list(&axes),
        )
    };
    let runs = search::timed(sweep);
    let timed = runs.len();
    let seconds: f64 = runs.iter().filter_map(|run| run.seconds).sum();
    let time = (timed > 0).then(|| {
        format!(
            "{} a run, {} in total over {}, those without a result included",
            duration(seconds / timed as f64),
            duration(seconds),
            count(timed, "run"),
        )
    });
    let memory = get(&["memory_bytes"]).map(|text| match text.parse::<f64>() {
        Ok(bytes) => format!("{:.1} GiB of memory", bytes / f64::powi(2.0, 30)),
        Err(_) => text,
    });
    let epochs = sweep.runs.iter().map(|r| r.epochs).max().unwrap_or(0);
    let left = analysis.planned() - analysis.total(RunStatus::Completed);
    vec![
        ("Command", get(&["arguments", "argv"])),
        (
            "Code",
            join(vec![
                with("version", get(&["program_version", "version"])),
                with("commit", get(&["git_commit"]).filter(|c| c != "null")),
                with("uncommitted changes:", get(&["git_dirty"])),
                with("Cargo.lock SHA-256", get(&["cargo_lock_sha256"])),
            ]),
        ),
        (
            "Data",
            join(vec![
                get(&["data.name"]),
                with("SHA-256", get(&["data.sha256"])),
                with("train images:", get(&["data.train_images"])),
                with("test images:", get(&["data.test_images"])),
            ]),
        ),
        ("Licence of the data", Some(licence(sweep))),
        ("Hyper-parameters", Some("settings.toml of each run, every value written out".into())),
        ("How they were chosen", Some(space)),
        ("Length", Some(format!("{} a run", count(epochs as usize, "epoch")))),
        (
            "Error bars",
            Some(
                "95 % interval of the mean (Student's, from 50 seeds on the BCa bootstrap's), and std \
                 with n − 1, over training seeds (initial weights, data order, noises, dropout)"
                    .into(),
            ),
        ),
        ("Scores", scores(sweep)),
        (
            "Hardware",
            join(vec![get(&["cpu"]), with("cores:", get(&["cores"])), memory, get(&["os"])]),
        ),
        ("Time", time),
        (
            "Runs left out of the means",
            Some(if left == 0 { "none".into() } else { format!("{left}, each named above") }),
        ),
    ]
}
