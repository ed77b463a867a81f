//! From a path and command-line overrides to a resolved [`Experiment`], or to every mistake.
//!
//! Later wins: defaults, then each of `extends` in order (each over its own `extends`), then the
//! file, then `--set`; a variant's own values win over all of these. An extended file gives its
//! settings only, not its question, seeds, axes or variants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::asked;
use super::axes::Design;
use super::diagnostic::{Diagnostics, Span};
use super::expand::{self, ResolvedVariant, does_nothing};
use super::experiment::Experiment;
use super::extends::{Extender, identity, open};
use super::overrides::{Overrides, arguments};
use super::schema::Schema;
use super::search::{self, Search};
use super::suggest::closest;
use super::values::Values;
use super::written::{self, Assignment, Block, ParsedFile, Text};
use super::{Settings, name};

/// Reads, checks and resolves an experiment file whose settings are those of `schema`.
///
/// # Errors
/// Every mistake of the file, of what it extends and of the overrides.
pub fn load(
    path: &Path,
    overrides: &Overrides,
    schema: &'static Schema,
) -> Result<Experiment, Diagnostics> {
    let mut mistakes = Diagnostics::default();
    let shown = path.display().to_string();
    let Some((source, text)) = open(&mut mistakes, path, &shown) else { return Err(mistakes) };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if let Err(why) = name::check(&stem) {
        let place = Span { source, span: 0..0 };
        let message = format!("the file's name is the experiment's, and {stem:?} {why}");
        mistakes.push(&place, message, format!("rename the file; {}", name::help(&stem)));
    }
    let written = written::read(&mut mistakes, schema, source);
    let mut extender = Extender { mistakes: &mut mistakes, schema, chain: Vec::new(), opened: 0 };
    extender.chain.push((identity(path), shown));
    let mut base = Values::defaults(schema);
    extender.extend(&mut base, path, &written.experiment.extends);
    let (set, override_seeds) = arguments(&mut mistakes, schema, overrides);
    resolve(mistakes, written, schema, base, set, override_seeds).map(|mut experiment| {
        experiment.name = stem;
        experiment.overrides = overrides.as_arguments();
        experiment.text = text;
        experiment
    })
}

/// Reads settings alone, such as the `settings.toml` of a run; `name` is for messages.
///
/// # Errors
/// Every mistake of the text.
pub fn parse_settings(
    name: &str,
    text: &str,
    schema: &'static Schema,
) -> Result<Settings, Diagnostics> {
    let mut mistakes = Diagnostics::default();
    let source = mistakes.sources.file(name, text);
    let written = written::read(&mut mistakes, schema, source);
    let mut values = Values::before(schema);
    for assignment in written.base {
        values.set(assignment.id, assignment.value);
    }
    mistakes.into_result().map(|_| values.settings())
}

/// Reads the `settings.toml` of a run as an experiment of that one run.
///
/// # Errors
/// Every mistake of the file.
pub fn load_run(
    path: &Path,
    variant: &str,
    seed: u64,
    schema: &'static Schema,
) -> Result<Experiment, Diagnostics> {
    let mut mistakes = Diagnostics::default();
    let shown = path.display().to_string();
    let Some((source, text)) = open(&mut mistakes, path, &shown) else { return Err(mistakes) };
    let mut written = written::read(&mut mistakes, schema, source);
    let place = Span { source, span: 0..0 };
    let question = Text { text: format!("{variant}, seed {seed}"), place };
    written.experiment.question.get_or_insert(question);
    let (before, seeds) = (Values::before(schema), Some(vec![seed]));
    resolve(mistakes, written, schema, before, Vec::new(), seeds).map(|mut experiment| {
        experiment.name = variant.to_owned();
        for point in &mut experiment.variants {
            point.name = variant.to_owned();
        }
        experiment.text = text;
        experiment
    })
}

/// Where written becomes resolved.
fn resolve(
    mut mistakes: Diagnostics,
    written: ParsedFile,
    schema: &'static Schema,
    mut base: Values,
    set: Vec<Assignment>,
    override_seeds: Option<Vec<u64>>,
) -> Result<Experiment, Diagnostics> {
    let start = Span { source: 0, span: 0..0 };
    // The last word on each setting, to say which words had no effect. What `--set` makes idle in
    // the file is no mistake of the file: then only the command line's words must act.
    let file_only = set.is_empty();
    let set_from = written.base.len();
    let mut own: Vec<Assignment> = Vec::new();
    let mut must_act = BTreeSet::new();
    for (number, assignment) in written.base.into_iter().chain(set).enumerate() {
        if file_only || number >= set_from {
            must_act.insert(assignment.id);
        }
        base.set(assignment.id, assignment.value.clone());
        own.retain(|earlier| earlier.id != assignment.id);
        own.push(assignment);
    }
    let unread = mistakes.count() > 0;
    let mut variants = expand::expand(&mut mistakes, &base, &written.blocks);
    let header = written.experiment;
    let wanted = header.baseline.as_ref().map_or("base", |b| b.text.as_str());
    if wanted == "base" && !variants.iter().any(|v| v.name == "base") {
        let place = header.baseline.as_ref().map_or(start.clone(), |b| b.place.clone());
        variants.insert(0, ResolvedVariant::base(&base, place));
    }
    // Variants of a block in which something is wrong may be alike for want of what is missing.
    if !has_errors(&written.blocks) {
        expand::no_doubles(&mut mistakes, &variants);
    }
    let mut baseline = variants.iter().position(|v| v.name == wanted);
    if let (None, Some(text), false) =
        (baseline, &header.baseline, unread || has_errors(&written.blocks) || variants.is_empty())
    {
        missing_baseline(&mut mistakes, text, &variants);
    }
    let search: Option<Search> = written.search.as_ref().filter(|s| !s.has_errors).and_then(|s| {
        let around = search::Around {
            header: &header,
            questions: &written.questions,
            looks: header.seeds.as_ref().and_then(|((_, looks), _)| looks.as_ref()),
            seeds: header.seeds.as_ref().map(|(_, place)| place),
        };
        search::resolve(&mut mistakes, s, &around, schema, &mut variants, &mut baseline)
    });
    for assignment in own.iter().filter(|a| must_act.contains(&a.id)) {
        let acts = |v: &ResolvedVariant| {
            let key = assignment.id.key();
            v.values.applies(assignment.id) && !v.changes.iter().any(|(k, _)| k == key)
        };
        if !variants.is_empty() && !variants.iter().any(acts) && !has_errors(&written.blocks) {
            does_nothing(&mut mistakes, assignment, "in any variant", &variants);
        }
    }
    if header.question.is_none() && !header.has_errors && !unread {
        let help = "begin the file with\n          [experiment]\n          question = \"…\"";
        mistakes.push(&start, "the experiment asks no question", help.replace("\n          ", " "));
    }
    let mut places: BTreeMap<String, Span> =
        own.into_iter().map(|a| (a.id.key().to_owned(), a.place)).collect();
    if let Some((_, place)) = &header.seeds {
        places.insert("experiment.seeds".to_owned(), place.clone());
    }
    let questions = written.questions;
    let metrics = header.primary.iter().chain(questions.iter().filter_map(|q| q.metric.as_ref()));
    let mut metrics: Vec<Text> = metrics.cloned().collect();
    if let Some(halving) = &written.search {
        metrics = vec![search::metric(halving, &header)];
    }
    // Beside other mistakes the axes may not be those that were meant.
    let questions = if mistakes.count() == 0 && written.search.is_none() {
        let base = baseline.filter(|b| variants[*b].name == "base");
        asked::resolve(&mut mistakes, questions, &Design::of(&expand::varied(&variants), base))
    } else {
        Vec::new()
    };
    // Seeds of the command line are these and no others.
    let (seeds, looks) = match (override_seeds, header.seeds) {
        (Some(seeds), _) => (seeds, None),
        (None, Some((seeds, _))) => seeds,
        (None, None) => (vec![1], None),
    };
    let text = |text: Option<Text>| text.map(|t| t.text).unwrap_or_default();
    let sources = mistakes.into_result()?;
    Ok(Experiment {
        name: String::new(),
        question: text(header.question),
        expected: text(header.expected),
        cost: text(header.cost),
        primary: search.as_ref().map(|s| s.metric.clone()).or(header.primary.map(|t| t.text)),
        questions,
        metrics,
        seeds,
        looks,
        search,
        variants,
        baseline: baseline.unwrap_or(0),
        overrides: Vec::new(),
        text: "".into(),
        places,
        sources,
    })
}

fn has_errors(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| block.has_errors)
}

fn missing_baseline(mistakes: &mut Diagnostics, baseline: &Text, variants: &[ResolvedVariant]) {
    let names = || variants.iter().map(|v| v.name.as_str());
    let help = match closest(&baseline.text, names()) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => {
            let first: Vec<String> = names().take(5).map(|n| format!("{n:?}")).collect();
            let more = if variants.len() > 5 { ", …" } else { "" };
            format!(
                "there are {}{more}; \"base\" is the settings without any axis",
                first.join(", ")
            )
        }
    };
    mistakes.push(&baseline.place, format!("no variant is named {:?}", baseline.text), help);
}
