//! Threads that stay awake over the gaps of a step.
//!
//! A step is some hundred short parallel regions with short gaps between them. A thread of rayon's
//! pool that finds no work for some ten microseconds sleeps, and waking it takes longer than most
//! regions. So for the time of a step the pool's other threads go on looking for work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rayon::Yield;

/// How long a thread without work stays awake: longer than any gap of a step.
const PATIENCE: Duration = Duration::from_millis(2);

/// Does `work` while the other threads of the surrounding rayon pool look for work without pause.
///
/// A thread that finds none lets other processes have its core, and sleeps after a while.
pub fn awake<R>(work: impl FnOnce() -> R) -> R {
    let Some(own) = rayon::current_thread_index() else { return work() };
    if rayon::current_num_threads() == 1 {
        return work();
    }
    let done = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&done);
    rayon::spawn_broadcast(move |thread| {
        if thread.index() != own {
            look_for_work(&seen);
        }
    });
    let _done = Done(done);
    work()
}

/// Says so when it is dropped, after a panic too.
struct Done(Arc<AtomicBool>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Works on what there is in the calling thread's pool until `done`, or until there was nothing for long.
fn look_for_work(done: &AtomicBool) {
    /// Looks between two offers of the core.
    const LOOKS: u32 = 64;
    let mut since = Instant::now();
    let mut looks = 0;
    while !done.load(Ordering::Relaxed) {
        if rayon::yield_now() == Some(Yield::Executed) {
            (since, looks) = (Instant::now(), 0);
            continue;
        }
        looks += 1;
        if looks % LOOKS == 0 {
            if since.elapsed() > PATIENCE {
                return;
            }
            std::thread::yield_now();
        }
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_work_while_they_are_kept_awake_and_are_let_go_after_a_panic() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        pool.install(|| {
            let panicked = std::panic::catch_unwind(|| awake(|| panic!("oh")));
            assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"oh"));
            // Each side waits for the other: they end only if another thread takes one of them.
            let met = std::sync::Barrier::new(2);
            awake(|| rayon::join(|| met.wait(), || met.wait()));
        });
    }
}
