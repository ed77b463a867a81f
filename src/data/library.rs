//! The image sets of a sweep: each is loaded once and shared by all runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{DataError, DataSet};
use crate::spec::DataSettings;

/// Image sets by the settings that name them.
#[derive(Debug, Default)]
pub struct DataCache {
    sets: Mutex<BTreeMap<DataSettings, Arc<DataSet>>>,
}

impl DataCache {
    /// The image set these settings name, loaded at the first call.
    ///
    /// # Errors
    /// As [`DataSet::load`].
    pub fn get(&self, settings: &DataSettings) -> Result<Arc<DataSet>, DataError> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = sets.get(settings) {
            return Ok(Arc::clone(set));
        }
        let set = DataSet::load(settings)?;
        sets.insert(settings.clone(), Arc::clone(&set));
        Ok(set)
    }
}
