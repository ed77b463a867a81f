//! Ctrl-C and its like: the first asks every run to write a checkpoint and stop, the second leaves
//! at once.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Exit status of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// The flag that the first signal sets.
///
/// # Errors
/// If the system does not let the signals be handled.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // In this order: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .with_context(|| format!("cannot handle signal {signal}"))?;
    }
    Ok(stop)
}
