//! The one place that prints: results to standard output, everything else to standard error.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context as _, Result};

/// Prints a result. A reader that has gone (`| head -1`) has what it wanted: that is no error, and what was to be done is
/// done. A device that is full is one.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Says a line to the user. That nobody can hear it is no reason to stop.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
