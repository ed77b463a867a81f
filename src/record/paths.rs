//! Every path of a sweep and of a run: the one type that knows where things lie.

use std::path::{Path, PathBuf};

/// The folder of one sweep: `runs/<experiment>/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPaths {
    root: PathBuf,
}

impl SweepPaths {
    /// The folder of this sweep under `runs_dir`.
    pub fn new(runs_dir: &Path, experiment: &str) -> Self {
        Self { root: runs_dir.join(experiment) }
    }

    /// A folder known to hold a sweep.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the sweep is to train: a [`super::Manifest`].
    pub fn manifest(&self) -> PathBuf {
        self.root.join("plan.json")
    }

    /// A copy of the experiment file.
    pub fn experiment(&self) -> PathBuf {
        self.root.join("experiment.toml")
    }

    /// SHA-256 of the plan and the copy of the experiment file.
    pub fn sums(&self) -> PathBuf {
        self.root.join("SHA256SUMS")
    }

    /// Who is at work in the folder: see [`super::lock`].
    pub fn locks(&self) -> PathBuf {
        self.root.join(".locks")
    }

    /// Where the experiment file lies that was planned here last: of this machine alone, and so
    /// apart from what reports are made of.
    pub fn source(&self) -> PathBuf {
        self.locks().join("source")
    }

    /// What of the sweep was given to a cluster: see the room `slurm`.
    pub fn slurm(&self) -> PathBuf {
        self.root.join(".slurm")
    }

    /// The resolved settings of a variant, for executors that train elsewhere.
    pub fn variant_settings(&self, variant: &str) -> PathBuf {
        self.root.join(variant).join("settings.toml")
    }

    /// Numbers per variant.
    pub fn summary_csv(&self) -> PathBuf {
        self.root.join("summary.csv")
    }

    /// The page of the report.
    pub fn report_html(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// The folder of one run.
    pub fn run(&self, variant: &str, seed: u64) -> RunPaths {
        RunPaths::at(self.root.join(variant).join(format!("seed-{seed}")))
    }
}

/// The folder of one run: `<sweep>/<variant>/seed-<n>/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPaths {
    root: PathBuf,
}

impl RunPaths {
    /// A folder known to hold a run.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file's name within the folder, with `/` between its parts.
    pub fn name(&self, path: &Path) -> String {
        let parts = path.strip_prefix(&self.root).unwrap_or(path).components();
        let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }

    /// Key, variant, seed: a [`super::RunRecord`].
    pub fn run(&self) -> PathBuf {
        self.root.join("run.json")
    }

    /// The resolved settings, as an experiment file could hold them.
    pub fn settings(&self) -> PathBuf {
        self.root.join("settings.toml")
    }

    /// The article's table, in its exact format.
    pub fn loss_csv(&self) -> PathBuf {
        self.root.join("loss.csv")
    }

    /// All metrics of each epoch.
    pub fn metrics_csv(&self) -> PathBuf {
        self.root.join("metrics.csv")
    }

    /// Seconds of each epoch: apart from results, which compare byte for byte.
    pub fn timing_csv(&self) -> PathBuf {
        self.root.join("timing.csv")
    }

    /// Where, when and with what the run was trained.
    pub fn environment(&self) -> PathBuf {
        self.root.join("environment.json")
    }

    /// TensorBoard's view of the run.
    pub fn events(&self) -> PathBuf {
        self.root.join("events.out.tfevents.0.cgan-sweep")
    }

    /// The sample grid after this number of epochs.
    pub fn samples(&self, epochs_done: u64) -> PathBuf {
        self.samples_dir().join(format!("epoch-{epochs_done:04}.png"))
    }

    /// The folder of the sample grids.
    pub fn samples_dir(&self) -> PathBuf {
        self.root.join("samples")
    }

    /// The sample grids over the epochs.
    pub fn samples_gif(&self) -> PathBuf {
        self.root.join("samples.gif")
    }

    /// A plot of its curves over the epochs.
    pub fn plot(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}.svg"))
    }

    /// The folder of the weights.
    pub fn weights_dir(&self) -> PathBuf {
        self.root.join("weights")
    }

    /// Weights after this number of epochs.
    pub fn weights(&self, epochs_done: u64) -> PathBuf {
        self.weights_dir().join(format!("epoch-{epochs_done:04}.safetensors"))
    }

    /// Weights at the end.
    pub fn last_weights(&self) -> PathBuf {
        self.weights_dir().join("last.safetensors")
    }

    /// The state to resume from: see [`super::checkpoint`].
    pub fn checkpoint(&self) -> PathBuf {
        self.root.join("checkpoint")
    }

    /// The checkpoint before the latest.
    pub fn previous_checkpoint(&self) -> PathBuf {
        self.root.join("checkpoint.previous")
    }

    /// From which other run the first part of this one was taken over, if it was.
    pub fn reused(&self) -> PathBuf {
        self.root.join("reused.json")
    }

    /// The scores of the run's end: a [`crate::run::Scores`].
    pub fn scores(&self) -> PathBuf {
        self.root.join("scores.json")
    }

    /// Signs of sickness: a list of [`crate::health::Light`]s.
    pub fn lights(&self) -> PathBuf {
        self.root.join("lights.json")
    }

    /// SHA-256 of every result file, for `sha256sum -c`.
    pub fn sums(&self) -> PathBuf {
        self.root.join("SHA256SUMS")
    }

    /// SHA-256 of the files that stand apart from the results, since they hold times and places.
    pub fn sums_apart(&self) -> PathBuf {
        self.root.join("SHA256SUMS.provenance")
    }

    /// The last word, written last: an [`crate::run::Outcome`].
    pub fn outcome(&self) -> PathBuf {
        self.root.join("outcome.json")
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::check_name;

    /// A variant's folder lies beside the sweep's own files, so none may have the name of one. The
    /// names are read from the text above, so that a new one cannot be forgotten.
    #[test]
    fn no_variant_can_be_named_like_a_file_of_the_sweep() {
        let text = include_str!("paths.rs");
        let sweep = text.split("pub struct RunPaths").next().unwrap();
        let own: Vec<&str> = sweep
            .split("self.root.join(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(own.contains(&"plan.json") && own.contains(&"SHA256SUMS"), "{own:?}");
        for name in own {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
