//! How the process ends: the exit codes and the one place that prints an error and leaves.
//!
//! A guest's own code (0 to 255) is passed on unchanged. composectl's own faults take codes that programs
//! seldom use, the same ones as env(1), timeout(1) and container runtimes, so that a 1 or a 2 is the
//! program's own.

use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::attention;
use crate::connections;
use crate::report::Reporter;

/// `--timeout` ended the guest.
pub const TIMEOUT: u8 = 124;
/// composectl itself failed: wrong usage, a grant that cannot be given, no memory.
pub const FAILED: u8 = 125;
/// The file is there but is no component that can run here.
pub const CANNOT_RUN: u8 = 126;
/// There is no such file.
pub const NOT_FOUND: u8 = 127;
/// The guest trapped; what a shell shows for a program that called abort().
pub const TRAPPED: u8 = 134;

/// An error with the exit code it leads to and, where there is one, the way to mend it.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub message: String,
    /// Further lines, for example the frames of a trap.
    pub details: Vec<String>,
    pub hint: Option<String>,
}

impl Failure {
    /// A failure that ends the process with `code`.
    pub fn new(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), details: Vec::new(), hint: None }
    }

    /// The same failure with a line that says what to do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(FAILED, format_args!("{error:#}"))
    }
}

/// What CPython ends with when nobody caught KeyboardInterrupt, and a shell shows for a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// What a command ends with: the exit code of the guest, or a failure of ours.
pub type Outcome = Result<u8, Failure>;

/// Prints a failure and ends the process. Nothing is left to be flushed: what the guest wrote has reached the
/// operating system already (`stdio.rs` keeps no buffer).
pub fn finish(outcome: Outcome, reporter: Reporter) -> ! {
    let code = match outcome {
        Ok(code) => code,
        Err(failure) => {
            let code = failure.code;
            say(failure, reporter);
            code
        }
    };
    attention::take_leave();
    if code != TIMEOUT {
        connections::send_rest(reporter);
    }
    if code == INTERRUPTED && attention::was_interrupted() {
        attention::end_as_interrupted();
    }
    // SAFETY: _exit takes any status and does not return; no state of this process is used afterwards.
    unsafe { libc::_exit(i32::from(code)) }
}

/// Prints a failure. A time-out ends the process also when stderr is full and nobody reads it, which may be why it came
/// to the time-out.
fn say(failure: Failure, reporter: Reporter) {
    // What is only slow is waited for: the machine may be busy.
    const PATIENCE: Duration = Duration::from_secs(1);
    if failure.code != TIMEOUT {
        return reporter.error(&failure);
    }
    let (send, said) = mpsc::channel();
    let speaker = thread::Builder::new().spawn(move || {
        reporter.error(&failure);
        let _ = send.send(());
    });
    if speaker.is_ok() {
        let _ = said.recv_timeout(PATIENCE);
    }
}
