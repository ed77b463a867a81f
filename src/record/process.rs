//! Which process holds something, so that what the dead held can be told from what is in use.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

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
    /// Which system it runs in, of all that machines of this name have started; empty where
    /// unknown, as in records of older versions.
    #[serde(default)]
    pub boot: String,
    /// Within which its number means something: each container of a system has its own.
    #[serde(default)]
    pub pid_namespace: String,
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
            let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
            let boot = boot.unwrap_or_default().chars().take_while(|&c| c != '-').collect();
            // `pid:[4026531836]`
            let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
            let namespace = namespace.to_string_lossy();
            let pid_namespace = namespace.chars().filter(char::is_ascii_digit).collect();
            Process { pid, start: start_of(pid).unwrap_or(0), host, boot, pid_namespace }
        });
        THIS.clone()
    }

    /// Whether it may still be at work. It keeps `file` locked as long as it lives, which tells
    /// where its number does not: in another container. Of a process on another machine nobody can
    /// tell.
    pub fn may_live(&self, file: &Path) -> bool {
        let this = Self::this();
        let same_system = !self.boot.is_empty() && self.boot == this.boot;
        if same_system && self.pid_namespace != this.pid_namespace {
            return is_locked(file).unwrap_or(true);
        }
        !same_system && self.host != this.host
            || *self == this
            || start_of(self.pid).is_some_and(|s| s.abs_diff(self.start) <= START_TOLERANCE)
    }

    /// Who it is and since when, for a message.
    pub fn describe(&self) -> String {
        let since = std::time::UNIX_EPOCH + std::time::Duration::from_secs(self.start);
        let since = humantime::format_rfc3339_seconds(since);
        format!("process {} on {}, at work since {since}", self.pid, self.host)
    }
}

/// Locks a file until what this returns is dropped, or the process ends however it does; none where
/// the disk has no locks.
pub(super) fn keep_locked(path: &Path) -> Option<File> {
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    // Whoever looks whether it is locked holds it for a moment.
    for _ in 0..50 {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Whether a process of this system has the file locked; none where that cannot be told.
fn is_locked(path: &Path) -> Option<bool> {
    match OpenOptions::new().read(true).write(true).open(path).ok()?.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
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
        write!(f, "{}-{}-", self.pid, self.start)?;
        if !self.boot.is_empty() || !self.pid_namespace.is_empty() {
            write!(f, "{}_{}@", self.boot, self.pid_namespace)?;
        }
        f.write_str(&self.host)
    }
}

impl FromStr for Process {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().ok_or(());
        let pid = next()?.parse().map_err(|_| ())?;
        let start = next()?.parse().map_err(|_| ())?;
        let rest = next()?;
        // An older version wrote the host alone.
        let (system, host) = rest.split_once('@').unwrap_or(("_", rest));
        let (boot, pid_namespace) = system.split_once('_').ok_or(())?;
        let [host, boot, pid_namespace] = [host, boot, pid_namespace].map(str::to_owned);
        Ok(Self { pid, start, host, boot, pid_namespace })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_told_from_the_dead() {
        let this = Process::this();
        let none = Path::new("/none");
        assert!(this.start > 1_000_000_000 && this.may_live(none));
        assert_eq!(this.to_string().parse(), Ok(this.clone()));
        // The number was given to another process since.
        assert!(!Process { start: this.start - 60, ..this.clone() }.may_live(none));
        let elsewhere = Process { host: "elsewhere".into(), start: 1, ..this.clone() };
        assert!(Process { boot: "another".into(), ..elsewhere.clone() }.may_live(none));
        assert!(Process { boot: String::new(), ..elsewhere.clone() }.may_live(none));
        // Only the name of this machine has changed, or it was started anew.
        assert!(!elsewhere.may_live(none));
        assert!(!Process { boot: "before".into(), start: 1, ..this.clone() }.may_live(none));
        let older = Process { boot: String::new(), pid_namespace: String::new(), ..this.clone() };
        assert_eq!(older.to_string(), format!("{}-{}-{}", this.pid, this.start, this.host));
        assert_eq!(older.to_string().parse(), Ok(older.clone()));
        assert!(older.may_live(none));

        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let child_process =
            Process { pid: child.id(), start: start_of(child.id()).unwrap(), ..this };
        assert!(child_process.may_live(none));
        child.kill().unwrap();
        // Dead, though nobody has asked for its exit status yet.
        let ended = || !child_process.may_live(none);
        assert!((0..1000).any(|_| ended() || {
            std::thread::yield_now();
            std::thread::sleep(std::time::Duration::from_millis(5));
            false
        }));
        child.wait().unwrap();
        assert!(ended());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_living_of_another_container_are_told_by_what_they_keep_locked() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, "").unwrap();
        let this = Process::this();
        // The same number and host name, and on another day another name.
        for host in [this.host.as_str(), "yesterday"] {
            let there =
                Process { pid_namespace: "1".into(), host: host.to_owned(), ..this.clone() };
            let lock = keep_locked(&file).unwrap();
            assert!(there.may_live(&file));
            drop(lock);
            assert!(!there.may_live(&file));
            // Without a file nobody can tell.
            assert!(there.may_live(&dir.path().join("none")));
        }
    }
}
