//! The clock of providers' time limits: a thread that moves the engine's epoch on.
//!
//! Code for providers compares the epoch with its store's deadline in every loop and function, and traps when it
//! is reached. The thread starts with the first resolve of a process, so a run that resolves nothing does not pay for
//! it, and sleeps for as long as no provider runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// The length of a tick. A limit is overrun by two ticks at most.
pub const TICK: Duration = Duration::from_millis(10);
/// After this many ticks without work the thread sleeps until there is some.
const IDLE_TICKS: u32 = 20;

/// What callers and the thread share.
#[derive(Default)]
struct Clock {
    now: AtomicU64,
    running: AtomicUsize,
    asleep: AtomicBool,
}

/// The ticker of an engine.
pub struct Ticker {
    clock: Arc<Clock>,
    thread: Thread,
}

impl Ticker {
    /// Starts the thread. It lives as long as the process.
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let clock = Arc::new(Clock::default());
        let (engine, shared) = (engine.clone(), Arc::clone(&clock));
        let thread = thread::Builder::new()
            .name("ticker".to_owned())
            .stack_size(64 << 10)
            .spawn(move || run(&engine, &shared))?;
        Ok(Self { clock, thread: thread.thread().clone() })
    }

    /// The tick that it is now.
    pub fn now(&self) -> u64 {
        self.clock.now.load(Ordering::Relaxed)
    }

    /// The tick after which `time` has passed for certain.
    pub fn after(&self, time: Duration) -> u64 {
        let ticks = time.as_nanos().div_ceil(TICK.as_nanos());
        // One more, since the current tick is partly over.
        self.now().saturating_add(u64::try_from(ticks).unwrap_or(u64::MAX)).saturating_add(1)
    }

    /// How long it is until the tick `deadline`, as long as the clock goes.
    pub fn until(&self, deadline: u64) -> Duration {
        let ticks = deadline.saturating_sub(self.now());
        TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
    }

    /// Keeps the clock going until the guard is dropped.
    pub fn running(&self) -> Running<'_> {
        self.clock.running.fetch_add(1, Ordering::SeqCst);
        if self.clock.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.clock)
    }
}

/// A provider runs.
pub struct Running<'a>(&'a Clock);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Release);
    }
}

fn run(engine: &Engine, clock: &Clock) {
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        engine.increment_epoch();
        clock.now.fetch_add(1, Ordering::Relaxed);
        idle = if clock.running.load(Ordering::Relaxed) == 0 { idle + 1 } else { 0 };
        if idle > IDLE_TICKS {
            clock.asleep.store(true, Ordering::SeqCst);
            // Who starts to run after this look sees `asleep` and wakes the thread; a wake-up that comes before
            // `park` is not lost.
            while clock.running.load(Ordering::SeqCst) == 0 {
                thread::park();
            }
            clock.asleep.store(false, Ordering::SeqCst);
            idle = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{self, Role};

    #[test]
    fn the_clock_stands_while_nothing_runs_and_goes_on_afterwards() {
        let engine = engine::runtime(Role::Provider).expect("an engine");
        let ticker = Ticker::start(&engine).expect("a thread");
        while !ticker.clock.asleep.load(Ordering::SeqCst) {
            thread::sleep(TICK);
        }
        let before = ticker.now();
        thread::sleep(10 * TICK);
        assert_eq!(ticker.now(), before);
        let running = ticker.running();
        while ticker.now() < before + 5 {
            thread::sleep(TICK);
        }
        drop(running);
    }

    #[test]
    fn deadlines_are_never_early() {
        let engine = engine::runtime(Role::Provider).expect("an engine");
        let ticker = Ticker::start(&engine).expect("a thread");
        let now = ticker.now();
        assert!(ticker.after(Duration::from_millis(1)) >= now + 2);
        assert!(ticker.after(10 * TICK) >= now + 11);
        assert_eq!(ticker.after(Duration::MAX), u64::MAX);
    }
}
