//! What runs images: pylon-wamr and composectl, which come out of this checkout, and the stock iwasm and wasmtime
//! where the machine has them.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::commands::Session;
use crate::{composectl, wamr};

/// Of wasmtime's own command; composectl gives more, since CPython needs it.
const WASMTIME_STACK: &str = "512K";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// pylon-wamr.
    Wamr,
    /// The same, with standard streams whose types are unknown, as today's WAMR has them.
    WamrUntyped,
    /// The stock program of WAMR.
    Iwasm,
    Composectl,
    /// The stock program of wasmtime.
    Wasmtime,
}

/// A program that runs images.
#[derive(Clone, Debug)]
pub struct Engine {
    pub kind: Kind,
    program: PathBuf,
}

/// What a run is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grants<'g> {
    /// Folders, each under the name that it has here.
    pub folders: &'g [&'g OsStr],
    /// Environment variables: NAME=VALUE.
    pub env: &'g [&'g str],
    /// Bound of memory, for engines that have one: `24M`.
    pub memory: Option<&'g str>,
}

impl Engine {
    pub fn wamr(session: &Session) -> Result<Engine> {
        Ok(Engine { kind: Kind::Wamr, program: wamr::build(quiet(session))? })
    }

    /// Of the same program as [`Engine::wamr`].
    pub fn untyped(wamr: &Engine) -> Engine {
        Engine { kind: Kind::WamrUntyped, program: wamr.program.clone() }
    }

    pub fn composectl(session: &Session) -> Result<Engine> {
        Ok(Engine { kind: Kind::Composectl, program: composectl::build(quiet(session))? })
    }

    /// The stock programs that PATH has. A wasmtime that cannot say that it is 48 or newer is not taken.
    pub fn stock() -> Vec<Engine> {
        let version = |program: &str| {
            let output =
                Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let mut engines = Vec::new();
        if version("iwasm").is_some() {
            engines.push(Engine { kind: Kind::Iwasm, program: "iwasm".into() });
        }
        if version("wasmtime").is_some_and(|text| major(&text).is_some_and(|major| major >= 48)) {
            engines.push(Engine { kind: Kind::Wasmtime, program: "wasmtime".into() });
        }
        engines
    }

    /// Told behind the name of a test that runs on several engines.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Wamr => "WAMR",
            Kind::WamrUntyped => "WAMR with untyped streams",
            Kind::Iwasm => "iwasm",
            Kind::Composectl => "wasmtime",
            Kind::Wasmtime => "wasmtime of PATH",
        }
    }

    /// The program running `image` with `grants`; MicroPython's arguments are to be added.
    pub fn command(&self, image: &Path, grants: &Grants) -> Command {
        let mut command = Command::new(&self.program);
        match self.kind {
            Kind::Wamr | Kind::WamrUntyped | Kind::Iwasm => {
                command.arg(format!("--stack-size={}", wamr::STACK_SIZE));
                command.args((self.kind == Kind::WamrUntyped).then_some("--untyped-streams"));
            }
            Kind::Composectl => {
                command.args(["run", "--max-wasm-stack", WASMTIME_STACK]);
                command.args(grants.memory.iter().flat_map(|size| ["--max-memory", size]));
            }
            Kind::Wasmtime => {
                command.arg("run");
            }
        }
        for folder in grants.folders {
            let mut flag = std::ffi::OsString::from("--dir=");
            flag.push(folder);
            command.arg(flag);
        }
        command.args(grants.env.iter().map(|variable| format!("--env={variable}"))).arg(image);
        if self.kind == Kind::Composectl {
            command.arg("--");
        }
        command
    }
}

fn quiet(session: &Session) -> composectl::CargoOptions {
    composectl::CargoOptions { quiet: true, ..session.cargo_options() }
}

/// From `wasmtime 48.0.1 (..)`.
fn major(version: &str) -> Option<u32> {
    version.split_whitespace().nth(1)?.split('.').next()?.parse().ok()
}

/// Runs a command with `stdin` to its end, or kills it after `timeout`, which is an error with what it had printed.
pub fn output(command: &mut Command, stdin: &[u8], timeout: Duration) -> Result<Output> {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {shown}"))?;
    let (input, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that does not read its input is no failure.
            input.map(|mut input| std::io::Write::write_all(&mut input, stdin))
        });
        let stdout = scope.spawn(move || all_of(stdout));
        let stderr = scope.spawn(move || all_of(stderr));
        let status = wait(&mut child, timeout);
        let text = |thread: std::thread::ScopedJoinHandle<_>| {
            thread.join().expect("invariant: reading does not panic")
        };
        let (stdout, stderr) = (text(stdout), text(stderr));
        match status? {
            Some(status) => Ok(Output { status, stdout, stderr }),
            None => bail!(
                "{shown}\nwas killed after {} s\n{}{}",
                timeout.as_secs(),
                String::from_utf8_lossy(&stdout),
                String::from_utf8_lossy(&stderr)
            ),
        }
    })
}

fn all_of(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}

/// `None`: it had to be killed.
fn wait(child: &mut Child, timeout: Duration) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > timeout {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_end_is_killed_and_told() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo begun; exec sleep 60"]);
        // What it has to be begun by.
        let error = output(&mut command, b"", Duration::from_secs(2)).unwrap_err().to_string();
        assert!(error.contains("was killed") && error.contains("begun"), "{error}");
    }

    #[test]
    fn input_and_both_outputs_are_passed() {
        let mut command = Command::new("sh");
        command.args(["-c", "cat; echo bad >&2; exit 3"]);
        let output = output(&mut command, b"text", Duration::from_secs(60)).unwrap();
        assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b"text"[..]));
        assert_eq!(output.stderr, b"bad\n");
    }

    #[test]
    fn versions_of_wasmtime_are_read() {
        assert_eq!(major("wasmtime 48.0.1 (abc 2026-01-01)\n"), Some(48));
        assert_eq!(major("wasmtime-cli\n"), None);
    }
}
