//! A run's key: the hash of all that can change its result, and of nothing else.

use sha2::{Digest, Sha256};

use super::DataFacts;
use super::version::TRAINER_VERSION;
use crate::model::Model;
use crate::spec::{ResolvedVariant, Settings};

/// Keys of the runs of one variant.
pub(super) struct Keys {
    /// Everything but the seed.
    whole: Sha256,
    /// The same without the run's length; `None` where the length acts from the first step.
    prefix: Option<Sha256>,
}

impl Keys {
    pub(super) fn new(
        model: &dyn Model,
        point: &ResolvedVariant,
        settings: &Settings,
        data: &DataFacts,
    ) -> Self {
        let (mut whole, mut prefix) = (Sha256::new(), Sha256::new());
        let facts = format!(
            "model {}\ntrainer {TRAINER_VERSION}\ndata {}\nclasses {}\nheight {}\nwidth {}\n",
            model.name(),
            data.hash,
            data.classes,
            data.height,
            data.width
        );
        whole.update(format!("run\n{facts}"));
        prefix.update(format!("prefix\n{facts}"));
        for line in point.in_key().lines() {
            let key = line.split(' ').next().unwrap_or_default();
            whole.update(line);
            whole.update("\n");
            if key != "train.epochs" && key != "train.steps" {
                prefix.update(line);
                prefix.update("\n");
            }
        }
        let depends = model.depends_on_length(settings);
        Self { whole, prefix: (!depends).then_some(prefix) }
    }

    /// The key of the run with this seed, hex.
    pub(super) fn run(&self, seed: u64) -> String {
        with_seed(&self.whole, seed)
    }

    /// What it shares with runs that differ in length alone, hex.
    pub(super) fn prefix(&self, seed: u64) -> Option<String> {
        self.prefix.as_ref().map(|prefix| with_seed(prefix, seed))
    }
}

fn with_seed(hash: &Sha256, seed: u64) -> String {
    let mut hash = hash.clone();
    hash.update(format!("seed {seed}\n"));
    format!("{:x}", hash.finalize())
}
