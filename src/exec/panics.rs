//! What a panic said and where, for the outcome of the run that it ended.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};

const SLOT: &str = "slot-";

/// Where the last panic of each slot was. A slot may have several threads, and the one that gets
/// to see the panic need not be the one that panicked.
static PLACES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Name of a thread of a slot.
pub(super) fn thread_name(slot: usize, thread: usize) -> String {
    format!("{SLOT}{slot}-{thread}")
}

/// Keeps the place of panics in slots, and keeps them off the screen: they are told as outcomes.
/// Panics of other threads are shown as ever.
pub fn install() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| match this_slot() {
        Some(slot) => {
            if let Some(place) = info.location() {
                places().insert(slot, place.to_string());
            }
        }
        None => others(info),
    }));
}

/// What a panic in this slot said, and where it was if [`install`] was called.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    let place = this_slot().and_then(|slot| places().remove(&slot));
    let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
    format!("panicked{place}: {}", text.unwrap_or("without a message"))
}

fn this_slot() -> Option<String> {
    let thread = std::thread::current();
    let (slot, _) = thread.name()?.strip_prefix(SLOT)?.split_once('-')?;
    Some(slot.to_owned())
}

fn places() -> std::sync::MutexGuard<'static, BTreeMap<String, String>> {
    PLACES.lock().unwrap_or_else(PoisonError::into_inner)
}
