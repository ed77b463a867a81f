//! What this process may take of the machine: its memory and CPUs, or less where a container, a
//! batch system or an affinity mask gives it less.
//!
//! Source: Linux's `Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/memory.rst`; proc(5)
//! for `mountinfo`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use sysinfo::{MemoryRefreshKind, System};

/// What the machine gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory; `None` where that is unknown.
    pub memory_bytes: Option<u64>,
    /// Which file says so, or that it is all there is.
    pub memory_from: String,
    /// CPUs that this process may use.
    pub cpus: usize,
    /// CPUs that the machine has: more where an affinity mask or a quota takes some away.
    pub cpus_there: usize,
}

impl Limits {
    /// This machine's.
    pub fn of_this_machine() -> Self {
        let mut system = System::new();
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        Self::under(Path::new("/"), Some(system.total_memory()).filter(|bytes| *bytes > 0))
    }

    /// No more memory than this.
    pub fn of_memory(bytes: u64) -> Self {
        Self { memory_bytes: Some(bytes), ..Self::default() }
    }

    /// Those that the files under a root folder tell, of a machine of so many bytes.
    fn under(root: &Path, machine: Option<u64>) -> Self {
        let groups = memory_limits(root).into_iter();
        let groups = groups.map(|(bytes, path)| (bytes, path.display().to_string()));
        let all = machine.map(|bytes| (bytes, "all of the machine's".to_owned()));
        let (memory_bytes, memory_from) = all
            .into_iter()
            .chain(groups)
            .min()
            .map_or_else(Default::default, |(n, from)| (Some(n), from));
        // Affinity and the quotas of control groups: the standard library follows both.
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let listed = fs::read_to_string(root.join("proc/cpuinfo")).unwrap_or_default();
        let listed = listed.lines().filter(|line| line.starts_with("processor")).count();
        Self { memory_bytes, memory_from, cpus, cpus_there: listed.max(cpus) }
    }
}

/// Every limit of memory that is set for this process, with the file that sets it.
fn memory_limits(root: &Path) -> Vec<(u64, PathBuf)> {
    let mut limits = Vec::new();
    let read = |path: &Path| fs::read_to_string(root.join(path.strip_prefix("/").unwrap_or(path)));
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let mounts = read(Path::new("/proc/self/mountinfo")).unwrap_or_default();
    for mount in mounts.lines().filter_map(Mount::of) {
        let Some(group) = mount.group(&groups) else { continue };
        // A group has no more than any group around it.
        for folder in group.ancestors().take_while(|folder| folder.starts_with(mount.point)) {
            let path = folder.join(mount.file());
            let limit = read(&path).ok().and_then(|text| text.trim().parse().ok());
            // `max` in version 2, and about 2^63 in version 1, mean none.
            limits.extend(limit.filter(|bytes| *bytes < 1 << 60).map(|bytes| (bytes, path)));
        }
    }
    limits
}

/// Where a hierarchy of groups that counts memory is mounted.
struct Mount<'a> {
    /// The group that is seen at `point`.
    root: &'a str,
    point: &'a str,
    /// 1, with a hierarchy a controller, or 2.
    version: u8,
}

impl<'a> Mount<'a> {
    /// A line of `mountinfo`, if it is of such a mount.
    fn of(line: &'a str) -> Option<Self> {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        let version = match (kind.next()?, kind.nth(1)) {
            ("cgroup2", _) => 2,
            ("cgroup", Some(options)) if options.split(',').any(|o| o == "memory") => 1,
            _ => return None,
        };
        Some(Self { root, point, version })
    }

    /// The folder of this process's group, by the lines of `/proc/self/cgroup`.
    fn group(&self, groups: &str) -> Option<PathBuf> {
        let path = groups.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            let is_it = match self.version {
                2 => controllers.is_empty(),
                _ => controllers.split(',').any(|c| c == "memory"),
            };
            is_it.then_some(path)
        })?;
        // A container may see its own group as the root of all.
        let below = Path::new(path).strip_prefix(self.root).unwrap_or(Path::new(""));
        let outside = below.components().any(|part| part == Component::ParentDir);
        let below = if outside { Path::new("") } else { below };
        Some(Path::new(self.point).join(below))
    }

    fn file(&self) -> &'static str {
        if self.version == 2 { "memory.max" } else { "memory.limit_in_bytes" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = "29 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1: &str = "31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                      36 25 0:33 / /sys/fs/cgroup/memory rw shared:16 - cgroup cgroup rw,memory\n";

    /// The limit that these files under a root tell, on a machine of 8 MB, and what sets it.
    fn limit(files: &[(&str, &str)]) -> (Option<u64>, String) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let limits = Limits::under(root.path(), Some(8_192_000));
        (limits.memory_bytes, limits.memory_from)
    }

    #[test]
    fn cpus_that_the_machine_has_are_counted_beside_those_that_may_be_used() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("proc")).unwrap();
        let cpu = |n: usize| format!("processor\t: {n}\nmodel name\t: x\nflags\t\t: processor\n\n");
        let all: String = (0..999).map(cpu).collect();
        fs::write(root.path().join("proc/cpuinfo"), all).unwrap();
        let limits = Limits::under(root.path(), None);
        assert_eq!(limits.memory_bytes, None);
        assert_eq!(limits.cpus_there, 999);
        assert!((1..999).contains(&limits.cpus));
    }

    #[test]
    fn without_groups_it_is_the_machines() {
        assert_eq!(limit(&[]), (Some(8_192_000), "all of the machine's".into()));
    }

    #[test]
    fn nested_groups_of_version_2_give_the_least_of_all_around() {
        let found = limit(&[
            ("/proc/self/cgroup", "0::/system.slice/job_7/step_0\n"),
            ("/proc/self/mountinfo", V2),
            ("/sys/fs/cgroup/system.slice/memory.max", "max\n"),
            ("/sys/fs/cgroup/system.slice/job_7/memory.max", "3000000\n"),
            ("/sys/fs/cgroup/system.slice/job_7/step_0/memory.max", "4000000\n"),
            ("/sys/fs/cgroup/other/memory.max", "1\n"),
        ]);
        assert_eq!(found, (Some(3_000_000), "/sys/fs/cgroup/system.slice/job_7/memory.max".into()));
    }

    #[test]
    fn version_1_and_a_container_that_sees_its_own_group_as_the_root() {
        let none = "9223372036854771712\n";
        let found = limit(&[
            ("/proc/self/cgroup", "5:cpu:/\n4:memory:/slurm/uid_0/job_1\n0::/\n"),
            ("/proc/self/mountinfo", V1),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", none),
            ("/sys/fs/cgroup/memory/slurm/uid_0/job_1/memory.limit_in_bytes", "5000000\n"),
        ]);
        let file = "/sys/fs/cgroup/memory/slurm/uid_0/job_1/memory.limit_in_bytes";
        assert_eq!(found, (Some(5_000_000), file.into()));

        // Docker mounts the container's own group, by its path outside.
        let docker = V1.replace("0:33 / ", "0:33 /docker/0abc ");
        let found = limit(&[
            ("/proc/self/cgroup", "4:cpu,memory:/docker/0abc\n"),
            ("/proc/self/mountinfo", &docker),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "6000000\n"),
        ]);
        assert_eq!(found.0, Some(6_000_000));

        // A group outside what is mounted: its own limits cannot be seen, those above can.
        let found = limit(&[
            ("/proc/self/cgroup", "0::/../elsewhere\n"),
            ("/proc/self/mountinfo", V2),
            ("/sys/fs/cgroup/memory.max", "7000000\n"),
        ]);
        assert_eq!(found.0, Some(7_000_000));
    }
}
