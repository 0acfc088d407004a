//! What composectl says on stderr. stdout belongs to the guest.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use crate::exit::Failure;
use crate::shown;

/// Prints errors, warnings and, with `-v`, details.
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    verbose: bool,
}

impl Reporter {
    /// A reporter; `verbose` is the `-v` flag.
    pub fn new(verbose: bool) -> Self {
        Self { verbose }
    }

    /// The error that ends the process.
    pub fn error(self, failure: &Failure) {
        lines(&format!("error: {}", failure.message), &failure.details);
        if let Some(hint) = &failure.hint {
            line(&format!("hint: {hint}"));
        }
    }

    /// Something is not as it should be, but the run goes on.
    pub fn warn(self, message: &str) {
        line(&format!("warning: {message}"));
    }

    /// The result of a command.
    pub fn say(self, message: &str) {
        line(message);
    }

    /// A detail, shown with `-v` only; the text is not built otherwise.
    pub fn detail(self, message: impl FnOnce() -> String) {
        if self.verbose {
            line(&message());
        }
    }

    /// How long to wait without a word. Programs that start this one look at stderr, too, and not every delay is an error.
    pub fn patience(self) -> Duration {
        if self.is_watched() { WATCHED_PATIENCE } else { Duration::from_secs(30) }
    }

    /// Whether somebody is looking.
    fn is_watched(self) -> bool {
        self.verbose || std::io::stderr().is_terminal()
    }

    /// Runs `work`, and says `message` once when it takes longer than a second and somebody is looking.
    pub fn slow<T>(self, message: &str, work: impl FnOnce() -> T) -> T {
        if !self.is_watched() {
            return work();
        }
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let timed_out = Err(std::sync::mpsc::RecvTimeoutError::Timeout);
                if is_done.recv_timeout(WATCHED_PATIENCE) == timed_out {
                    line(message);
                }
            });
            let result = work();
            drop(done);
            result
        })
    }
}

/// How long somebody who looks on is left without a word.
const WATCHED_PATIENCE: Duration = Duration::from_secs(1);

fn line(text: &str) {
    lines(text, &[]);
}

/// Lines in one write, so that those of several processes do not mix. A stderr that cannot be written to leaves
/// nobody to tell.
fn lines(first: &str, more: &[String]) {
    let mut text = format!("composectl: {}\n", shown::line(first));
    for line in more {
        text.push_str(&shown::line(line));
        text.push('\n');
    }
    let _ = std::io::stderr().write_all(text.as_bytes());
}
