//! Each run in a process of its own: an abort, or a kill for want of memory, is one run's failure.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::LogSink;
use super::event_stream;
use super::executor::{Executor, unrecorded};
use super::job::Job;
use super::status::Rerun;
use crate::error::{Context, Error, Result};
use crate::plan::Run;
use crate::record::lease::{Acquired, Lease};
use crate::record::{Progress, SweepPaths, record_failure};
use crate::run::{Outcome, OutcomeKind};
use crate::train::StopFlag;

/// Trains each run through `run-one` of a program: this one.
pub struct Isolated<'a> {
    /// The program.
    pub program: PathBuf,
    /// Arguments of `run-one` that are the same for every run.
    pub arguments: Vec<OsString>,
    /// Where the records go.
    pub paths: SweepPaths,
    /// Set when runs shall stop.
    pub stop: &'a StopFlag,
    /// Which outcomes do not stand.
    pub rerun: Rerun,
    /// What a person watches.
    pub progress: Option<&'a Progress>,
    /// What a person should know.
    pub notes: LogSink<'a>,
}

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Of what a child says last, this many lines are kept for the reason of its failure.
const LAST_WORDS: usize = 5;

impl Executor for Isolated<'_> {
    fn execute(&self, job: &Job<'_>, slot: usize) -> Outcome {
        let mut watch = self.progress.map(|progress| progress.slot(slot));
        if let Some(watch) = &mut watch {
            watch.begin(job.run, job.steps);
        }
        let mut ended = None;
        let mut tell = |line: &str| match (event_stream::ended(line), &mut watch) {
            (Some(outcome), _) => ended = Some(outcome),
            (None, Some(watch)) => event_stream::tell(line, watch),
            (None, None) => {}
        };
        let followed = self.spawn(job.run).and_then(|child| self.follow(child, &mut tell));
        let outcome = match (ended, followed) {
            (Some(outcome), Ok((_, words))) => {
                words.iter().for_each(|line| self.notes.say(line));
                outcome
            }
            (None, Ok((status, words))) => self.silent(job.run, status, &words),
            (_, Err(error)) => unrecorded(format!("{error:#}")),
        };
        if let Some(watch) = &mut watch {
            watch.end(&outcome);
        }
        outcome
    }
}

impl Isolated<'_> {
    fn spawn(&self, run: &Run) -> Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg("run-one").arg(self.paths.root()).arg(&run.variant_name);
        command.arg(run.seed.to_string()).arg("--relay").args(&self.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().with_context(|| format!("cannot start {}", self.program.display()))
    }

    /// Waits for a child's end, and asks it to stop when all shall: it does when its standard
    /// input ends, which it also does when this process is killed.
    fn follow(
        &self,
        mut child: Child,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(ExitStatus, Vec<String>)> {
        let mut stdin = child.stdin.take();
        let events = lines(child.stdout.take().context("no standard output")?)?;
        let words = lines(child.stderr.take().context("no standard error")?)?;
        let status = loop {
            events.try_iter().for_each(|line| tell(&line));
            if self.stop.load(Ordering::Relaxed) {
                stdin = None;
            }
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(LOOK);
        };
        drop(stdin);
        events.iter().for_each(|line| tell(&line));
        Ok((status, words.iter().collect()))
    }

    /// How the run of a child that has ended did without saying so.
    fn silent(&self, run: &Run, status: ExitStatus, words: &[String]) -> Outcome {
        let last = &words[words.len().saturating_sub(LAST_WORDS)..];
        let said = if last.is_empty() { String::new() } else { format!(": {}", last.join("; ")) };
        if status.code().is_some_and(|code| code != PANICKED) {
            // It ended by itself and had a reason to leave no outcome.
            return unrecorded(format!("its process ended with {status}{said}"));
        }
        let status = status.to_string();
        let killed = status.contains("SIGKILL");
        let hint = if killed { ", as the system does when memory runs out" } else { "" };
        let reason = format!("its process was ended by {status}{hint}{said}");
        let kind = OutcomeKind::Failed;
        self.record(run, Outcome { kind, steps: 0, epochs: 0, reason })
    }

    /// Takes the dead child's place and records its failure.
    fn record(&self, run: &Run, mut outcome: Outcome) -> Outcome {
        let place = self.paths.run(&run.variant_name, run.seed);
        let stands = |outcome: &Outcome| self.rerun.keeps(&place, run, outcome);
        let written = match Lease::acquire(&place, &stands, false) {
            Ok(Acquired::Ours(lease)) => record_failure(&place, run, &outcome, Some(&lease)),
            // It had written its outcome before it died, or somebody else goes on with it.
            Ok(Acquired::Ended(outcome)) => return outcome,
            Ok(Acquired::Held(holder)) => {
                Err(Error::invalid(format!("{} is training it", holder.describe())))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            outcome.reason += &format!("; and this could not be recorded: {error:#}");
        }
        outcome
    }
}

/// Exit status of a Rust program whose main thread panicked.
const PANICKED: i32 = 101;

/// The lines of a stream as they come; ends with it.
fn lines(stream: impl Read + Send + 'static) -> Result<Receiver<String>> {
    let (send, receive) = channel();
    let read = move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().spawn(read).context("cannot start a thread")?;
    Ok(receive)
}
