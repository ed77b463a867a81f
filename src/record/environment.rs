//! Where, when and with what a run was trained: apart from its results.
//!
//! No host name, no user name, no environment variables.

use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::{Clock, RunPaths, disk};
use crate::data::DataSet;
use crate::error::Result;
use crate::plan::TRAINER_VERSION;
use crate::spec::DataSettings;

/// The program, the machine, the command line and the data; the same for every run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of this program.
    pub program_version: String,
    /// [`TRAINER_VERSION`].
    pub trainer_version: u32,
    /// Git commit it was built from; none for a source archive.
    pub git_commit: Option<String>,
    /// Whether the sources differed from that commit.
    pub git_dirty: bool,
    /// SHA-256 of `Cargo.lock`, hex: the exact versions of all libraries.
    pub cargo_lock_sha256: String,
    /// The compiler's version line.
    pub rustc: String,
    /// Target triple it was built for.
    pub target: String,
    /// CPU features that the compiler was free to use.
    pub target_features: Vec<String>,
    /// Cargo profile: `release` or `debug`.
    pub profile: String,
    /// CPU model.
    pub cpu: String,
    /// Those CPU features, of the ones that numeric kernels choose by, that the machine has.
    pub cpu_features: Vec<String>,
    /// Logical cores that this process may use.
    pub cores: usize,
    /// Memory of the machine, bytes.
    pub memory_bytes: u64,
    /// Operating system and its version.
    pub os: String,
    /// The command line; of the program's own path only the file name.
    pub arguments: Vec<String>,
    /// What was trained on.
    pub data: DataRecord,
}

/// What was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRecord {
    /// [`DataSet::name`].
    pub name: String,
    /// [`DataSet::hash`].
    pub sha256: String,
    /// Train images, after any subset.
    pub train_images: usize,
    /// Test images; 0 if the set has none.
    pub test_images: usize,
    /// Classes.
    pub classes: usize,
    /// Pixels down; 0 in a record of an older version.
    #[serde(default)]
    pub height: usize,
    /// Pixels across; 0 in a record of an older version.
    #[serde(default)]
    pub width: usize,
    /// What each class shows, by label, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// Terms and author of the images, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

impl DataRecord {
    /// What a run was trained on: as it recorded it, so that its folder is enough wherever it lies;
    /// else, for a run of an older version, as its images say.
    ///
    /// # Errors
    /// If there is no such record and the images cannot be read.
    pub fn of_run(paths: &RunPaths, settings: &DataSettings) -> Result<Self> {
        let recorded = std::fs::read(paths.environment())
            .ok()
            .and_then(|bytes| serde_json::from_slice::<EnvironmentRecord>(&bytes).ok())
            .and_then(|mut record| Some(record.attempts.pop()?.environment.data))
            .filter(|data| data.height * data.width * data.classes > 0);
        match recorded {
            Some(data) => Ok(data),
            None => Ok(Self::from(&*DataSet::load(settings)?)),
        }
    }
}

impl From<&DataSet> for DataRecord {
    fn from(data: &DataSet) -> Self {
        Self {
            name: data.name.clone(),
            sha256: data.hash.clone(),
            train_images: data.train.len(),
            test_images: data.test.as_ref().map_or(0, |test| test.len()),
            classes: data.classes,
            height: data.train.height,
            width: data.train.width,
            class_names: data.info.class_names.clone(),
            licence: data.info.licence.clone(),
        }
    }
}

impl Environment {
    /// What this program on this machine trains on that data with. The machine is asked once a
    /// process, so that each of thousands of short runs may call this.
    pub fn gather(data: &DataSet) -> Self {
        static WITHOUT_DATA: LazyLock<Environment> = LazyLock::new(Environment::without_data);
        Self { data: data.into(), ..WITHOUT_DATA.clone() }
    }

    fn without_data() -> Self {
        let system = System::new_with_specifics(
            RefreshKind::nothing()
                .with_cpu(CpuRefreshKind::nothing())
                .with_memory(MemoryRefreshKind::nothing().with_ram()),
        );
        let mut arguments: Vec<String> =
            std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
        if let Some(program) = arguments.first_mut()
            && let Some(name) = Path::new(program.as_str()).file_name()
        {
            *program = name.to_string_lossy().into_owned();
        }
        let lock = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        Self {
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            trainer_version: TRAINER_VERSION,
            git_commit: Some(env!("CGAN_SWEEP_GIT_COMMIT").to_owned()).filter(|c| !c.is_empty()),
            git_dirty: !env!("CGAN_SWEEP_GIT_DIRTY").is_empty(),
            cargo_lock_sha256: format!("{:x}", Sha256::digest(lock)),
            rustc: env!("CGAN_SWEEP_RUSTC").to_owned(),
            target: env!("CGAN_SWEEP_TARGET").to_owned(),
            target_features: env!("CGAN_SWEEP_TARGET_FEATURES")
                .split(',')
                .map(str::to_owned)
                .collect(),
            profile: env!("CGAN_SWEEP_PROFILE").to_owned(),
            cpu: system.cpus().first().map_or("unknown", |cpu| cpu.brand().trim()).to_owned(),
            cpu_features: cpu_features(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: system.total_memory(),
            os: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.to_owned()),
            arguments,
            data: DataRecord::default(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<String> {
    macro_rules! present {
        ($($feature:tt),*) => {
            [$(($feature, std::is_x86_feature_detected!($feature))),*]
        };
    }
    let known =
        present!("sse4.2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl");
    known.iter().filter(|(_, has)| *has).map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> Vec<String> {
    Vec::new()
}

/// `environment.json`: one entry for each time the run was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRecord {
    /// In order of time; more than one if the run was resumed.
    pub attempts: Vec<Attempt>,
}

/// One time that a run was trained on, from the first step or from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began, UTC.
    pub started: String,
    /// When it ended, UTC; none if it did not end by itself.
    pub ended: Option<String>,
    /// With what.
    pub environment: Environment,
}

impl EnvironmentRecord {
    /// Begins another attempt.
    pub(super) fn begin(&mut self, environment: &Environment, clock: &Clock) {
        let started = utc(clock);
        self.attempts.push(Attempt { started, ended: None, environment: environment.clone() });
    }

    /// Ends the last attempt.
    pub(super) fn end(&mut self, clock: &Clock) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.ended = Some(utc(clock));
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        disk::rewrite(path, &disk::json(self)?)
    }
}

fn utc(clock: &Clock) -> String {
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + clock.now()).to_string()
}
