//! `new NAME`: an experiment to start from, written beside oneself.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::exit::{Exit, Usage};
use crate::cli::NewArgs;
use crate::gan::Cgan;
use crate::model::Model;
use crate::spec::{check_name, closest};

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/", $name, ".toml")))),+]
    };
}

/// The experiments that come with the program, all of CGANs: name and text.
const SHIPPED: [(&str, &str); 18] = shipped!(
    "quickstart",
    "article",
    "article_to_paper",
    "article_to_tuned",
    "benchmark",
    "label_embedding",
    "maxout_mode",
    "maxout_mode_article",
    "maxout_pieces",
    "maxout_pieces_article",
    "maxout_units",
    "noise_dim",
    "noise_dim_article",
    "optimizers",
    "paper",
    "parity",
    "search",
    "tuned",
);

/// Writes `NAME.toml`, or lists what there is to start from.
///
/// # Errors
/// If the file is there already, cannot be written, or no experiment has the name asked for.
pub(super) fn run(model: &dyn Model, args: &NewArgs, out: &mut dyn Write) -> Result<Exit> {
    if model.name() != Cgan.name() {
        let why = "no experiments come with this program; `defaults` prints its settings";
        return Err(Usage(why.to_owned()).into());
    }
    let Some(name) = args.name.as_deref() else {
        let width = SHIPPED.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in SHIPPED {
            writeln!(out, "{name:width$}  {}", question(text)?)?;
        }
        return Ok(Exit::Completed);
    };
    let name = name.strip_suffix(".toml").unwrap_or(name);
    if Path::new(name).file_name() != Some(name.as_ref()) {
        return Err(Usage(format!("`{name}` is a path: give a name, such as my_question")).into());
    }
    if let Err(why) = check_name(name) {
        let why = format!("an experiment's name is its folder's too, and {name:?} {why}");
        return Err(Usage(why).into());
    }
    let text = text(&args.like)?;
    let file = format!("{name}.toml");
    write_new(Path::new(&file), text)?;
    writeln!(out, "{file}: as {}; next: cgan-sweep plan {file}", args.like)?;
    Ok(Exit::Completed)
}

fn text(name: &str) -> Result<&'static str, Usage> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return Ok(text);
    }
    let names = SHIPPED.map(|(name, _)| name);
    let meant = closest(name, names).map(|n| format!("; did you mean `{n}`?"));
    let (meant, names) = (meant.unwrap_or_default(), names.join(", "));
    Err(Usage(format!("no experiment `{name}` comes with the program{meant}\n  there are {names}")))
}

/// The question that an experiment asks.
fn question(text: &str) -> Result<String> {
    let file: toml::Table = text.parse()?;
    let question = file.get("experiment").and_then(|e| e.get("question")).and_then(|q| q.as_str());
    Ok(question.unwrap_or_default().to_owned())
}

fn write_new(file: &Path, text: &str) -> Result<()> {
    let written = OpenOptions::new().write(true).create_new(true).open(file);
    match written.and_then(|mut file| file.write_all(text.as_bytes())) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Usage(format!("{} is there already: choose another name", file.display())).into())
        }
        written => written.with_context(|| format!("cannot write {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_experiment_of_the_repository_is_shipped_and_says_its_question() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let there: BTreeSet<String> =
            files.map(|f| f.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(
            SHIPPED.map(|(name, _)| name.to_owned()).into_iter().collect::<BTreeSet<_>>(),
            there
        );
        for (name, text) in SHIPPED {
            assert!(!question(text).unwrap().is_empty(), "{name}");
        }
    }
}
