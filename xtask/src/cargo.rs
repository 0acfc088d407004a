//! Programs of this checkout that cargo builds, and xtask runs as programs: it depends on nothing of them.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::checkout;
use crate::output;

/// The flags of this run that concern cargo.
#[derive(Clone, Copy, Debug, Default)]
pub struct CargoOptions {
    /// Show nothing but errors.
    pub quiet: bool,
    pub offline: bool,
    pub locked: bool,
}

/// A program that has the name of its package.
pub struct Program {
    package: &'static str,
    built: OnceLock<Result<PathBuf, String>>,
}

impl Program {
    pub const fn new(package: &'static str) -> Program {
        Program { package, built: OnceLock::new() }
    }

    /// Builds it if cargo finds that it is not up to date; returns its path. It is that of xtask's own checkout,
    /// whichever is worked on.
    pub fn build(&self, options: CargoOptions) -> Result<PathBuf> {
        let built = self.built.get_or_init(|| {
            cargo_build(self.package, options).map_err(|error| format!("{error:#}"))
        });
        built.clone().map_err(|error| anyhow!(error))
    }
}

fn cargo_build(package: &str, options: CargoOptions) -> Result<PathBuf> {
    let CargoOptions { quiet, offline, locked } = options;
    let root = checkout::own()?;
    let shell = Shell::new()?;
    shell.change_dir(&root);
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // The flag is not passed on to build scripts, the variable is.
    let _net = offline.then(|| shell.push_env("CARGO_NET_OFFLINE", "true"));
    let offline = offline.then_some("--offline");
    let locked = locked.then_some("--locked");
    let build = cmd!(
        shell,
        "{cargo} build --release --package {package} --message-format json-render-diagnostics {offline...} {locked...}"
    );
    let mut build = Command::from(build);
    // What cargo set for xtask is not theirs: build scripts that ask for it would run again whenever xtask was started
    // in another way.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix)) {
            build.env_remove(&*name);
        }
    }
    let mut child = build
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {cargo}"))?;
    let mut messages = child.stdout.take().context("cargo has no standard output")?;
    let messages = std::thread::spawn(move || {
        let mut text = String::new();
        messages.read_to_string(&mut text).map(|_| text)
    });
    let mut errors = String::new();
    for line in BufReader::new(child.stderr.take().context("cargo has no standard error")?).lines()
    {
        let line = line?;
        // What takes long is shown; that there was nothing to do is not worth a line in front of a program's output.
        if !quiet && !line.trim_start().starts_with("Finished") {
            output::say(&line);
        }
        errors += &line;
        errors.push('\n');
    }
    if !child.wait()?.success() {
        bail!(
            "cannot build {package}{}",
            if quiet { format!(":\n{errors}") } else { String::new() }
        );
    }
    let messages = messages.join().map_err(|_| anyhow!("cargo's messages were not read"))??;
    executable(&messages, package)
        .with_context(|| format!("cargo built {package}, but did not say where it is"))
}

/// Where cargo put the program `name`, by its own word: settings and variables have many ways to name a folder.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| {
            message["reason"] == "compiler-artifact" && message["target"]["name"] == name
        })
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_the_program_is() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"composectl-plan"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"composectl","kind":["lib"]},"executable":null}
{"reason":"build-script-executed"}
not JSON
{"reason":"compiler-artifact","target":{"name":"composectl","kind":["bin"]},"executable":"/t/x86/release/composectl"}
{"reason":"build-finished","success":true}"#;
        let path = executable(messages, "composectl");
        assert_eq!(path.as_deref(), Some("/t/x86/release/composectl".as_ref()));
        assert_eq!(executable(messages, "pylon-wamr"), None);
    }
}
