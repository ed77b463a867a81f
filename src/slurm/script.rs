//! The scripts that `sbatch` is given.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::options::Options;

/// What a job runs: a program, somewhere.
#[derive(Clone, Debug)]
pub struct Command<'a> {
    /// Where it starts: relative places in settings are relative to it.
    pub folder: &'a Path,
    /// The program.
    pub program: &'a Path,
    /// What it is told.
    pub arguments: Vec<OsString>,
}

/// An array of tasks.
#[derive(Clone, Debug)]
pub struct Array<'a> {
    /// A name that no other job has.
    pub name: &'a str,
    /// How many tasks.
    pub tasks: usize,
    /// Bytes of memory that a task needs.
    pub memory: u64,
    /// Where logs go, relative to where `sbatch` is called.
    pub logs: &'a str,
}

/// Bytes of memory for the report.
const REPORT_MEMORY: u64 = 2_000_000_000;

/// The script of an array. A task is sent USR1 before its time is up and may start over.
///
/// It ends in `exec`: the signal goes to the batch script's own process, and a shell that waited for
/// the program would die of it.
pub fn array(array: &Array<'_>, options: &Options, command: &Command<'_>) -> Vec<u8> {
    let last = array.tasks.saturating_sub(1);
    let throttle = options.at_once.map_or(String::new(), |most| format!("%{most}"));
    let mut head = vec![
        format!("job-name={}", array.name),
        format!("array=0-{last}{throttle}"),
        "nodes=1".to_owned(),
        "ntasks=1".to_owned(),
        "requeue".to_owned(),
        "open-mode=append".to_owned(),
        format!("signal=B:USR1@{}", options.signal_before),
        format!("output={}/%a.log", array.logs),
    ];
    if !options.has_memory() {
        head.push(format!("mem={}M", megabytes(array.memory)));
    }
    head.extend(options.sbatch.iter().map(written));
    script(&head, options, command)
}

/// The script of the job that makes the report once these arrays have ended, however they did.
pub fn report(
    name: &str,
    logs: &str,
    after: &[String],
    options: &Options,
    command: &Command<'_>,
) -> Vec<u8> {
    let mut head = vec![
        format!("job-name={name}"),
        format!("dependency=afterany:{}", after.join(":")),
        // One that can never start is no use in the queue.
        "kill-on-invalid-dep=yes".to_owned(),
        "nodes=1".to_owned(),
        "ntasks=1".to_owned(),
        "open-mode=append".to_owned(),
        format!("output={logs}/report.log"),
        format!("mem={}M", megabytes(REPORT_MEMORY)),
    ];
    head.extend(options.of_report().map(written));
    script(&head, options, command)
}

fn script(head: &[String], options: &Options, command: &Command<'_>) -> Vec<u8> {
    let mut text = String::from("#!/bin/sh\n");
    for option in head {
        let _ = writeln!(text, "#SBATCH --{option}");
    }
    for line in &options.setup {
        let _ = writeln!(text, "{line}");
    }
    let mut script = text.into_bytes();
    script.extend(b"cd ");
    script.extend(quoted(command.folder.as_os_str()));
    script.extend(b" || exit\nexec ");
    script.extend(quoted(command.program.as_os_str()));
    for argument in &command.arguments {
        script.push(b' ');
        script.extend(quoted(argument));
    }
    script.push(b'\n');
    script
}

/// An option as it stands in a script.
fn written((name, value): (&String, &Option<String>)) -> String {
    match value {
        None => name.clone(),
        Some(value) if value.contains(' ') => format!("{name}=\"{value}\""),
        Some(value) => format!("{name}={value}"),
    }
}

/// As a POSIX shell reads it. No path and no argument of a program holds a null byte.
fn quoted(word: &OsStr) -> Vec<u8> {
    shlex::bytes::try_quote(word.as_bytes()).map(|word| word.into_owned()).unwrap_or_default()
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_end_in_exec_whatever_the_places_are_called() {
        let mut options = Options::default();
        let flags = ["partition=gpu", "cpus=4", "exclusive", "comment=two words", "gres=gpu:1"];
        options.take_flags(&flags.map(str::to_owned)).unwrap();
        options.take_flags(&["at_once=20", "setup=module load x"].map(str::to_owned)).unwrap();
        let command = |arguments: &[&str]| Command {
            folder: Path::new("/home/o'hara/a \"b\" $HOME"),
            program: Path::new("/opt/cgan sweep"),
            arguments: arguments.iter().map(OsString::from).collect(),
        };
        let name = "cgan-pieces-1";
        let tasks = Array { name, tasks: 100, memory: 300_000_000, logs: ".slurm/1" };
        let text = array(&tasks, &options, &command(&["run-task", "/runs/pieces", "1"]));
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r#"
        #!/bin/sh
        #SBATCH --job-name=cgan-pieces-1
        #SBATCH --array=0-99%20
        #SBATCH --nodes=1
        #SBATCH --ntasks=1
        #SBATCH --requeue
        #SBATCH --open-mode=append
        #SBATCH --signal=B:USR1@120
        #SBATCH --output=.slurm/1/%a.log
        #SBATCH --comment="two words"
        #SBATCH --cpus-per-task=4
        #SBATCH --exclusive
        #SBATCH --gres=gpu:1
        #SBATCH --partition=gpu
        module load x
        cd "/home/o'hara/a \"b\" "'$HOME' || exit
        exec '/opt/cgan sweep' run-task /runs/pieces 1
        "#);
        let after = ["7".to_owned(), "9".to_owned()];
        let text = report("cgan-1-r", ".slurm/2", &after, &options, &command(&["report", "/runs"]));
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r#"
        #!/bin/sh
        #SBATCH --job-name=cgan-1-r
        #SBATCH --dependency=afterany:7:9
        #SBATCH --kill-on-invalid-dep=yes
        #SBATCH --nodes=1
        #SBATCH --ntasks=1
        #SBATCH --open-mode=append
        #SBATCH --output=.slurm/2/report.log
        #SBATCH --mem=1908M
        #SBATCH --partition=gpu
        module load x
        cd "/home/o'hara/a \"b\" "'$HOME' || exit
        exec '/opt/cgan sweep' report /runs
        "#);
        let text = array(&tasks, &Options::default(), &command(&[]));
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("#SBATCH --array=0-99\n") && text.contains("#SBATCH --mem=287M\n"));
    }
}
