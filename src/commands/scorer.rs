//! `cgan-sweep scorer train`: makes the classifier whose features all scores use.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::data::DataSet;
use crate::record;
use crate::score::Scorer;
use crate::spec::DataSettings;

/// Flags of `scorer`.
#[derive(Args, Clone, Debug)]
pub struct ScorerArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with scorers.
#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Train the scorer of a data set: a minute or two on one core
    Train {
        /// Folder of IDX files; without it, the embedded MNIST
        #[arg(long, value_name = "DIR", default_value = "")]
        data: String,
        /// Where to write it
        #[arg(long, value_name = "FILE", default_value = "scorer.safetensors")]
        out: PathBuf,
    },
}

/// Trains, writes the file, and says what it is on `out`.
///
/// # Errors
/// If the data cannot be read, is too small, or the file cannot be written.
pub fn run(args: &ScorerArgs, out: &mut (dyn Write + Send)) -> Result<()> {
    let Action::Train { data, out: path } = &args.action;
    let data = DataSet::load(&DataSettings { dir: data.clone(), subset: 0 })?;
    let out = std::sync::Mutex::new(out);
    let say = |line: String| {
        let mut out = out.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // A closed pipe is no reason to stop training.
        let _ = writeln!(out, "{line}");
    };
    let scorer =
        Scorer::train(&data, &|epoch, loss| say(format!("epoch {epoch}: loss {loss:.4}")))?;
    record::write_whole(path, &scorer.to_bytes()?)?;
    let about = scorer.about();
    say(format!(
        "{}: accuracy {:.4} on {} of {}, trained on {}\nsha256 {}",
        path.display(),
        about.accuracy,
        about.measured_on,
        about.data,
        about.trained_on,
        scorer.hash()
    ));
    Ok(())
}
