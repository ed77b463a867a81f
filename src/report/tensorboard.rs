//! TensorBoard's view of a whole sweep: the HParams table, and a run of mean, lower and upper end
//! of the 95 % band for each variant.
//!
//! HParams are written when a sweep starts ([`write_hparams`]), so the table is complete before
//! the first number, and again with every report, then with how each run ended. Aggregates are
//! pages of the report. Nothing here holds a time: all events have wall time 0.

use std::collections::BTreeSet;
use std::path::Path;

use protobuf::well_known_types::{ListValue, Value};
use protobuf::{CodedOutputStream, Message, RepeatedField, SingularPtrField};
use rayon::prelude::*;
use serde_json::Value as Json;
use tensorboard_proto::api::{
    DataType, Experiment, HParamInfo, MetricInfo as MetricProto, MetricName, Status,
};
use tensorboard_proto::event::Event;
use tensorboard_proto::plugin_hparams::{HParamsPluginData, SessionEndInfo, SessionStartInfo};
use tensorboard_proto::summary::{
    Summary, Summary_Value, SummaryMetadata, SummaryMetadata_PluginData,
};
use tensorboard_proto::tensor::TensorProto;
use tensorboard_proto::tensor_shape::{TensorShapeProto, TensorShapeProto_Dim};
use tensorboard_proto::types::DataType as TensorType;
use tensorboard_rs::record_writer::RecordWriter;

use super::analysis::Analysis;
use super::curves::curve;
use super::load::{RunData, Sweep};
use super::metrics::{MetricInfo, rank};
use super::page::Page;
use super::stats::Bands;
use super::{markdown, views};
use crate::error::Result;
use crate::record::Manifest;
use crate::record::write_whole;
use crate::run::RunStatus;

/// Name of the event files made here. It sorts before the runs' own files, as TensorBoard may read
/// a folder's files in the order of their names.
const FILE: &str = "events.out.tfevents.0.0.cgan-sweep-hparams";
/// How each run ended and what it scored: written after its end, read after its other events.
const END_FILE: &str = "events.out.tfevents.1.cgan-sweep-end";
/// What was decided from round to round: looks, or rungs of a search.
const ROUNDS_FILE: &str = "events.out.tfevents.1.cgan-sweep-rounds";
/// Name of the event file of an aggregate.
const AGGREGATE_FILE: &str = "events.out.tfevents.0.cgan-sweep";

/// Writes the HParams of a sweep that is about to start: the experiment, and the start of one
/// session a run, so that all of them are in the table from the first moment on.
///
/// # Errors
/// If a file cannot be written.
pub fn write_hparams(dir: &Path, manifest: &Manifest) -> Result<()> {
    for page in starts(manifest) {
        write_whole(&dir.join(&page.name), &page.bytes)?;
    }
    Ok(())
}

/// All event files of a report.
pub(super) fn pages(sweep: &Sweep, analysis: &Analysis) -> Vec<Page> {
    let metrics = &analysis.metrics;
    let mut pages = starts(&sweep.manifest);
    pages.extend(sweep.runs.iter().filter_map(end));
    pages.extend(rounds(sweep, analysis));
    // A band an epoch, metric and variant: most of a large report's time.
    let variants: Vec<usize> = (0..sweep.manifest.variants.len()).collect();
    pages.par_extend(variants.into_par_iter().flat_map_iter(|v| aggregates(sweep, v, metrics)));
    pages
}

/// Mean, lower and upper end of one variant.
fn aggregates(sweep: &Sweep, variant: usize, metrics: &[MetricInfo]) -> Vec<Page> {
    let name = &sweep.manifest.variants[variant].name;
    let mut bands = Bands::default();
    let series: Vec<Series> =
        metrics.iter().filter_map(|m| Series::new(sweep, variant, &m.name, &mut bands)).collect();
    if series.is_empty() {
        return Vec::new();
    }
    let page = |(folder, part): (&str, usize)| Page {
        name: format!("{name}/{folder}/{AGGREGATE_FILE}"),
        bytes: aggregate(&series, part),
    };
    PARTS.map(page).into()
}

/// The start of the experiment and of every session.
fn starts(manifest: &Manifest) -> Vec<Page> {
    let mut pages = vec![Page { name: FILE.into(), bytes: file(&[experiment(manifest)]) }];
    let axes = views::axes(manifest);
    for run in &manifest.runs {
        let variant = manifest.variants.iter().find(|v| v.name == run.variant);
        // `hparams` is a hash map in the generated code, and a map's order in the bytes is free:
        // messages of one entry each, joined, are the message of all of them.
        let mut bytes = Vec::new();
        let mut put = |key: &str, value: Value| {
            let mut part = SessionStartInfo::new();
            part.hparams.insert(key.to_owned(), value);
            bytes.extend(encoded(&part));
        };
        put("variant", text(&run.variant));
        for axis in &axes {
            // A setting that does not apply to the variant leaves its cell empty.
            if let Some(value) = variant.and_then(|v| v.values.get(axis)) {
                put(axis, typed(value));
            }
        }
        let mut rest = SessionStartInfo::new();
        rest.set_group_name(run.variant.clone());
        bytes.extend(encoded(&rest));
        let start = hparams("_hparams_/session_start_info", plugin_data(3, &bytes));
        pages.push(Page {
            name: format!("{}/seed-{}/{FILE}", run.variant, run.seed),
            bytes: file(&[start]),
        });
    }
    pages
}

/// The columns of the HParams table: variant and axes; the metrics. The seed is no column: it is the
/// session's name, and TensorBoard would show one session's for the whole group.
fn experiment(manifest: &Manifest) -> Event {
    let mut experiment = Experiment::new();
    experiment.set_name(manifest.experiment.clone());
    experiment.set_description(manifest.question.clone());
    let info = |name: &str, kind: DataType, values: Vec<Value>| {
        let mut info = HParamInfo::new();
        info.set_name(name.to_owned());
        info.set_field_type(kind);
        let mut domain = ListValue::new();
        domain.set_values(RepeatedField::from_vec(values));
        info.set_domain_discrete(domain);
        info
    };
    let names = manifest.variants.iter().map(|v| text(&v.name)).collect();
    let mut infos = vec![info("variant", DataType::DATA_TYPE_STRING, names)];
    for axis in views::axes(manifest) {
        let mut levels: Vec<&Json> =
            manifest.variants.iter().filter_map(|v| v.values.get(&axis)).collect();
        levels.sort_by(|a, b| {
            let numbers = a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0));
            numbers.then_with(|| a.to_string().cmp(&b.to_string()))
        });
        levels.dedup();
        let kind = match levels.as_slice() {
            all if all.iter().all(|level| level.is_number()) => DataType::DATA_TYPE_FLOAT64,
            all if all.iter().all(|level| level.is_boolean()) => DataType::DATA_TYPE_BOOL,
            _ => DataType::DATA_TYPE_STRING,
        };
        infos.push(info(&axis, kind, levels.into_iter().map(typed).collect()));
    }
    experiment.set_hparam_infos(RepeatedField::from_vec(infos));

    let epochs = manifest.metrics.iter().filter(|m| m.own);
    let epochs = epochs.map(|m| (epoch_tag(&m.name), m.name.as_str(), m.meaning.as_str()));
    // TensorBoard shows the first few; the others wait for a click.
    let mut scores: Vec<_> = crate::run::SCORE_METRICS.iter().collect();
    scores.sort_by_key(|m| rank(m.name));
    let scores = scores.into_iter().map(|m| (score_tag(m.name), m.name, m.meaning));
    let metrics = scores.chain(epochs).map(|(tag, name, meaning)| {
        let mut metric_name = MetricName::new();
        metric_name.set_tag(tag);
        let mut metric = MetricProto::new();
        metric.set_name(metric_name);
        metric.set_display_name(name.to_owned());
        metric.set_description(meaning.to_owned());
        metric
    });
    experiment.set_metric_infos(RepeatedField::from_vec(metrics.collect()));
    hparams("_hparams_/experiment", plugin_data(2, &encoded(&experiment)))
}

/// How a run ended, with its final scores as scalars; `None` while it has not.
fn end(run: &RunData) -> Option<Page> {
    let status = match run.status {
        RunStatus::Completed => Status::STATUS_SUCCESS,
        RunStatus::Diverged | RunStatus::Stopped | RunStatus::Failed => Status::STATUS_FAILURE,
        RunStatus::Interrupted
        | RunStatus::Running
        | RunStatus::NotStarted
        | RunStatus::Stale
        | RunStatus::Damaged => {
            return None;
        }
    };
    let mut end = SessionEndInfo::new();
    end.set_status(status);
    let mut events = Vec::new();
    let scores = run.scores.iter().flat_map(|s| &s.metrics);
    let values: Vec<Summary_Value> = scores
        .filter_map(|score| Some(scalar(score_tag(&score.name), score.value.number()?)))
        .collect();
    if !values.is_empty() {
        events.push(summary(run.epochs, values));
    }
    if run.status == RunStatus::Stopped {
        let epochs = crate::text::count(run.epochs as usize, "epoch");
        let why = format!("stopped by rule after {epochs}: {}", run.reason);
        events.push(note("outcome", run.epochs, &why));
    }
    events.push(hparams("_hparams_/session_end_info", plugin_data(4, &encoded(&end))));
    Some(Page { name: format!("{}/{END_FILE}", run.folder()), bytes: file(&events) })
}

/// The looks or rungs that were decided, as a text under `rounds`; none of a sweep that has none.
fn rounds(sweep: &Sweep, analysis: &Analysis) -> Option<Page> {
    let decided = analysis.rounds().filter(|(decided, _)| *decided > 0);
    let (decided, _) = decided?;
    let event = note("rounds", decided as u64, &markdown::rounds_md(sweep, analysis));
    Some(Page { name: ROUNDS_FILE.into(), bytes: file(&[event]) })
}

/// The tag of an epoch's metric, as the runs' own events have it.
fn epoch_tag(metric: &str) -> String {
    format!("epoch/{metric}")
}

/// The tag of a score at the end.
fn score_tag(metric: &str) -> String {
    format!("score/{metric}")
}

/// Mean and band of one metric, with its epochs done.
struct Series {
    tag: String,
    points: Vec<(u64, [f64; 3])>,
}

/// Folder of an aggregate beside the seeds' and its place in a [`Series`]' points.
const PARTS: [(&str, usize); 3] = [("mean", 0), ("ci-low", 1), ("ci-high", 2)];

impl Series {
    fn new(sweep: &Sweep, variant: usize, metric: &str, bands: &mut Bands) -> Option<Self> {
        let curve = curve(sweep, variant, metric, usize::MAX, bands)?;
        let points = curve.points.into_iter().map(|(epoch, mean, band)| {
            // One seed has no band: all three lines are the run.
            let (low, high) = band.map_or((mean, mean), |b| (b.low, b.high));
            (epoch, [mean, low, high])
        });
        Some(Self { tag: epoch_tag(metric), points: points.collect() })
    }
}

fn aggregate(series: &[Series], part: usize) -> Vec<u8> {
    let epochs: BTreeSet<u64> = series.iter().flat_map(|s| s.points.iter().map(|p| p.0)).collect();
    let mut events = Vec::new();
    let mut next = vec![0; series.len()];
    for epoch in epochs {
        let mut values = Vec::new();
        for (series, next) in series.iter().zip(&mut next) {
            if let Some((_, point)) = series.points.get(*next).filter(|p| p.0 == epoch) {
                values.push(scalar(series.tag.clone(), point[part]));
                *next += 1;
            }
        }
        events.push(summary(epoch, values));
    }
    file(&events)
}

fn scalar(tag: String, value: f64) -> Summary_Value {
    let mut scalar = Summary_Value::new();
    scalar.set_tag(tag);
    scalar.set_simple_value(value as f32);
    scalar
}

fn summary(step: u64, values: Vec<Summary_Value>) -> Event {
    let mut summary = Summary::new();
    summary.set_value(RepeatedField::from_vec(values));
    let mut event = Event::new();
    event.set_step(step as i64);
    event.set_summary(summary);
    event
}

/// An event of the HParams plugin: all it says is in the metadata; TensorBoard wants some tensor.
fn hparams(tag: &str, content: Vec<u8>) -> Event {
    let mut plugin = SummaryMetadata_PluginData::new();
    plugin.set_plugin_name("hparams".to_owned());
    plugin.set_content(content);
    let mut metadata = SummaryMetadata::new();
    metadata.set_plugin_data(plugin);
    let mut one = TensorShapeProto_Dim::new();
    one.set_size(1);
    let mut shape = TensorShapeProto::new();
    shape.set_dim(RepeatedField::from_vec(vec![one]));
    let mut tensor = TensorProto::new();
    tensor.set_dtype(TensorType::DT_FLOAT);
    tensor.set_tensor_shape(shape);
    tensor.set_float_val(vec![0.0]);
    let mut value = Summary_Value::new();
    value.set_tag(tag.to_owned());
    value.metadata = SingularPtrField::some(metadata);
    value.set_tensor(tensor);
    summary(0, vec![value])
}

/// A text, in Markdown, as TensorBoard's own page for texts shows it.
fn note(tag: &str, step: u64, words: &str) -> Event {
    let mut plugin = SummaryMetadata_PluginData::new();
    plugin.set_plugin_name("text".to_owned());
    let mut metadata = SummaryMetadata::new();
    metadata.set_plugin_data(plugin);
    let mut tensor = TensorProto::new();
    tensor.set_dtype(TensorType::DT_STRING);
    tensor.set_tensor_shape(TensorShapeProto::new());
    tensor.set_string_val(RepeatedField::from_vec(vec![words.as_bytes().to_vec()]));
    let mut value = Summary_Value::new();
    value.set_tag(tag.to_owned());
    value.metadata = SingularPtrField::some(metadata);
    value.set_tensor(tensor);
    summary(step, vec![value])
}

/// `HParamsPluginData` with this encoded message in the field of this number.
fn plugin_data(field: u32, message: &[u8]) -> Vec<u8> {
    let mut bytes = encoded(&HParamsPluginData::new());
    let mut stream = CodedOutputStream::vec(&mut bytes);
    stream.write_bytes(field, message).and_then(|()| stream.flush()).expect("memory takes all");
    bytes
}

fn encoded(message: &impl Message) -> Vec<u8> {
    message.write_to_bytes().expect("memory takes all")
}

/// A setting's value as TensorBoard sorts it: numbers as numbers, texts without quotes.
fn typed(value: &Json) -> Value {
    let mut v = Value::new();
    match value {
        Json::Number(number) => v.set_number_value(number.as_f64().unwrap_or(f64::NAN)),
        Json::Bool(yes) => v.set_bool_value(*yes),
        Json::String(text) => v.set_string_value(text.clone()),
        other => v.set_string_value(other.to_string()),
    }
    v
}

fn text(value: &str) -> Value {
    let mut v = Value::new();
    v.set_string_value(value.to_owned());
    v
}

/// An event file: its version, then the events.
fn file(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut first = Event::new();
    first.set_file_version("brain.Event:2".to_owned());
    let mut writer = RecordWriter::new(&mut bytes);
    for event in std::iter::once(&first).chain(events) {
        writer.write(&encoded(event)).expect("memory takes all");
    }
    bytes
}
