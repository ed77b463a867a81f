//! Which runs share a task, and which tasks an array.

/// What a task is made for.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    /// Runs that train at once in a task.
    pub slots: usize,
    /// Seconds that a task should take if its runs are short.
    pub seconds: f64,
    /// Runs of each task, whatever they cost.
    pub runs: Option<usize>,
    /// Most tasks, if that is limited: then each has more runs.
    pub most: Option<usize>,
}

impl Packing {
    /// Shares runs that take so many seconds each, given longest first, out to tasks: indices. Every
    /// task but the last has enough to keep all its slots at work.
    pub fn tasks(&self, seconds: &[f64]) -> Vec<Vec<usize>> {
        let mut tasks = match self.runs {
            Some(runs) => chunks(seconds.len(), runs),
            None => self.filled(seconds),
        };
        if let Some(most) = self.most.map(|most| most.max(1))
            && tasks.len() > most
        {
            tasks = chunks(seconds.len(), seconds.len().div_ceil(most));
        }
        tasks
    }

    fn filled(&self, seconds: &[f64]) -> Vec<Vec<usize>> {
        let slots = self.slots.max(1);
        let (mut tasks, mut task, mut work) = (Vec::new(), Vec::new(), 0.0);
        for (index, seconds) in seconds.iter().enumerate() {
            let full = task.len() >= slots && work + seconds > self.seconds * slots as f64;
            if full {
                tasks.push(std::mem::take(&mut task));
                work = 0.0;
            }
            task.push(index);
            work += seconds;
        }
        tasks.extend((!task.is_empty()).then_some(task));
        tasks
    }
}

fn chunks(count: usize, each: usize) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..count).collect();
    all.chunks(each.max(1)).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packing(slots: usize, seconds: f64) -> Packing {
        Packing { slots, seconds, runs: None, most: None }
    }

    #[test]
    fn short_runs_share_a_task_and_long_ones_have_their_own() {
        let seconds = [900.0, 700.0, 300.0, 300.0, 200.0, 100.0];
        let tasks = packing(1, 600.0).tasks(&seconds);
        assert_eq!(tasks, [vec![0], vec![1], vec![2, 3], vec![4, 5]]);
        // Two cores: two runs at once, and twice as much work in the same time.
        let tasks = packing(2, 600.0).tasks(&seconds);
        assert_eq!(tasks, [vec![0, 1], vec![2, 3, 4, 5]]);
        let most = Packing { most: Some(2), ..packing(1, 600.0) };
        assert_eq!(most.tasks(&seconds), [vec![0, 1, 2], vec![3, 4, 5]]);
        let fixed = Packing { runs: Some(5), ..packing(1, 0.0) };
        assert_eq!(fixed.tasks(&seconds), [vec![0, 1, 2, 3, 4], vec![5]]);
        assert!(packing(3, 600.0).tasks(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn every_run_is_in_one_task_and_no_slot_is_idle(
            seconds in prop::collection::vec(0.0..1e4, 0..80),
            slots in 1usize..9,
            target in 0.0..1e4,
            runs in prop::option::of(1usize..9),
            most in prop::option::of(1usize..9),
        ) {
            let packing = Packing { slots, seconds: target, runs, most };
            let tasks = packing.tasks(&seconds);
            let all: Vec<usize> = tasks.concat();
            prop_assert_eq!(all, (0..seconds.len()).collect::<Vec<_>>());
            prop_assert!(tasks.iter().all(|task| !task.is_empty()));
            prop_assert!(most.is_none_or(|most| tasks.len() <= most));
            if runs.is_none() && most.is_none() {
                let but_last = &tasks[..tasks.len().saturating_sub(1)];
                prop_assert!(but_last.iter().all(|task| task.len() >= slots));
            }
        }
    }
}
