//! Memory that steps keep for the next one, given back to the machine.

use dfdx::tensor::{Cache, Cpu};

/// Gives the memory back that this thread and dfdx keep for the next step, and what the C library
/// keeps of all that was freed: else every run at once holds what one of them needs at a time.
///
/// # Panics
/// Never: dfdx cannot fail to free memory.
pub(crate) fn free_memory(device: &Cpu) {
    device.try_empty_cache().expect("memory to be freed");
    super::SCRATCH.take();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the C library offers it in no other way")]
    // SAFETY: it may be called at any time and from any thread; it locks what it touches.
    unsafe {
        libc::malloc_trim(0);
    }
}
