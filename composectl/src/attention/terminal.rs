//! The terminal: its size and mode go into the page; what the guest changes there is done before it next reads, writes or
//! waits, and undone when the process ends.

use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Page, look, on, page};

/// Standard input, whose mode it is.
const TERMINAL: c_int = 0;
/// What a guest may change: how lines and echo are done. Signals stay: Ctrl-C belongs to whoever sits there.
const IFLAGS: u32 = libc::BRKINT
    | libc::IGNCR
    | libc::ICRNL
    | libc::INLCR
    | libc::INPCK
    | libc::ISTRIP
    | libc::IXON
    | libc::IMAXBEL;
const OFLAGS: u32 = libc::OPOST | libc::ONLCR;
const LFLAGS: u32 = libc::ICANON
    | libc::ECHO
    | libc::ECHOE
    | libc::ECHOK
    | libc::ECHONL
    | libc::ECHOCTL
    | libc::ECHOKE
    | libc::IEXTEN
    | libc::NOFLSH;

/// The mode in which this process found the terminal.
static FOUND: OnceLock<libc::termios> = OnceLock::new();
/// Which of the guest's changes is done.
static DONE: AtomicU32 = AtomicU32::new(0);

fn mode() -> Option<libc::termios> {
    let mut mode = MaybeUninit::uninit();
    // SAFETY: on success the structure is filled in.
    unsafe { (libc::tcgetattr(TERMINAL, mode.as_mut_ptr()) == 0).then(|| mode.assume_init()) }
}

/// Tells the guest of the terminal, if standard input and output are one.
pub fn lend() -> io::Result<()> {
    let (Some(page), Some(found)) = (page(), mode()) else { return Ok(()) };
    if !measure(page) {
        return Ok(());
    }
    page.iflag.store(found.c_iflag, Ordering::Relaxed);
    page.oflag.store(found.c_oflag, Ordering::Relaxed);
    page.cflag.store(found.c_cflag, Ordering::Relaxed);
    page.lflag.store(found.c_lflag, Ordering::Relaxed);
    page.minimum.store(found.c_cc[libc::VMIN], Ordering::Relaxed);
    page.time.store(found.c_cc[libc::VTIME], Ordering::Relaxed);
    page.erase.store(found.c_cc[libc::VERASE], Ordering::Relaxed);
    page.interrupt.store(found.c_cc[libc::VINTR], Ordering::Relaxed);
    let _ = FOUND.set(found);
    on(libc::SIGWINCH, resized)?;
    on(libc::SIGCONT, continued)
}

/// Puts the size into the page; false where there is none.
fn measure(page: &Page) -> bool {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the structure is valid; ioctl may be called in a handler.
    let is_there = unsafe { libc::ioctl(1, libc::TIOCGWINSZ, &raw mut size) } == 0;
    if is_there {
        // One that nobody told its size is as large as terminals were.
        let or = |size: u16, usual: u32| if size == 0 { usual } else { size.into() };
        page.columns.store(or(size.ws_col, 80), Ordering::Relaxed);
        page.rows.store(or(size.ws_row, 24), Ordering::Relaxed);
    }
    is_there
}

extern "C" fn resized(_: c_int) {
    if let Some(page) = page()
        && measure(page)
    {
        page.resizes.fetch_add(1, Ordering::AcqRel);
        look();
    }
}

/// Whoever had the terminal meanwhile has left it as it was.
extern "C" fn continued(_: c_int) {
    if DONE.load(Ordering::Acquire) > 0
        && let Some(page) = page()
    {
        set(page);
    }
}

/// Does what the guest has asked for since the last call.
pub fn settle() {
    let Some(page) = page() else { return };
    let changes = page.changes.load(Ordering::Acquire);
    if changes != DONE.load(Ordering::Relaxed) {
        set(page);
        DONE.store(changes, Ordering::Release);
    }
}

fn set(page: &Page) {
    let Some(found) = FOUND.get() else { return };
    let mixed = |found: u32, wanted: &AtomicU32, mask: u32| {
        found & !mask | wanted.load(Ordering::Relaxed) & mask
    };
    let mut mode = *found;
    mode.c_iflag = mixed(found.c_iflag, &page.iflag, IFLAGS);
    mode.c_oflag = mixed(found.c_oflag, &page.oflag, OFLAGS);
    mode.c_lflag = mixed(found.c_lflag, &page.lflag, LFLAGS);
    mode.c_cc[libc::VMIN] = page.minimum.load(Ordering::Relaxed);
    mode.c_cc[libc::VTIME] = page.time.load(Ordering::Relaxed);
    apply(&mode);
}

fn apply(mode: &libc::termios) {
    // SAFETY: the structure is valid; tcsetattr may be called in a handler. A process in the background is stopped by it, as
    // any is that changes a terminal.
    unsafe {
        libc::tcsetattr(TERMINAL, libc::TCSADRAIN, mode);
    }
}

/// Leaves the terminal as it was found.
pub fn restore() {
    if let Some(found) = FOUND.get()
        && DONE.swap(0, Ordering::AcqRel) > 0
    {
        apply(found);
    }
}
