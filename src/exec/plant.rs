//! Faults planted in a run, to prove that it fails alone. Only `--plant`, which no help shows,
//! makes one.

use std::str::FromStr;

use crate::error::{Error, Result, bail};
use crate::plan::Run;
use crate::run::{Event, Recorder};

/// A fault in one run at one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plant {
    fault: Fault,
    /// `<variant>/seed-<n>`.
    run: String,
    step: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Panic,
    Abort,
    /// Takes memory until the system ends the process.
    Memory,
    Kill,
}

/// `panic@<variant>/seed-<n>@<step>`; also `abort`, `memory`, `kill`.
impl FromStr for Plant {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('@').collect();
        let [fault, run, step] = parts[..] else { bail!("not FAULT@VARIANT/seed-N@STEP") };
        let fault = match fault {
            "panic" => Fault::Panic,
            "abort" => Fault::Abort,
            "memory" => Fault::Memory,
            "kill" => Fault::Kill,
            _ => bail!("no such fault"),
        };
        Ok(Self { fault, run: run.to_owned(), step: step.parse()? })
    }
}

impl std::fmt::Display for Plant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fault = format!("{:?}", self.fault).to_lowercase();
        write!(f, "{fault}@{}@{}", self.run, self.step)
    }
}

impl Plant {
    /// What is planted in this run.
    pub(super) fn for_run(&self, run: &Run) -> Self {
        let here = self.run == format!("{}/seed-{}", run.variant_name, run.seed);
        Self { fault: if here { self.fault } else { Fault::None }, ..self.clone() }
    }
}

impl Recorder for Plant {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        match (event, self.fault) {
            (Event::Step { step, .. }, fault) if *step == self.step => match fault {
                Fault::None => {}
                Fault::Panic => panic!("planted"),
                Fault::Abort => std::process::abort(),
                Fault::Memory => {
                    let mut taken: Vec<Vec<u8>> = Vec::new();
                    loop {
                        taken.push(vec![1; 1 << 26]);
                    }
                }
                Fault::Kill => {
                    let this = std::process::id().to_string();
                    std::process::Command::new("kill").args(["-9", &this]).status()?;
                }
            },
            _ => {}
        }
        Ok(())
    }
}
