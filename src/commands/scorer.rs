//! `cgan-sweep scorer train`: makes the classifier whose features all scores use.

use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::cli::{ScorerAction, ScorerArgs};
use crate::data::DataSet;
use crate::record;
use crate::score::Scorer;
use crate::spec::DataSettings;

/// The scorer of this set; where one has to be trained first, that is said on standard error.
///
/// # Errors
/// If the set is too small, or the scorer cannot be kept in `dir`.
pub(super) fn of(data: &DataSet, dir: &Path) -> Result<Scorer> {
    if Scorer::find(data, dir)?.is_none() {
        let (name, dir) = (&data.name, dir.display());
        // Not on standard output, which may be a table that a script reads.
        let _ = writeln!(
            std::io::stderr(),
            "training the scorer of {name}, a minute or two; it is kept in {dir}"
        );
    }
    Ok(Scorer::load(data, dir)?)
}

/// Trains, writes the file, and says what it is on `out`.
///
/// # Errors
/// If the data cannot be read, is too small, or the file cannot be written.
pub(super) fn run(args: &ScorerArgs, out: &mut (dyn Write + Send)) -> Result<()> {
    let ScorerAction::Train { data, out: path } = &args.action;
    let data = DataSet::load(&DataSettings::named_or_at(data))?;
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
