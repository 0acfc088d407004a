//! Child processes: a cleared environment plus an allow-list, output kept for the step's log.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Context, Work};

/// What every child process gets, besides what its step gives it. All of it is the same on every machine but
/// for `PATH`, `HOME` and `TMPDIR`, which tools need in order to run and must not let into their output.
const ALLOWED: &[&str] = &["PATH", "HOME", "TMPDIR"];
pub(super) const FIXED: &[(&str, &str)] =
    &[("LC_ALL", "C"), ("TZ", "UTC"), ("SOURCE_DATE_EPOCH", "1749600000")];

/// Where clients look for certificates of authorities of the user's own.
const CERTIFICATES: &[&str] =
    &["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"];

pub struct Process<'a> {
    cx: &'a Context,
    work: &'a Work<'a>,
    command: Command,
    shown: Vec<OsString>,
    quiet: bool,
}

impl<'a> Process<'a> {
    pub(super) fn new(cx: &'a Context, work: &'a Work<'a>, program: &Path) -> Process<'a> {
        let mut command = Command::new(program);
        command.env_clear().stdin(Stdio::null());
        for name in ALLOWED {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(FIXED.iter().copied());
        Process { cx, work, command, shown: vec![program.into()], quiet: false }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(arg.as_ref().to_owned());
        self.command.arg(arg);
        self
    }

    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, Process::arg)
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn current_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.command.current_dir(dir.into());
        self
    }

    /// Lets the program reach the network the way the user's own would: cargo's and pip's settings, proxies, certificates.
    pub fn network(mut self) -> Self {
        for (name, value) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let proxy = text.to_ascii_lowercase().ends_with("_proxy");
            let certificates = CERTIFICATES.contains(&&*text);
            let settings = ["CARGO_", "PIP_", "RUSTUP_"].iter().any(|tool| text.starts_with(tool));
            if proxy || certificates || settings {
                self.command.env(name, value);
            }
        }
        self
    }

    /// Lets a `make` below share this run's job budget.
    pub fn share_jobs(mut self) -> Self {
        self.cx.jobs().configure(&mut self.command);
        self
    }

    /// Leaves standard output out of the log; for commands that are run for what they print.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Runs to the end; returns standard output.
    ///
    /// Fails when the program cannot be started or ends with anything but 0; what it printed is in the log.
    pub fn run(self) -> Result<String> {
        let name = Path::new(&self.shown[0]).file_name().unwrap_or(&self.shown[0]).to_owned();
        let output = self.output()?;
        if !output.status.success() {
            bail!("{} ended with {}", name.display(), output.status);
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// As [`Process::run`], for what runs long: each line that it prints, to either stream, is handed to `watch` as it comes.
    pub fn watch(mut self, mut watch: impl FnMut(&str)) -> Result<()> {
        let name = Path::new(&self.shown[0]).file_name().unwrap_or(&self.shown[0]).to_owned();
        self.work.log(&format!("$ {}", self.line()));
        let (lines, printed) = std::io::pipe()?;
        let streams = (printed.try_clone()?, printed);
        let mut child = self
            .command
            .stdout(streams.0)
            .stderr(streams.1)
            .spawn()
            .with_context(|| format!("cannot start {}", self.shown[0].display()))?;
        // It holds the writing ends, which must be closed here for the reading one to end.
        drop(self.command);
        for line in BufReader::new(lines).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            self.work.log(&line);
            watch(&line);
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("{} ended with {status}", name.display());
        }
        Ok(())
    }

    fn line(&self) -> String {
        self.shown.iter().map(|arg| quote(arg)).collect::<Vec<_>>().join(" ")
    }

    /// Runs to the end, for who makes an error of what the program says; it is in the log as well.
    ///
    /// Fails when the program cannot be started.
    pub fn output(mut self) -> Result<Output> {
        self.work.log(&format!("$ {}", self.line()));
        let output = self
            .command
            .output()
            .with_context(|| format!("cannot start {}", self.shown[0].display()))?;
        if !self.quiet || !output.status.success() {
            self.work.log(&String::from_utf8_lossy(&output.stdout));
        }
        self.work.log(&String::from_utf8_lossy(&output.stderr));
        Ok(output)
    }
}

/// An argument as a shell takes it.
pub fn quote(arg: &OsStr) -> String {
    let arg = arg.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) {
        arg.into_owned()
    } else {
        format!("'{}'", arg.replace('\'', r"'\''"))
    }
}
