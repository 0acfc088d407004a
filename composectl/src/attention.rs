//! Signals and the terminal, for programs that let their host tell them of it: those that export `pylon:host/attention`
//! (`runtimes/common/attention/wit`, ADR 0046). Any other program is ended by the first Ctrl-C, as ever.
//!
//! Such a program lends a page and a word of its memory. The handler of SIGINT counts in the page and sets bits in the word,
//! which the program looks at all the time, so that nobody pays for being asked. If the program has not seen the last Ctrl-C
//! when the next comes, that one ends the process. What waits in a function of `wasi:io` is woken (`waits.rs`), and comes
//! back with nothing.

mod signals;
mod terminal;
mod waits;

use std::ffi::c_int;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU8, AtomicU32, Ordering};

use wasmtime::component::{Instance, WasmList};
use wasmtime::{AsContextMut, StoreContextMut};

use signals::Signals;
use terminal::restore;
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
static SIGNALS: AtomicPtr<Signals> = AtomicPtr::new(ptr::null_mut());
static WORD: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
static BITS: AtomicU32 = AtomicU32::new(0);
/// An eventfd that is readable when what waits is to come back.
static WAKE: AtomicI32 = AtomicI32::new(-1);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The timer of [`look`]; the timers that processes have are the guest's.
static AGAIN: AtomicPtr<libc::c_void> = AtomicPtr::new(ptr::null_mut());

fn page() -> Option<&'static Page> {
    // SAFETY: null, or a place in a guest's memory that `lend` has checked and that is never unmapped.
    unsafe { PAGE.load(Ordering::Acquire).as_ref() }
}

fn signals() -> Option<&'static Signals> {
    // SAFETY: as the page.
    unsafe { SIGNALS.load(Ordering::Acquire).as_ref() }
}

/// Does what the guest has asked for in its page since the last call.
pub fn settle() {
    terminal::settle();
    signals::settle();
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
    let signals = place::<T, Signals>(&mut store, &page, size_of::<Page>());
    let page = place::<T, Page>(&mut store, &page, 0);
    let word = place::<T, AtomicU32>(&mut store, &word, 0);
    if let (Some(page), Some(word)) = (page, word) {
        attend(page, word, bits)?;
        if let Some(signals) = signals {
            SIGNALS.store(signals, Ordering::Release);
            signals::lend()?;
        }
    }
    Ok(())
}

/// Where a list of the guest's has a `P`, `offset` bytes behind its beginning, if it is large enough, and aligned for it.
///
/// The memory of a 32-bit guest does not move: its whole range of addresses is reserved. It is not unmapped, either: the
/// store is forgotten when the guest has ended.
fn place<T: 'static, P>(
    store: &mut StoreContextMut<'_, T>,
    list: &WasmList<u8>,
    offset: usize,
) -> Option<*mut P> {
    let bytes = list.as_le_slice(&*store).get(offset..)?;
    let at = bytes.as_ptr().cast_mut().cast::<P>();
    (bytes.len() >= size_of::<P>() && at.is_aligned()).then_some(at)
}

fn attend(page: *mut Page, word: *mut AtomicU32, bits: u32) -> io::Result<()> {
    // SAFETY: eventfd takes any flags.
    let wake = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if wake < 0 {
        return Err(io::Error::last_os_error());
    }
    AGAIN.store(timer(libc::SIGRTMIN(), seen)?, Ordering::Release);
    WAKE.store(wake, Ordering::Release);
    BITS.store(bits, Ordering::Release);
    WORD.store(word, Ordering::Release);
    PAGE.store(page, Ordering::Release);
    if is_ignored(libc::SIGINT)? {
        return Ok(()); // who started this process wants no Ctrl-C, and keeps the terminal
    }
    on(libc::SIGINT, interrupted)?;
    terminal::lend()
}

/// A timer that calls `handler` by `signal`, for `timer_settime`.
fn timer(signal: c_int, handler: extern "C" fn(c_int)) -> io::Result<libc::timer_t> {
    on(signal, handler)?;
    let mut made = ptr::null_mut();
    // SAFETY: all zeros is a valid event, the rest of which is filled in; `made` is where the timer goes.
    unsafe {
        let mut event: libc::sigevent = std::mem::zeroed();
        event.sigev_notify = libc::SIGEV_SIGNAL;
        event.sigev_signo = signal;
        match libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut made) {
            0 => Ok(made),
            _ => Err(io::Error::last_os_error()),
        }
    }
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
        end_by_signal(libc::SIGINT);
    }
    look();
}

/// Makes the guest look at its page, now and until it has.
///
/// It sets bits in the same word itself, in several steps between which this may come: then what was set here is lost.
fn look() {
    const SOON: libc::c_long = 20_000_000;
    // SAFETY: null or valid, as the page; write and timer_settime may be called in a handler.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        if let Some(word) = WORD.load(Ordering::Acquire).as_ref() {
            word.fetch_or(BITS.load(Ordering::Acquire), Ordering::AcqRel);
        }
        let one = 1_u64;
        libc::write(WAKE.load(Ordering::Acquire), (&raw const one).cast(), size_of::<u64>());
        let never = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let soon = libc::timespec { tv_sec: 0, tv_nsec: SOON };
        let again = libc::itimerspec { it_interval: never, it_value: soon };
        libc::timer_settime(AGAIN.load(Ordering::Acquire), 0, &raw const again, ptr::null_mut());
        *errno = before;
    }
}

/// Whether the guest has seen what it was told; if not, it is told again.
extern "C" fn seen(_: c_int) {
    let unseen = |page: &Page| {
        page.interrupts.load(Ordering::Acquire) > 0 || page.resizes.load(Ordering::Acquire) > 0
    };
    if page().is_some_and(unseen) || signals().is_some_and(|signals| !signals.are_seen()) {
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

/// The guest has ended: the terminal is as it was found, and a signal does to this process what it does by default.
pub fn take_leave() {
    restore();
    if page().is_some() {
        by_default(libc::SIGINT);
    }
    if signals().is_some() {
        signals::take_leave();
    }
}

/// Takes a handler away. One that this process was started to ignore has none.
fn by_default(signal: c_int) {
    if let Ok(false) = is_ignored(signal) {
        // SAFETY: signal takes any signal and action.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Ends this process as it would have been ended by Ctrl-C.
pub fn end_as_interrupted() {
    end_by_signal(libc::SIGINT);
}

/// Ends this process as `signal` would have ended it, so that whoever waits for it sees that.
fn end_by_signal(signal: c_int) {
    restore();
    // SAFETY: all may be called in a handler; the last is for the case that the signal is blocked.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
        libc::raise(signal);
        libc::_exit(128 + signal);
    }
}
