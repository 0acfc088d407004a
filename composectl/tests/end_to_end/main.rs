//! composectl as users call it: the real binary, on small programs assembled from text.

// Tests open what they made themselves.
#![allow(clippy::disallowed_methods)]

mod cache;
mod compiling;
mod dynlink;
mod exit_codes;
mod faults;
mod grants;
mod limits;
mod preview1;
mod programs;
mod reach;
mod stdio;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const GUEST: &str = include_str!("guest.wat");

/// A folder of its own for each test: the component, the cache, and whatever else the test makes.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// On a disk: of files in memory (tmpfs) no digest is remembered.
    fn on_disk() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        Self { folder: folder.expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cache(&self) -> PathBuf {
        self.path("cache/compiled")
    }

    /// Writes a file and returns its path.
    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("can write in a temporary folder");
        path
    }

    /// Assembles `guest.wat` around a function `run` with this content, and what stands beside it.
    fn guest_with(&self, beside: &str, run: &str) -> PathBuf {
        let body = format!("{beside} (func (export \"run\") (result i32) {run})");
        self.component(&GUEST.replace("BODY", &body))
    }

    fn guest(&self, run: &str) -> PathBuf {
        self.guest_with("", run)
    }

    /// Assembles a whole component or module.
    fn component(&self, text: &str) -> PathBuf {
        self.file("guest.wasm", &wat::parse_str(text).expect("the test's component is well-formed"))
    }

    /// composectl with these arguments, in this place, with an environment that holds nothing else.
    fn composectl<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_composectl"));
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("PYLON_CACHE_DIR", self.path("cache"));
        command.env("PYLON_STATE_DIR", self.path("state"));
        command
    }

    /// Runs `composectl run FLAGS.. GUEST -- ARGS..`.
    fn run(&self, flags: &[&str], guest: &Path, args: &[&str]) -> Output {
        self.run_command(flags, guest, args).output().expect("composectl starts")
    }

    fn run_command(&self, flags: &[&str], guest: &Path, args: &[&str]) -> Command {
        let mut command = self.composectl(["run"]);
        command.args(flags).arg(guest).arg("--").args(args);
        command
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

/// Fails with the whole of stderr unless it holds every one of `parts`.
#[track_caller]
fn assert_says(output: &Output, parts: &[&str]) {
    let said = stderr(output);
    for part in parts {
        assert!(said.contains(part), "stderr lacks `{part}`:\n{said}");
    }
}
