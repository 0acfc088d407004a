//! Signals besides Ctrl-C and changes of the terminal, and timers. A signal that the guest has not said it wants to be told of does
//! to this process what it does by default.

use std::ffi::c_int;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{by_default, end_by_signal, is_ignored, look, on, signals};

/// What a page has behind the words of [`super::Page`], unless it ends there.
#[repr(C)]
pub struct Signals {
    wanted: AtomicU32,
    came: AtomicU32,
    seen: AtomicU32,
    told: [AtomicU32; 32],
    timer_requests: AtomicU32,
    timer_answers: AtomicU32,
    timer: AtomicU32,
    timer_new: [AtomicU32; 4],
    timer_old: [AtomicU32; 4],
}

/// Those that a guest can be told of: what others send, and what its timers do.
const SENT: [c_int; 5] = [libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2, libc::SIGTERM];
const TIMED: [c_int; 3] = [libc::SIGALRM, libc::SIGVTALRM, libc::SIGPROF];

/// Of the word `timer`: it is not to be set.
const ONLY_ASKED: u32 = 1 << 8;

/// Signals whose timers the guest has stopped, by bits as in `wanted`. Another thread can still be about to take the last one of such a
/// timer, when the guest has no handler any more.
static STOPPED: AtomicU32 = AtomicU32::new(0);

/// The bit of a signal in `wanted` and [`STOPPED`].
fn bit(signal: c_int) -> u32 {
    1 << (signal - 1)
}

impl Signals {
    pub fn are_seen(&self) -> bool {
        self.came.load(Ordering::Acquire) == self.seen.load(Ordering::Acquire)
    }
}

/// Begins to tell of them. One that this process was started to ignore stays ignored.
pub fn lend() -> io::Result<()> {
    for signal in SENT.into_iter().chain(TIMED) {
        if !is_ignored(signal)? {
            on(signal, came)?;
        }
    }
    Ok(())
}

extern "C" fn came(signal: c_int) {
    let Some(signals) = signals() else { return };
    if signals.wanted.load(Ordering::Acquire) & bit(signal) == 0 {
        if STOPPED.load(Ordering::Acquire) & bit(signal) != 0 {
            return;
        }
        end_by_signal(signal);
    }
    signals.told[signal as usize - 1].fetch_add(1, Ordering::AcqRel);
    signals.came.fetch_add(1, Ordering::AcqRel);
    look();
}

/// Nobody is there any more to be told.
pub fn take_leave() {
    SENT.into_iter().for_each(by_default);
    for signal in TIMED {
        // SAFETY: signal takes any signal and action.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Does with a timer what the guest asks for.
pub fn settle() {
    let Some(signals) = signals() else { return };
    let requests = signals.timer_requests.load(Ordering::Acquire);
    if requests == signals.timer_answers.load(Ordering::Relaxed) {
        return;
    }
    let asked = signals.timer.load(Ordering::Relaxed);
    let (which, signal) = match asked & !ONLY_ASKED {
        0 => (libc::ITIMER_REAL, libc::SIGALRM),
        1 => (libc::ITIMER_VIRTUAL, libc::SIGVTALRM),
        2 => (libc::ITIMER_PROF, libc::SIGPROF),
        _ => return,
    };
    let [interval, interval_part, value, value_part] =
        [0, 1, 2, 3].map(|word| signals.timer_new[word].load(Ordering::Relaxed));
    let new = libc::itimerval {
        it_interval: time(interval, interval_part),
        it_value: time(value, value_part),
    };
    let new = if asked & ONLY_ASKED == 0 { &raw const new } else { ptr::null() };
    if !new.is_null() {
        match value | value_part {
            0 => STOPPED.fetch_or(bit(signal), Ordering::AcqRel),
            _ => STOPPED.fetch_and(!bit(signal), Ordering::AcqRel),
        };
    }
    let mut old = libc::itimerval { it_interval: time(0, 0), it_value: time(0, 0) };
    // SAFETY: both structures are valid.
    let done = unsafe {
        match new.is_null() {
            true => libc::getitimer(which, &raw mut old),
            false => libc::setitimer(which, new, &raw mut old),
        }
    };
    if done != 0 {
        return;
    }
    let was = [
        old.it_interval.tv_sec,
        old.it_interval.tv_usec,
        old.it_value.tv_sec,
        old.it_value.tv_usec,
    ];
    for (word, was) in signals.timer_old.iter().zip(was) {
        word.store(u32::try_from(was).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
    signals.timer_answers.store(requests, Ordering::Release);
}

fn time(seconds: u32, microseconds: u32) -> libc::timeval {
    libc::timeval { tv_sec: seconds.into(), tv_usec: microseconds.into() }
}
