//! What `squeue` says of the tasks of an array.

use std::collections::BTreeMap;

/// The columns that are asked for: array, tasks, state, reason, node.
pub(super) const FORMAT: &str = "%F|%K|%T|%r|%N";

/// How a task stands with the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskState {
    /// Slurm's word, such as `PENDING`.
    pub state: String,
    /// Why it is so, such as `Priority`; `None` for nothing in particular.
    pub reason: String,
    /// The node that it runs or ran on, if any.
    pub node: String,
}

/// States that a task does not leave by itself. Any other word is one of a task that goes on: what is
/// unknown is not gone.
const ENDED: [&str; 10] = [
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
];

impl TaskState {
    /// Whether it waits or works.
    pub fn is_active(&self) -> bool {
        !ENDED.contains(&self.state.as_str())
    }

    /// Whether it waits.
    pub fn waits(&self) -> bool {
        ["PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"]
            .contains(&self.state.as_str())
    }

    /// Why it will never start by itself, and what can be done, if that is so.
    pub fn stuck(&self, task: &str) -> Option<String> {
        if !self.waits() {
            return None;
        }
        let reason = self.reason.to_ascii_lowercase().replace(['_', ' '], "");
        let cancel = "`cgan-sweep cancel DIR` and submit with other options";
        let what = match reason.as_str() {
            "jobheldadmin" => "held by an administrator, who alone can release it".to_owned(),
            r if r.contains("held") || self.state == "REQUEUE_HOLD" => {
                format!("held ({}): `scontrol release {task}` frees it", self.reason)
            }
            "partitionconfig" | "badconstraints" | "nodeconfig" => {
                format!("no node has what is asked for ({}): {cancel}", self.reason)
            }
            "partitiontimelimit" => {
                format!("it asks for more time than the partition gives: {cancel}")
            }
            "dependencyneversatisfied" => {
                format!("what it waits for cannot happen any more: {cancel}")
            }
            r if r.contains("invalid") => format!("{}: {cancel}", self.reason),
            _ => return None,
        };
        Some(what)
    }
}

/// How the tasks of one job stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct States {
    tasks: BTreeMap<u32, TaskState>,
    /// Of a job that is no array.
    single: Option<TaskState>,
}

impl States {
    /// Reads what was asked for with [`FORMAT`]; any other line is passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut states = Self::default();
        for line in text.lines() {
            let mut parts = line.splitn(5, '|').map(str::trim);
            let mut next = || parts.next();
            let (Some(_), Some(tasks), Some(state), Some(reason), Some(node)) =
                (next(), next(), next(), next(), next())
            else {
                continue;
            };
            let [state, reason, node] = [state, reason, node].map(str::to_owned);
            let state = TaskState { state, reason, node };
            match indices(tasks) {
                Some(indices) => {
                    states.tasks.extend(indices.into_iter().map(|i| (i, state.clone())));
                }
                None => states.single = Some(state),
            }
        }
        states
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.single.is_none()
    }

    /// How a task stands; none if the cluster has forgotten it, as it does minutes after its end.
    pub fn task(&self, index: u32) -> Option<&TaskState> {
        self.tasks.get(&index).or(self.single.as_ref())
    }

    /// Whether any of them waits or works.
    pub fn any_active(&self) -> bool {
        self.tasks.values().chain(&self.single).any(TaskState::is_active)
    }
}

/// `4-9%4`, `1-999:2`, `1,3`; none if it is no list of tasks.
fn indices(text: &str) -> Option<Vec<u32>> {
    let text = text.split('%').next()?;
    let mut all = Vec::new();
    for part in text.split(',') {
        let (range, step) = part.split_once(':').unwrap_or((part, "1"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
        all.extend((first..=last).step_by(step.parse::<usize>().ok().filter(|s| *s > 0)?));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tasks_are_read_as_squeue_writes_them() {
        assert_eq!(indices("7"), Some(vec![7]));
        assert_eq!(indices("4-9%4"), Some(vec![4, 5, 6, 7, 8, 9]));
        assert_eq!(indices("1-9:4,20"), Some(vec![1, 5, 9, 20]));
        assert_eq!(indices("1,3-4"), Some(vec![1, 3, 4]));
        for other in ["N/A", "", "1-", "1-5:0", "1-3..."] {
            assert_eq!(indices(other), None, "{other}");
        }
    }

    #[test]
    fn states_are_read_and_what_is_not_known_is_not_gone() {
        let text = "CLUSTER: east\n2|4-9%4|PENDING|JobArrayTaskLimit|\n2|0|RUNNING|None|n1\n\
            2|1|COMPLETED|None|n2\n2|2|TO_COME|None|\n";
        let states = States::read(text);
        let active = |index| states.task(index).map(TaskState::is_active);
        assert_eq!(active(0), Some(true));
        assert_eq!(active(1), Some(false));
        assert_eq!(active(2), Some(true));
        assert_eq!(active(3), None);
        assert_eq!(active(9), Some(true));
        assert!(states.any_active());
        assert!(!States::read("3|N/A|COMPLETED|None|n1\n").any_active());
        assert!(States::read("").is_empty());
    }

    #[test]
    fn what_never_starts_is_explained() {
        let mut said = Vec::new();
        for (state, reason) in [
            ("PENDING", "launch failed requeued held"),
            ("PENDING", "JobHeldUser"),
            ("PENDING", "JobHeldAdmin"),
            ("PENDING", "PartitionConfig"),
            ("PENDING", "PartitionTimeLimit"),
            ("PENDING", "DependencyNeverSatisfied"),
            ("PENDING", "InvalidQOS"),
            ("PENDING", "Priority"),
            ("RUNNING", "None"),
        ] {
            let state = TaskState { state: state.into(), reason: reason.into(), node: "".into() };
            said.push(format!("{reason}: {:?}", state.stuck("2_7")));
        }
        insta::assert_snapshot!(said.join("\n"), @r#"
        launch failed requeued held: Some("held (launch failed requeued held): `scontrol release 2_7` frees it")
        JobHeldUser: Some("held (JobHeldUser): `scontrol release 2_7` frees it")
        JobHeldAdmin: Some("held by an administrator, who alone can release it")
        PartitionConfig: Some("no node has what is asked for (PartitionConfig): `cgan-sweep cancel DIR` and submit with other options")
        PartitionTimeLimit: Some("it asks for more time than the partition gives: `cgan-sweep cancel DIR` and submit with other options")
        DependencyNeverSatisfied: Some("what it waits for cannot happen any more: `cgan-sweep cancel DIR` and submit with other options")
        InvalidQOS: Some("InvalidQOS: `cgan-sweep cancel DIR` and submit with other options")
        Priority: None
        None: None
        "#);
    }
}
