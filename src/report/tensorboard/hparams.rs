//! The HParams table: its columns, and a session a run, from start to end.

use protobuf::well_known_types::{ListValue, Value};
use protobuf::{CodedOutputStream, RepeatedField, SingularPtrField};
use serde_json::Value as Json;
use tensorboard_proto::api::{
    DataType, Experiment, HParamInfo, MetricInfo as MetricProto, MetricName, Status,
};
use tensorboard_proto::event::Event;
use tensorboard_proto::plugin_hparams::{HParamsPluginData, SessionEndInfo, SessionStartInfo};
use tensorboard_proto::summary::{Summary_Value, SummaryMetadata, SummaryMetadata_PluginData};
use tensorboard_proto::tensor::TensorProto;
use tensorboard_proto::tensor_shape::{TensorShapeProto, TensorShapeProto_Dim};
use tensorboard_proto::types::DataType as TensorType;

use super::event::{encoded, epoch_tag, file, note, scalar, score_tag, summary};
use crate::record::Manifest;
use crate::report::load::RunData;
use crate::report::metrics::rank;
use crate::report::page::Page;
use crate::report::views;
use crate::run::RunStatus;

/// Name of the event files made when a sweep starts. It sorts before the runs' own files, as
/// TensorBoard may read a folder's files in the order of their names.
const FILE: &str = "events.out.tfevents.0.0.cgan-sweep-hparams";
/// How each run ended and what it scored: written after its end, read after its other events.
const END_FILE: &str = "events.out.tfevents.1.cgan-sweep-end";

/// The start of the experiment and of every session.
pub(super) fn starts(manifest: &Manifest) -> Vec<Page> {
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
pub(super) fn end(run: &RunData) -> Option<Page> {
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

/// `HParamsPluginData` with this encoded message in the field of this number.
fn plugin_data(field: u32, message: &[u8]) -> Vec<u8> {
    let mut bytes = encoded(&HParamsPluginData::new());
    let mut stream = CodedOutputStream::vec(&mut bytes);
    stream.write_bytes(field, message).and_then(|()| stream.flush()).expect("memory takes all");
    bytes
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
