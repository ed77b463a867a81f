//! From a path and command-line overrides to a resolved [`Experiment`], or to every mistake.
//!
//! Later wins: defaults, then each of `extends` in order (each over its own `extends`), then the
//! file, then `--set`; a variant's own values win over all of these. An extended file gives its
//! settings only, not its question, seeds, axes or variants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::asked;
use super::axes::Design;
use super::diagnostic::{Diagnostics, Span};
use super::expand::{self, ResolvedVariant, does_nothing};
use super::question::Question;
use super::schema::Schema;
use super::suggest::closest;
use super::values::Values;
use super::written::{self, Assignment, Block, ParsedFile, Reader, Text};
use super::{Settings, name};
use super::{preset, seeds};

/// Largest experiment file, in bytes.
const LARGEST: u64 = 4 << 20;
/// Most files and presets one experiment extends, all told.
const MOST_EXTENDED: usize = 100;

/// What the command line changes in an experiment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `key=value` of each `--set`.
    pub set: Vec<String>,
    /// `--seeds`: `1,2,5` or `1..=5`.
    pub seeds: Option<String>,
}

impl Overrides {
    /// As they stood on the command line, for the record.
    fn as_arguments(&self) -> Vec<String> {
        let set = self.set.iter().map(|set| format!("--set {set}"));
        set.chain(self.seeds.iter().map(|seeds| format!("--seeds {seeds}"))).collect()
    }
}

/// An experiment whose every setting is known and checked, but for what depends on the data.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The file's stem.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// What its author expects; may be empty.
    pub expected: String,
    /// What its author says it costs; may be empty.
    pub cost: String,
    /// Name of the one metric that decides, if it is given.
    pub primary: Option<String>,
    /// What is asked of the numbers, and how; at least one.
    pub questions: Vec<Question>,
    /// The replicates, the same in every variant.
    pub seeds: Vec<u64>,
    /// Every variant, in the order of the file.
    pub variants: Vec<ResolvedVariant>,
    /// Index of the baseline in `variants`.
    pub baseline: usize,
    /// The command line's changes: `--set train.epochs=1`.
    pub overrides: Vec<String>,
    /// The experiment file, as written.
    pub text: std::sync::Arc<str>,
    /// The metrics it names.
    metrics: Vec<Text>,
    /// Where the base's own settings are written, and the seeds.
    places: BTreeMap<String, Span>,
    /// The texts that the places of later mistakes are in.
    pub(crate) sources: super::diagnostic::Sources,
}

impl Experiment {
    /// Where the value that a variant has for `key` is written, or else the variant itself.
    pub(crate) fn place(&self, point: Option<&ResolvedVariant>, key: &str) -> Span {
        let varied = point.filter(|p| p.changes.iter().any(|(changed, _)| changed == key));
        let written = self.places.get(key).filter(|_| varied.is_none()).cloned();
        let start = Span { source: 0, span: 0..0 };
        written.or_else(|| point.map(|p| p.place.clone())).unwrap_or(start)
    }

    /// The experiment, if the metrics it names are among those that are known: which ones there are
    /// is decided further down the way.
    ///
    /// # Errors
    /// Each mistake, with what may have been meant.
    pub fn with_metrics(self, known: &[&str]) -> Result<Self, Diagnostics> {
        let mut mistakes = Diagnostics::new(self.sources.clone());
        for text in self.metrics.iter().filter(|text| !known.contains(&text.text.as_str())) {
            let name = &text.text;
            let help = match closest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean {meant:?}?"),
                None => format!("there are {}", known.join(", ")),
            };
            mistakes.push(&text.place, format!("no metric is named {name:?}"), help);
        }
        mistakes.into_result()?;
        Ok(self)
    }
}

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
    resolve(mistakes, written, base, set, override_seeds).map(|mut experiment| {
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
    resolve(mistakes, written, Values::before(schema), Vec::new(), Some(vec![seed])).map(
        |mut experiment| {
            experiment.name = variant.to_owned();
            for point in &mut experiment.variants {
                point.name = variant.to_owned();
            }
            experiment.text = text;
            experiment
        },
    )
}

/// Where written becomes resolved.
fn resolve(
    mut mistakes: Diagnostics,
    written: ParsedFile,
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
    for assignment in own.iter().filter(|a| must_act.contains(&a.id)) {
        let acts = |v: &ResolvedVariant| {
            let key = assignment.id.key();
            v.values.applies(assignment.id) && !v.changes.iter().any(|(k, _)| k == key)
        };
        if !variants.is_empty() && !variants.iter().any(acts) && !has_errors(&written.blocks) {
            does_nothing(&mut mistakes, assignment, "in any variant", &variants);
        }
    }
    let baseline = variants.iter().position(|v| v.name == wanted);
    if let (None, Some(text), false) =
        (baseline, &header.baseline, unread || has_errors(&written.blocks) || variants.is_empty())
    {
        missing_baseline(&mut mistakes, text, &variants);
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
    let metrics: Vec<Text> = metrics.cloned().collect();
    // Beside other mistakes the axes may not be those that were meant.
    let questions = if mistakes.count() == 0 {
        let base = baseline.filter(|b| variants[*b].name == "base");
        asked::resolve(&mut mistakes, questions, &Design::of(&expand::varied(&variants), base))
    } else {
        Vec::new()
    };
    let seeds = override_seeds.or(header.seeds.map(|(seeds, _)| seeds)).unwrap_or(vec![1]);
    let text = |text: Option<Text>| text.map(|t| t.text).unwrap_or_default();
    let sources = mistakes.into_result()?;
    Ok(Experiment {
        name: String::new(),
        question: text(header.question),
        expected: text(header.expected),
        cost: text(header.cost),
        primary: header.primary.map(|t| t.text),
        questions,
        metrics,
        seeds,
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

/// Reads a file into the sources; notes why it could not.
fn open(
    mistakes: &mut Diagnostics,
    path: &Path,
    shown: &str,
) -> Option<(usize, std::sync::Arc<str>)> {
    let read = std::fs::metadata(path).and_then(|meta| {
        if meta.len() > LARGEST {
            let message = format!("larger than {} MiB, which no experiment file is", LARGEST >> 20);
            return Err(std::io::Error::other(message));
        }
        std::fs::read_to_string(path)
    });
    match read {
        Ok(text) => {
            let source = mistakes.sources.file(shown, text);
            Some((source, mistakes.sources.text(source)))
        }
        Err(error) => {
            let source = mistakes.sources.file(shown, "");
            let place = Span { source, span: 0..0 };
            let why = match error.kind() {
                std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
                _ => error.to_string(),
            };
            mistakes.push_io(&place, format!("cannot be read: {why}"));
            None
        }
    }
}

/// What makes two paths the same file.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Follows `extends` down.
struct Extender<'m> {
    mistakes: &'m mut Diagnostics,
    schema: &'static Schema,
    /// The files being extended, outermost first, with the names they are shown by.
    chain: Vec<(PathBuf, String)>,
    opened: usize,
}

impl Extender<'_> {
    /// Lays the settings of each target over `values`, in order.
    fn extend(&mut self, values: &mut Values, from: &Path, targets: &[Text]) {
        for target in targets {
            self.opened += 1;
            if self.opened > MOST_EXTENDED {
                if self.opened == MOST_EXTENDED + 1 {
                    let message = format!("more than {MOST_EXTENDED} files are extended");
                    self.mistakes.push(
                        &target.place,
                        message,
                        "extend fewer, or join some of them",
                    );
                }
                return;
            }
            if preset::is_meant(target) {
                for assignment in preset::read(self.mistakes, self.schema, target) {
                    values.set(assignment.id, assignment.value);
                }
            } else {
                self.file(values, from, target);
            }
        }
    }

    fn file(&mut self, values: &mut Values, from: &Path, target: &Text) {
        let path = from.parent().unwrap_or(Path::new("")).join(&target.text);
        let shown = path.display().to_string();
        let identity = identity(&path);
        if let Some(at) = self.chain.iter().position(|(open, _)| *open == identity) {
            let mut names: Vec<&str> = self.chain[at..].iter().map(|(_, n)| n.as_str()).collect();
            names.push(&shown);
            let message = format!("`extends` goes in a circle: {}", names.join(" → "));
            self.mistakes.push(&target.place, message, "remove one of these `extends`");
            return;
        }
        if let Err(error) = std::fs::metadata(&path) {
            let message = format!("cannot extend {shown}: {error}");
            let presets: Vec<String> =
                self.schema.presets().iter().map(|(name, _)| format!("{name:?}")).collect();
            let help = format!(
                "a path is relative to the file it is written in; presets are {}",
                presets.join(", ")
            );
            self.mistakes.push(&target.place, message, help);
            return;
        }
        let Some((source, _)) = open(self.mistakes, &path, &shown) else { return };
        let written = written::read(self.mistakes, self.schema, source);
        self.chain.push((identity, shown));
        self.extend(values, &path, &written.experiment.extends);
        self.chain.pop();
        for assignment in written.base {
            values.set(assignment.id, assignment.value);
        }
    }
}

/// Reads `--set` and `--seeds` like the file.
fn arguments(
    mistakes: &mut Diagnostics,
    schema: &'static Schema,
    overrides: &Overrides,
) -> (Vec<Assignment>, Option<Vec<u64>>) {
    let mut set = Vec::new();
    for argument in &overrides.set {
        let source = mistakes.sources.argument("--set", argument);
        let whole = Span { source, span: 0..argument.len() };
        let Some((key, value)) = argument.split_once('=') else {
            let help = "write --set train.epochs=1";
            mistakes.push(&whole, "`--set` takes key=value", help);
            continue;
        };
        let missing = [(key, "key"), (value, "value")];
        if let Some((_, what)) = missing.iter().find(|(part, _)| part.trim().is_empty()) {
            let help = "write --set train.epochs=1; an empty text is --set data.dir=''";
            mistakes.push(&whole, format!("the {what} is missing"), help);
            continue;
        }
        // A shell eats the quotes of `output="sigmoid"`, so a bare word is a text too.
        let bare = value.trim();
        let is_word = !bare.is_empty()
            && toml::de::DeValue::parse(bare).is_err()
            && bare.chars().all(|c| c.is_alphanumeric() || "-_./ ".contains(c));
        let quoted = if is_word { format!("{key}='{bare}'") } else { argument.clone() };
        match toml::de::DeTable::parse(&quoted) {
            Ok(table) => {
                let mut reader = Reader { mistakes, schema, source };
                let (mut read, _) = reader.settings(table.get_ref(), &[]);
                for assignment in &mut read {
                    assignment.place.span.end = assignment.place.span.end.min(argument.len());
                }
                set.extend(read);
            }
            Err(error) => {
                let message = format!("not TOML: {}", error.message());
                mistakes.push(&whole, message, "write --set key=value, as in the file");
            }
        }
    }
    let seeds = overrides.seeds.as_ref().and_then(|text| {
        let source = mistakes.sources.argument("--seeds", text);
        let place = Span { source, span: 0..text.len() };
        seeds::parse(text)
            .map_err(|message| mistakes.push(&place, message, "write --seeds 1,2,5 or 1..=5"))
            .ok()
    });
    (set, seeds)
}
