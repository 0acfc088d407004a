//! A program of the machine beside a test inside pylon.wasm, such as a server that it connects to. The test's docstring names it,
//! `beside: tests/beside/tls_peer.py`: a script for the machine's Python, which prints the port of 127.0.0.1 at which it takes
//! orders, and ends with its standard input.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Where the test finds it: `ADDRESS:PORT`.
const VARIABLE: &str = "PYLON_TEST_BESIDE";

/// The program. It ends when this is dropped.
pub struct Beside(Child);

impl Beside {
    /// Starts `script`, relative to the checkout, by the machine's `python`, and tells `command`, the test.
    pub fn start(
        root: &Path,
        python: &Path,
        script: &str,
        command: &mut Command,
    ) -> Result<Beside> {
        let process = Command::new(python)
            .arg(root.join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let mut beside = Beside(process);
        let mut line = String::new();
        let stdout = beside.0.stdout.take().context("invariant: its output is a pipe")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line.trim();
        ensure!(port.parse::<u16>().is_ok(), "{script} prints no port, but `{port}`");
        command.args(["--env", &format!("{VARIABLE}=127.0.0.1:{port}")]);
        Ok(beside)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It may be in a request that nobody answers any more.
        let begun = std::time::Instant::now();
        while begun.elapsed().as_secs() < 5 {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
