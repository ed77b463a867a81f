//! The references of a process: one for each image set, made when first asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Reference, Scorer};
use crate::data::DataSet;
use crate::error::Error;
use crate::run::NotComputable;
use crate::spec::DataSettings;

type Found = Result<Arc<Reference>, NotComputable>;

/// References by the settings that name their images; shared by all slots.
#[derive(Debug)]
pub struct ReferenceCache {
    scorers: PathBuf,
    found: Mutex<BTreeMap<DataSettings, Found>>,
}

impl ReferenceCache {
    /// No references yet. Scorers that have to be trained are kept in the folder `scorers`.
    pub fn new(scorers: impl Into<PathBuf>) -> Self {
        Self { scorers: scorers.into(), found: Mutex::default() }
    }

    /// The reference of this set, which these settings name. While one caller trains a scorer, the
    /// others wait for it.
    ///
    /// # Errors
    /// Why there is none: for every caller the same.
    pub fn get(&self, settings: &DataSettings, data: &Arc<DataSet>) -> Found {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry(settings.clone()).or_insert_with(|| self.load(data)).clone()
    }

    fn load(&self, data: &Arc<DataSet>) -> Found {
        let load =
            || Reference::new(Arc::new(Scorer::load(data, &self.scorers)?), Arc::clone(data));
        // Of an error only its cause: where the scorer should have been kept is no result.
        let reason = |error: Error| format!("no scorer: {}", error.cause());
        load().map(Arc::new).map_err(|error| NotComputable::new(reason(error)))
    }
}
