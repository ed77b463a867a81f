//! Events as TensorBoard reads them, and files of them.

use protobuf::{Message, RepeatedField, SingularPtrField};
use tensorboard_proto::event::Event;
use tensorboard_proto::summary::{
    Summary, Summary_Value, SummaryMetadata, SummaryMetadata_PluginData,
};
use tensorboard_proto::tensor::TensorProto;
use tensorboard_proto::tensor_shape::TensorShapeProto;
use tensorboard_proto::types::DataType as TensorType;
use tensorboard_rs::record_writer::RecordWriter;

/// The tag of an epoch's metric, as the runs' own events have it.
pub(super) fn epoch_tag(metric: &str) -> String {
    format!("epoch/{metric}")
}

/// The tag of a score at the end.
pub(super) fn score_tag(metric: &str) -> String {
    format!("score/{metric}")
}

pub(super) fn scalar(tag: String, value: f64) -> Summary_Value {
    let mut scalar = Summary_Value::new();
    scalar.set_tag(tag);
    scalar.set_simple_value(value as f32);
    scalar
}

pub(super) fn summary(step: u64, values: Vec<Summary_Value>) -> Event {
    let mut summary = Summary::new();
    summary.set_value(RepeatedField::from_vec(values));
    let mut event = Event::new();
    event.set_step(step as i64);
    event.set_summary(summary);
    event
}

/// A text, in Markdown, as TensorBoard's own page for texts shows it.
pub(super) fn note(tag: &str, step: u64, words: &str) -> Event {
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

pub(super) fn encoded(message: &impl Message) -> Vec<u8> {
    message.write_to_bytes().expect("memory takes all")
}

/// An event file: its version, then the events.
pub(super) fn file(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut first = Event::new();
    first.set_file_version("brain.Event:2".to_owned());
    let mut writer = RecordWriter::new(&mut bytes);
    for event in std::iter::once(&first).chain(events) {
        writer.write(&encoded(event)).expect("memory takes all");
    }
    bytes
}
