//! Which process holds something, so that what the dead held can be told from what is in use.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

/// A process on some machine. Its start tells it from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it started, seconds since 1970.
    pub start: u64,
    /// The machine's name.
    pub host: String,
}

/// The system derives a start from its own, which may be corrected by a second while it runs.
const START_TOLERANCE: u64 = 2;

impl Process {
    /// This process.
    pub fn this() -> Self {
        static THIS: LazyLock<Process> = LazyLock::new(|| {
            let pid = std::process::id();
            let host = System::host_name().unwrap_or_default();
            // It becomes part of a file name.
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            let host = host.chars().map(|c| if plain(c) { c } else { '_' }).take(64).collect();
            Process { pid, start: start_of(pid).unwrap_or(0), host }
        });
        THIS.clone()
    }

    /// Whether it may still be at work. Of a process on another machine nobody can tell.
    pub fn may_live(&self) -> bool {
        let this = Self::this();
        self.host != this.host
            || *self == this
            || start_of(self.pid).is_some_and(|s| s.abs_diff(self.start) <= START_TOLERANCE)
    }

    /// Whether any process of this machine has this number.
    pub(super) fn exists(pid: u32) -> bool {
        start_of(pid).is_some()
    }

    /// Who it is and since when, for a message.
    pub fn describe(&self) -> String {
        let since = std::time::UNIX_EPOCH + std::time::Duration::from_secs(self.start);
        let since = humantime::format_rfc3339_seconds(since);
        format!("process {} on {}, at work since {since}", self.pid, self.host)
    }
}

/// When the process of this number started; none if there is none, or only its remains.
fn start_of(pid: u32) -> Option<u64> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    let wanted = ProcessesToUpdate::Some(&[pid]);
    system.refresh_processes_specifics(wanted, true, ProcessRefreshKind::nothing());
    let process = system.process(pid)?;
    let ended = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
    (!ended).then(|| process.start_time())
}

/// As part of a file name.
impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.pid, self.start, self.host)
    }
}

impl FromStr for Process {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().ok_or(());
        let pid = next()?.parse().map_err(|_| ())?;
        let start = next()?.parse().map_err(|_| ())?;
        Ok(Self { pid, start, host: next()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_told_from_the_dead() {
        let this = Process::this();
        assert!(this.start > 1_000_000_000 && this.may_live());
        assert_eq!(this.to_string().parse(), Ok(this.clone()));
        // The number was given to another process since.
        assert!(!Process { start: this.start - 60, ..this.clone() }.may_live());
        assert!(Process { host: "elsewhere".into(), start: 1, ..this.clone() }.may_live());

        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let child_process =
            Process { pid: child.id(), start: start_of(child.id()).unwrap(), ..this };
        assert!(child_process.may_live());
        child.kill().unwrap();
        // Dead, though nobody has asked for its exit status yet.
        let ended = || !child_process.may_live();
        assert!((0..1000).any(|_| ended() || {
            std::thread::yield_now();
            std::thread::sleep(std::time::Duration::from_millis(5));
            false
        }));
        child.wait().unwrap();
        assert!(ended());
    }
}
