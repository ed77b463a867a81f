//! TensorBoard's view of a run: an event file of scalars and sample grids.
//!
//! `tensorboard-rs`' own writer panics on errors and swaps the sides of pictures, so only its
//! record framing is used here, with the messages of `tensorboard-proto`; every error comes back.
//!
//! Tags of a step (`loss/generator`, …) are placed at its number of generator updates; tags of an
//! epoch (`epoch/…`, `samples`) at the number of epochs done, which is also in the names of the
//! pictures and weights: the first epoch is 1 here and 0 in the CSV files.

use std::path::{Path, PathBuf};

use protobuf::{Message, RepeatedField, SingularPtrField};
use tensorboard_proto::event::Event as Proto;
use tensorboard_proto::summary::{
    Summary, Summary_Image, Summary_Value, SummaryMetadata, SummaryMetadata_PluginData,
};
use tensorboard_rs::record_writer::RecordWriter;

use super::append::AppendFile;
use super::clock::Clock;
use super::contents::FileState;
use crate::error::{Context, Error, Result};
use crate::model::Model;
use crate::run::Grid;
use crate::run::{EPOCH_SCORES, EpochMetrics, Numbers};

/// Writes one event file.
#[derive(Debug)]
pub struct TensorBoard {
    file: AppendFile,
    clock: Clock,
    buffer: Vec<u8>,
}

impl TensorBoard {
    /// A new event file.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn create(path: PathBuf, clock: Clock) -> Result<Self> {
        let mut board = Self::over(AppendFile::create(path)?, clock);
        let mut event = Proto::new();
        event.set_file_version("brain.Event:2".to_owned());
        board.write(event)?;
        board.flush()?;
        Ok(board)
    }

    /// The event file of an earlier attempt as it was in `state`.
    ///
    /// # Errors
    /// If it cannot be opened, is shorter, or differs.
    pub fn resume(source: &Path, path: PathBuf, state: &FileState, clock: Clock) -> Result<Self> {
        Ok(Self::over(AppendFile::resume(source, path, state)?, clock))
    }

    fn over(file: AppendFile, clock: Clock) -> Self {
        Self { file, clock, buffer: Vec::new() }
    }

    /// The metrics of a step; `describe` adds what each tag means, which TensorBoard wants to see
    /// once.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn step(
        &mut self,
        model: &dyn Model,
        step: u64,
        metrics: &Numbers,
        describe: bool,
    ) -> Result<()> {
        let values = model.metrics().iter().filter(|metric| metric.is_of_steps());
        let values = values.filter_map(|metric| {
            let description = describe.then_some(metric.meaning);
            Some(scalar(metric.step_tag.to_owned(), metrics.get(metric.name)?, description))
        });
        self.summary(step, values.collect())
    }

    /// The metrics of an epoch.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn epoch(&mut self, model: &dyn Model, metrics: &EpochMetrics) -> Result<()> {
        let describe = metrics.epoch == 0;
        let all = model.metrics().iter().chain(EPOCH_SCORES).chain(model.probes());
        let values = all.filter_map(|metric| {
            let description = describe.then_some(metric.meaning);
            let value = metrics.get(metric.name)?;
            Some(scalar(format!("epoch/{}", metric.name), value, description))
        });
        self.summary(metrics.epoch + 1, values.collect())
    }

    /// A sample grid, as its PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn samples(&mut self, epochs_done: u64, grid: &Grid, png: &[u8]) -> Result<()> {
        let mut image = Summary_Image::new();
        image.set_height((grid.rows * grid.image_height) as i32);
        image.set_width((grid.columns * grid.image_width) as i32);
        image.set_colorspace(1);
        image.set_encoded_image_string(png.to_vec());
        let mut value = Summary_Value::new();
        value.set_tag("samples".to_owned());
        value.set_image(image);
        if epochs_done == 1 {
            value.metadata = described(
                "images",
                DATA_CLASS_BLOB_SEQUENCE,
                "rows are classes, columns are fixed noises",
            );
        }
        self.summary(epochs_done, vec![value])
    }

    /// Hands everything to the system; returns the file's length, bytes.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> Result<u64> {
        self.file.flush()
    }

    /// The file under it.
    pub(super) fn file(&mut self) -> &mut AppendFile {
        &mut self.file
    }

    fn summary(&mut self, step: u64, values: Vec<Summary_Value>) -> Result<()> {
        let mut summary = Summary::new();
        summary.set_value(RepeatedField::from_vec(values));
        let mut event = Proto::new();
        event.set_step(step as i64);
        event.set_summary(summary);
        self.write(event)
    }

    fn write(&mut self, mut event: Proto) -> Result<()> {
        event.set_wall_time(self.clock.now().as_secs_f64());
        self.buffer.clear();
        event
            .write_to_vec(&mut self.buffer)
            .map_err(Error::other)
            .and_then(|()| Ok(RecordWriter::new(&mut self.file).write(&self.buffer)?))
            .with_context(|| self.file.failed())
    }
}

fn scalar(tag: String, value: f64, description: Option<&str>) -> Summary_Value {
    let mut scalar = Summary_Value::new();
    scalar.set_tag(tag);
    scalar.set_simple_value(value as f32);
    if let Some(description) = description {
        scalar.metadata = described("scalars", DATA_CLASS_SCALAR, description);
    }
    scalar
}

/// `DataClass` of `summary.proto`, which came after the messages of `tensorboard-proto` were made.
const DATA_CLASS_FIELD: u32 = 4;
const DATA_CLASS_SCALAR: u64 = 1;
const DATA_CLASS_BLOB_SEQUENCE: u64 = 3;

/// What a tag means. TensorBoard shows a description only where plugin and data class are named.
fn described(plugin: &str, class: u64, description: &str) -> SingularPtrField<SummaryMetadata> {
    let mut data = SummaryMetadata_PluginData::new();
    data.set_plugin_name(plugin.to_owned());
    let mut metadata = SummaryMetadata::new();
    metadata.set_plugin_data(data);
    metadata.set_summary_description(description.to_owned());
    metadata.mut_unknown_fields().add_varint(DATA_CLASS_FIELD, class);
    SingularPtrField::some(metadata)
}
