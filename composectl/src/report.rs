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

    /// Runs `work`, and says `message` once when it takes longer than a second and somebody is looking.
    pub fn slow<T>(self, message: &str, work: impl FnOnce() -> T) -> T {
        if !self.verbose && !std::io::stderr().is_terminal() {
            return work();
        }
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let timed_out = Err(std::sync::mpsc::RecvTimeoutError::Timeout);
                if is_done.recv_timeout(Duration::from_secs(1)) == timed_out {
                    line(message);
                }
            });
            let result = work();
            drop(done);
            result
        })
    }
}

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
