//! `[executor.slurm]` of a site's and a user's file: what a cluster wants is said once.
//!
//! Places are those of the XDG base directory specification, version 0.8: `cgan-sweep/config.toml`
//! in each folder of `XDG_CONFIG_DIRS` (`/etc/xdg`), then in `XDG_CONFIG_HOME` (`~/.config`).

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::SlurmError;
use super::options::Options;

const FILE: &str = "cgan-sweep/config.toml";

impl Options {
    /// The options of the site's file, the user's, and then of the command line: later ones replace
    /// earlier ones.
    ///
    /// # Errors
    /// A file that cannot be read or that is not understood, or an option that cannot be.
    pub fn gather(
        flags: &[String],
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SlurmError> {
        let mut options = Self::default();
        for path in files(variable) {
            if let Some(table) = table(&path)? {
                options.take(&table, &format!("{}: [executor.slurm]", path.display()))?;
            }
        }
        options.take_flags(flags)?;
        Ok(options)
    }
}

/// Where options may stand, the weakest first.
fn files(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let sites = set("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
    // The first of them is the most important one.
    let mut folders: Vec<PathBuf> = std::env::split_paths(&sites).collect();
    folders.reverse();
    let home = set("HOME").map(|home| Path::new(&home).join(".config"));
    folders.extend(set("XDG_CONFIG_HOME").map(PathBuf::from).or(home));
    folders.retain(|folder| folder.is_absolute());
    folders.into_iter().map(|folder| folder.join(FILE)).collect()
}

/// The table `[executor.slurm]` of a file, if there is one.
fn table(path: &Path) -> Result<Option<toml::Table>, SlurmError> {
    let wrong = |problem: String| SlurmError::Option { place: path.display().to_string(), problem };
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| wrong(format!("cannot be read: {error}")))?,
    };
    let mut file: toml::Table = text.parse().map_err(|error| wrong(format!("{error}")))?;
    let within = |table: &mut toml::Table, name: &str| match table.remove(name) {
        Some(toml::Value::Table(inner)) => Ok(Some(inner)),
        None => Ok(None),
        Some(_) => Err(wrong(format!("{name} is a table"))),
    };
    let Some(mut executors) = within(&mut file, "executor")? else {
        return unknown(&file, "").map_or(Ok(None), |problem| Err(wrong(problem)));
    };
    let slurm = within(&mut executors, "slurm")?;
    match unknown(&file, "").or_else(|| unknown(&executors, "executor.")) {
        Some(problem) => Err(wrong(problem)),
        None => Ok(slurm),
    }
}

fn unknown(table: &toml::Table, within: &str) -> Option<String> {
    let name = table.keys().next()?;
    Some(format!("there is no {within}{name}; this file holds [executor.slurm]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(dir: &Path, flags: &[&str]) -> Result<Options, String> {
        let variable = |name: &str| match name {
            "XDG_CONFIG_DIRS" => Some(dir.join("site").into_os_string()),
            "HOME" => Some(dir.join("home").into_os_string()),
            _ => None,
        };
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let shown = |error: SlurmError| error.to_string().replace(&*dir.to_string_lossy(), "DIR");
        Options::gather(&flags, variable).map_err(shown)
    }

    fn write(dir: &Path, place: &str, text: &str) {
        let path = dir.join(place).join(FILE);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn later_places_replace_earlier_ones() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(gather(dir.path(), &[]), Ok(Options::default()));
        let site = "[executor.slurm]\naccount = \"lab\"\npartition = \"long\"\ncpus = 4\n\
            exclusive = true\nat_once = 10\nsetup = [\"module load x\"]\n";
        write(dir.path(), "site", site);
        write(dir.path(), "home/.config", "[executor.slurm]\npartition = 'mine'\nmemory = '2G'\n");
        let flags = ["cpus=2", "qos=high", "exclusive=false"];
        let options = gather(dir.path(), &flags).unwrap();
        let sbatch: Vec<String> = options
            .sbatch
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            sbatch,
            ["account=lab", "cpus-per-task=2", "mem=2G", "partition=mine", "qos=high"]
        );
        assert_eq!((options.at_once, options.cpus().unwrap()), (Some(10), 2));
        assert_eq!(options.setup, ["module load x"]);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let said = |flag: &str| gather(dir.path(), &[flag]).unwrap_err();
        let mut all = Vec::new();
        for flag in [
            "array=0-3",
            "no_requeue",
            "at-once=3",
            "at_once=0",
            "runs_per_tasks=3",
            "signal_before=soon",
            "task_minutes=-1",
            "Qos=high",
            "=3",
            "comment=a\"b",
        ] {
            all.push(said(flag));
        }
        all.push(gather(dir.path(), &["cpus=many"]).unwrap().cpus().unwrap_err().to_string());
        for text in ["[executor.slurm", "[executor.slum]\nx = 1", "slurm = 1", "executor = 3"] {
            write(dir.path(), "site", text);
            all.push(gather(dir.path(), &[]).unwrap_err());
        }
        write(dir.path(), "site", "[executor.slurm]\ntime = [1]\n");
        all.push(gather(dir.path(), &[]).unwrap_err());
        insta::assert_snapshot!(all.join("\n"), @r#"
        --slurm array=0-3: a sweep sets array itself
        --slurm no_requeue: a sweep sets no-requeue itself
        --slurm at-once=3: there is no at-once; did you mean at_once?
        --slurm at_once=0: at_once is a whole number from 1
        --slurm runs_per_tasks=3: there is no runs_per_tasks; did you mean runs_per_task?
        --slurm signal_before=soon: signal_before is a whole number from 1
        --slurm task_minutes=-1: task_minutes is a number from 0
        --slurm Qos=high: "Qos" is no option of sbatch
        --slurm =3: "" is no option of sbatch
        --slurm comment=a"b: comment holds a quote, a backslash or a control character
        cpus: is a whole number from 1
        DIR/site/cgan-sweep/config.toml: TOML parse error at line 1, column 16
          |
        1 | [executor.slurm
          |                ^
        unclosed table, expected `]`

        DIR/site/cgan-sweep/config.toml: there is no executor.slum; this file holds [executor.slurm]
        DIR/site/cgan-sweep/config.toml: there is no slurm; this file holds [executor.slurm]
        DIR/site/cgan-sweep/config.toml: executor is a table
        DIR/site/cgan-sweep/config.toml: [executor.slurm]: time is a text, a number, or true
        "#);
    }
}
