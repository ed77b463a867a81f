//! `cgan-sweep score RUN|SAMPLES.npy`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::exit::Usage;
use super::{table, target};
use crate::cli::ScoreArgs;
use crate::data::DataSet;
use crate::model::Stream;
use crate::record;
use crate::run::Direction;
use crate::run::ScoreValue;
use crate::run::{Scores, Value, by_scorer};
use crate::score::{EVAL_SEED, FullOptions, Reference, SampleSource, Samples, full, read_samples};
use crate::spec::DataSettings;
use crate::text::count;

/// A run's generator, after a number of epochs or at its end, with the data it was trained on.
pub type OpenRun<'a> =
    dyn Fn(&Path, Option<u64>) -> Result<(Box<dyn SampleSource>, DataSettings)> + 'a;

/// Scores a run, whose generator `open_run` loads, or an array of images; shows a table on `out`.
///
/// # Errors
/// If something cannot be read or scored, with the file and the reason.
pub fn run(args: &ScoreArgs, open_run: &OpenRun<'_>, out: &mut dyn Write) -> Result<()> {
    if let Some(out) = &args.out {
        let labels = args.labels.as_deref();
        let sources: Vec<&Path> = [args.what.as_path()].into_iter().chain(labels).collect();
        target::check(out, &["json"], &sources)?;
    }
    let options =
        FullOptions { parzen: !args.no_parzen, cas_seeds: args.cas, ..Default::default() };
    let scores = if args.what.is_dir() {
        if args.labels.is_some() {
            let why = format!(
                "--labels belongs to an array of images; {} is a folder, whose generator is asked \
                 for the labels of the reference images",
                args.what.display()
            );
            return Err(Usage(why).into());
        }
        let (mut source, data) = open_run(&args.what, args.epoch)
            .with_context(|| format!("cannot score run {}", args.what.display()))?;
        let data = args.data.as_deref().map_or(data, DataSettings::named_or_at);
        let reference = load(&data, &args.scorers)?;
        let labels = reference.report_images().labels.to_vec();
        let (pixels, range) = source.sample(&labels, Stream::new(EVAL_SEED))?;
        let each = reference.scorer().pixels_each();
        let samples = Samples::new(pixels, range, labels, each, reference.classes())
            .with_context(|| format!("cannot score run {}", args.what.display()))?;
        let options = FullOptions { weights: source.drawn_with(), ..options };
        full(&reference, samples, &options)?
    } else {
        let what = args.what.display();
        if args.epoch.is_some() {
            let why = format!("--epoch belongs to a run's folder; {what} is an array of images");
            return Err(Usage(why).into());
        }
        let labels = args.labels.as_deref().ok_or_else(|| {
            Usage(format!("{what} needs the labels of its images: --labels LABELS.npy"))
        })?;
        let reference = load(
            &DataSettings::named_or_at(args.data.as_deref().unwrap_or_default()),
            &args.scorers,
        )?;
        let about = reference.scorer().about();
        let size = (about.height, about.width);
        let samples = read_samples(&args.what, labels, args.range, size, reference.classes())?;
        let options = FullOptions { label_policy: "given with the images".to_owned(), ..options };
        full(&reference, samples, &options)?
    };
    show(&scores, out)?;
    if let Some(path) = &args.out {
        let mut json = serde_json::to_vec_pretty(&scores)?;
        json.push(b'\n');
        record::write_whole(path, &json)?;
    }
    Ok(())
}

fn load(data: &DataSettings, scorers: &Path) -> Result<Reference> {
    let data = DataSet::load(data)?;
    let scorer = super::scorer::of(&data, scorers)?;
    Ok(Reference::new(Arc::new(scorer), data)?)
}

/// The scores as a table, with the real-vs-real column beside them.
fn show(scores: &Scores, out: &mut dyn Write) -> Result<()> {
    let scorer = scores.scorer.as_ref().context("there is no scorer")?;
    writeln!(
        out,
        "{}, {}, against {} ({}); scorer {} ({:.4} accurate on {})\n",
        count(scores.samples, "sample"),
        scores.label_policy,
        scores.reference.name,
        count(scores.reference.n, "image"),
        &scorer.hash[..12],
        scorer.accuracy,
        scorer.measured_on,
    )?;
    if let Some(weights) = &scores.weights {
        writeln!(out, "drawn with {weights}\n")?;
    }
    let weak = scores.weakness();
    let heading = format!("{} vs {}", scores.selection.name, scores.reference.name);
    let header = ["score", "samples", &heading, "better", "unit"].map(str::to_owned).to_vec();
    let row = |metric: &ScoreValue| {
        let number = |value: &Value| match value {
            Value::Value(x) => format!("{x:.4}"),
            Value::NotComputable(_) => "-".to_owned(),
        };
        let real = scores.real_vs_real.iter().find(|real| real.name == metric.name);
        let better = match metric.direction {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
            Direction::Neutral => "",
        };
        let mark = if weak.is_some() && by_scorer(&metric.name) { " †" } else { "" };
        vec![
            format!("{}{mark}", metric.name),
            number(&metric.value),
            real.map_or_else(String::new, |real| number(&real.value)),
            better.to_owned(),
            metric.unit.clone(),
        ]
    };
    writeln!(out, "{}", table::plain(header, scores.metrics.iter().map(row), 1..3))?;
    if scores.samples < scores.selection.n {
        writeln!(
            out,
            "{} are fewer than the {} beside them: FID is the higher, coverage the lower for it",
            count(scores.samples, "sample"),
            count(scores.selection.n, "real image"),
        )?;
    }
    if let Some(why) = &weak {
        writeln!(out, "† by a weak scorer: {why}")?;
    }
    for metric in &scores.metrics {
        if let Value::NotComputable(reason) = &metric.value {
            writeln!(out, "{}: not computable: {reason}", metric.name)?;
        }
    }
    Ok(())
}
