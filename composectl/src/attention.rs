//! Ctrl-C and the terminal, for programs that let their host tell them of it: those that export `pylon:host/attention`
//! (`runtimes/common/attention/wit`, ADR 0046). Any other program is ended by the first Ctrl-C, as ever.
//!
//! Such a program lends a page and a word of its memory. The handler of SIGINT counts in the page and sets bits in the word,
//! which the program looks at all the time, so that nobody pays for being asked. If the program has not seen the last Ctrl-C
//! when the next comes, that one ends the process. What waits in a function of `wasi:io` is woken (`waits.rs`), and comes
//! back with nothing.

mod terminal;
mod waits;

use std::ffi::c_int;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU8, AtomicU32, Ordering};

use wasmtime::component::{Instance, WasmList};
use wasmtime::{AsContextMut, StoreContextMut};

pub use terminal::{restore, settle};
pub use waits::add_to_linker;

const INTERFACE: &str = "pylon:host/attention@0.1.0";

/// The page, as the interface describes it. Both sides write to it at any time.
#[repr(C)]
struct Page {
    interrupts: AtomicU32,
    resizes: AtomicU32,
    columns: AtomicU32,
    rows: AtomicU32,
    changes: AtomicU32,
    iflag: AtomicU32,
    oflag: AtomicU32,
    cflag: AtomicU32,
    lflag: AtomicU32,
    minimum: AtomicU8,
    time: AtomicU8,
    erase: AtomicU8,
    interrupt: AtomicU8,
}

/// What the guest lends, for handlers of signals. Null and -1 until it has.
static PAGE: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());
static WORD: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
static BITS: AtomicU32 = AtomicU32::new(0);
/// An eventfd that is readable when what waits is to come back.
static WAKE: AtomicI32 = AtomicI32::new(-1);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn page() -> Option<&'static Page> {
    // SAFETY: null, or a place in a guest's memory that `lend` has checked and that is never unmapped.
    unsafe { PAGE.load(Ordering::Acquire).as_ref() }
}

/// Asks the program for its page. Nothing changes for one that has none.
pub fn lend<T: 'static>(
    store: &mut impl AsContextMut<Data = T>,
    instance: &Instance,
) -> wasmtime::Result<()> {
    let mut store = store.as_context_mut();
    let Some(interface) = instance.get_export_index(&mut store, None, INTERFACE) else {
        return Ok(());
    };
    let Some(lend) = instance.get_export_index(&mut store, Some(&interface), "lend") else {
        return Ok(());
    };
    type Lent = (WasmList<u8>, WasmList<u8>, u32);
    let Ok(lend) = instance.get_typed_func::<(), (Lent,)>(&mut store, lend) else {
        return Ok(());
    };
    let ((page, word, bits),) = lend.call(&mut store, ())?;
    let page = place::<T, Page>(&mut store, &page);
    let word = place::<T, AtomicU32>(&mut store, &word);
    if let (Some(page), Some(word)) = (page, word) {
        attend(page, word, bits)?;
    }
    Ok(())
}

/// Where a list of the guest's is, if it has the size of `P`, and is aligned for it.
///
/// The memory of a 32-bit guest does not move: its whole range of addresses is reserved. It is not unmapped, either: the
/// store is forgotten when the guest has ended.
fn place<T: 'static, P>(store: &mut StoreContextMut<'_, T>, list: &WasmList<u8>) -> Option<*mut P> {
    let bytes = list.as_le_slice(&*store);
    let at = bytes.as_ptr().cast_mut().cast::<P>();
    (bytes.len() >= size_of::<P>() && at.is_aligned()).then_some(at)
}

fn attend(page: *mut Page, word: *mut AtomicU32, bits: u32) -> io::Result<()> {
    if is_ignored(libc::SIGINT)? {
        return Ok(()); // who started this process wants no Ctrl-C, and keeps the terminal
    }
    // SAFETY: eventfd takes any flags.
    let wake = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if wake < 0 {
        return Err(io::Error::last_os_error());
    }
    WAKE.store(wake, Ordering::Release);
    BITS.store(bits, Ordering::Release);
    WORD.store(word, Ordering::Release);
    PAGE.store(page, Ordering::Release);
    on(libc::SIGINT, interrupted)?;
    terminal::lend()
}

/// Whether the process was started with a signal ignored.
fn is_ignored(signal: c_int) -> io::Result<bool> {
    // SAFETY: a null action asks only; the structure is valid.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        match libc::sigaction(signal, ptr::null(), &raw mut action) {
            0 => Ok(action.sa_sigaction == libc::SIG_IGN),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// Calls that wait are not begun again after it: who waits has to look.
fn on(signal: c_int, handler: extern "C" fn(c_int)) -> io::Result<()> {
    // SAFETY: the structure is valid; the handlers here do only what a handler may.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        match libc::sigaction(signal, &raw const action, ptr::null_mut()) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

extern "C" fn interrupted(_: c_int) {
    let Some(page) = page() else { return };
    INTERRUPTED.store(true, Ordering::Release);
    if page.interrupts.fetch_add(1, Ordering::AcqRel) > 0 {
        end_by_signal();
    }
    look();
}

/// Makes the guest look at its page, now and until it has.
///
/// It sets bits in the same word itself, in several steps between which this may come: then what was set here is lost.
fn look() {
    const AGAIN: libc::suseconds_t = 20_000;
    // SAFETY: null or valid, as the page; write, sigaction and setitimer may be called in a handler.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        if let Some(word) = WORD.load(Ordering::Acquire).as_ref() {
            word.fetch_or(BITS.load(Ordering::Acquire), Ordering::AcqRel);
        }
        let one = 1_u64;
        libc::write(WAKE.load(Ordering::Acquire), (&raw const one).cast(), size_of::<u64>());
        let _ = on(libc::SIGALRM, seen);
        let zero = libc::timeval { tv_sec: 0, tv_usec: 0 };
        let soon = libc::timeval { tv_sec: 0, tv_usec: AGAIN };
        let timer = libc::itimerval { it_interval: zero, it_value: soon };
        libc::setitimer(libc::ITIMER_REAL, &raw const timer, ptr::null_mut());
        *errno = before;
    }
}

/// Whether the guest has seen what it was told; if not, it is told again.
extern "C" fn seen(_: c_int) {
    let unseen = |page: &Page| {
        page.interrupts.load(Ordering::Acquire) > 0 || page.resizes.load(Ordering::Acquire) > 0
    };
    if page().is_some_and(unseen) {
        look();
    }
}

/// Takes the wake-up that a signal left, if there is one: each ends one wait.
fn take_wake() -> bool {
    let mut count = 0_u64;
    // SAFETY: the pointer and length are those of `count`; a descriptor of -1 is an error.
    let read = unsafe {
        libc::read(WAKE.load(Ordering::Acquire), (&raw mut count).cast(), size_of::<u64>())
    };
    read > 0
}

/// The descriptor to wait for besides what a call waits for; none without a page.
fn wake() -> Option<RawFd> {
    let wake = WAKE.load(Ordering::Acquire);
    (wake >= 0).then_some(wake)
}

/// Another descriptor of the same.
fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl takes any number; what it returns belongs to nobody yet.
    unsafe {
        match libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) {
            -1 => Err(io::Error::last_os_error()),
            fd => Ok(OwnedFd::from_raw_fd(fd)),
        }
    }
}

/// Whether there was a Ctrl-C that the guest was told of.
pub fn was_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Acquire)
}

/// Ends this process as SIGINT would have ended it, so that whoever waits for it sees that.
pub fn end_by_signal() {
    restore();
    // SAFETY: both may be called in a handler; 130 is for the case that the signal is blocked.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGINT);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
        libc::raise(libc::SIGINT);
        libc::_exit(130);
    }
}
