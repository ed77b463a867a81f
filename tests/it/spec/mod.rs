//! Experiment files: what they mean, what is wrong with them, what they cost.

mod axes;
mod commands;
mod cost;
mod fuzz;
mod layers;
mod mistakes;
mod questions;
mod shipped;

use std::path::PathBuf;
use std::sync::Arc;

use cgan_sweep::data::{DataError, DataInfo, DataSet, Images};
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan::{self, Limits, Plan};
use cgan_sweep::run::{Metric, SCORE_METRICS};
use cgan_sweep::spec::{self, DataSettings, Diagnostics, Experiment, Overrides};
use tempfile::TempDir;

/// A folder to write experiment files into.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A message without the folder's own path.
    pub(super) fn shown(&self, message: impl ToString) -> String {
        let root = format!("{}/", self.0.path().display());
        message.to_string().replace(&root, "")
    }
}

/// MNIST's shape with 60,000 images and none of the pixels.
pub(super) fn mnist(settings: &DataSettings) -> Result<Arc<DataSet>, DataError> {
    let count = 60_000;
    if settings.subset > count {
        return Err(DataError::Subset { subset: settings.subset, name: "MNIST".into(), count });
    }
    let images = if settings.subset > 0 { settings.subset } else { count };
    Ok(Arc::new(DataSet {
        train: Images { pixels: Vec::new(), labels: vec![0; images], height: 28, width: 28 },
        test: None,
        classes: 10,
        name: "MNIST".into(),
        hash: "the-hash-of-mnist".into(),
        info: DataInfo::default(),
    }))
}

/// A question, and then `text`.
pub(super) fn asking(text: &str) -> String {
    if text.contains("[experiment]\n") {
        return text.replacen("[experiment]\n", "[experiment]\nquestion = \"?\"\n", 1);
    }
    format!("experiment.question = \"?\"\n{text}")
}

pub(super) fn load(text: &str, overrides: &Overrides) -> Result<Experiment, Diagnostics> {
    let folder = Folder::new();
    spec::load(&folder.write("x.toml", text), overrides, Cgan.schema())
}

pub(super) fn plan(text: &str) -> Result<Plan, Diagnostics> {
    plan_with(text, &Overrides::default())
}

pub(super) fn plan_with(text: &str, overrides: &Overrides) -> Result<Plan, Diagnostics> {
    plan::plan_within(&Cgan, &load(text, overrides)?, mnist, &Limits::default())
}

/// The plan of a question with these lines, which must be right.
pub(super) fn good(text: &str) -> Plan {
    plan(&asking(text)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The mistakes of a question with these lines, which must be wrong.
pub(super) fn wrong(text: &str) -> String {
    let folder = Folder::new();
    let path = folder.write("x.toml", &asking(text));
    let few = ["fid", "real_p", "fake_p"];
    let known = SCORE_METRICS.iter().chain(Cgan.metrics()).filter(|m| few.contains(&m.name));
    let known: Vec<&Metric> = known.collect();
    let planned = spec::load(&path, &Overrides::default(), Cgan.schema())
        .and_then(|experiment| experiment.with_metrics(&known))
        .and_then(|experiment| plan::plan_within(&Cgan, &experiment, mnist, &Limits::default()));
    match planned {
        Ok(plan) => panic!("nothing wrong with {:?} of {text}", names(&plan)),
        Err(mistakes) => folder.shown(mistakes),
    }
}

pub(super) fn names(plan: &Plan) -> Vec<&str> {
    plan.variants.iter().map(|v| v.name.as_str()).collect()
}
