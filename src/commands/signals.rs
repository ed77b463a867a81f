//! Ctrl-C and its like: the first asks every run to write a checkpoint and stop, the second leaves
//! at once.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// Exit status of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// The flag that the first signal sets. A signal that this program was started to ignore, as
/// `nohup` does with SIGHUP, stays ignored.
///
/// # Errors
/// If the system does not let the signals be handled.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if is_ignored(signal) {
            continue;
        }
        // In this order: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .with_context(|| format!("cannot handle signal {signal}"))?;
    }
    Ok(stop)
}

/// Whether whoever started this program had it ignore the signal.
#[expect(unsafe_code, reason = "sigaction is the one portable way to ask")]
fn is_ignored(signal: i32) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null new action changes nothing, and the old one is read only where the call says
    // that it was written.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// What a task of a cluster is told by signals.
#[derive(Debug, Default)]
pub(super) struct TaskSignals {
    /// All runs stop at a checkpoint.
    pub(super) stop: Arc<AtomicBool>,
    /// Its time is nearly up (USR1): it may start over.
    pub(super) time_is_up: Arc<AtomicBool>,
    /// It is to end (TERM) and never starts over by itself.
    pub(super) end: Arc<AtomicBool>,
}

/// The flags that a cluster's signals set. None of them ends the program at once: TERM may follow
/// USR1 while checkpoints are being written.
///
/// # Errors
/// If the system does not let the signals be handled.
pub(super) fn of_task() -> Result<TaskSignals> {
    let signals = TaskSignals::default();
    let flags = [(SIGUSR1, &signals.time_is_up), (SIGTERM, &signals.end), (SIGINT, &signals.end)];
    for (signal, flag) in flags {
        // In this order: whoever sees that it is to stop can see why.
        flag::register(signal, Arc::clone(flag))
            .and_then(|_| flag::register(signal, Arc::clone(&signals.stop)))
            .with_context(|| format!("cannot handle signal {signal}"))?;
    }
    Ok(signals)
}
