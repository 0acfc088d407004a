//! The heap of a run: one, grown by mebibytes, and mapped before it is used.
//!
//! A page that is first touched costs more than one of many that the kernel maps in one call. What is mapped and not used costs
//! as well, so as much is mapped as a start is known to use.

#[cfg(target_env = "gnu")]
use std::sync::atomic::{AtomicUsize, Ordering};

/// How far the heap is mapped.
#[cfg(target_env = "gnu")]
static MAPPED: AtomicUsize = AtomicUsize::new(0);

/// What every run uses, and what the heap is grown by.
#[cfg(target_env = "gnu")]
const FIRST: usize = 1 << 20;
#[cfg(target_env = "gnu")]
const STEP: usize = 2 << 20;

/// glibc gives the guest's thread a heap of its own that it grows page by page, with a system call for each
/// page. Only one thread does any work here, so the main heap serves. To be called before any other thread exists.
pub fn use_one() {
    #[cfg(target_env = "gnu")]
    // SAFETY: there are no other threads, and glibc documents the parameters. The block is freed at once.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TOP_PAD, STEP as i32);
        // What is freed below this is not given back, so that it is there for the next.
        libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * STEP as i32);
        // More than is left of the heap's first pages, less than what glibc would map by itself.
        let block = libc::malloc(127 << 10);
        MAPPED.store(block as usize, Ordering::Relaxed);
        libc::free(block);
        map(FIRST);
    }
}

/// Has the kernel map what decoding so many bytes of compiled code takes, as far as the heap has been grown. wasmtime notes
/// place, type and source of each function (docs/adr/0036): for pylon.wasm 1.9 MB of 45 MB.
pub fn prepare_for(code: u64) {
    #[cfg(target_env = "gnu")]
    map(usize::try_from(code / 24).unwrap_or(0).saturating_sub(FIRST));
    #[cfg(not(target_env = "gnu"))]
    let _ = code;
}

/// Maps the next `bytes` of the heap that are not mapped yet. Kernels before Linux 5.14 don't know how, which does no harm.
#[cfg(target_env = "gnu")]
fn map(bytes: usize) {
    const PAGE: usize = 4096;
    let from = MAPPED.load(Ordering::Relaxed).next_multiple_of(PAGE);
    if from == 0 || bytes < PAGE {
        return;
    }
    // SAFETY: the range is whole pages of the heap below its end, and their content stays. Whoever grows or shrinks the
    // heap meanwhile makes this fail at most.
    unsafe {
        let to = (libc::sbrk(0) as usize).min(from + bytes) & !(PAGE - 1);
        if from < to && to - from <= bytes {
            libc::madvise(from as *mut libc::c_void, to - from, libc::MADV_POPULATE_WRITE);
            MAPPED.store(to, Ordering::Relaxed);
        }
    }
}
