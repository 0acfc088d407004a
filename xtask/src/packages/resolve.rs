//! Which versions: asked of this machine's pip, once for a lock.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::json;

use super::{Lock, Locked, Requirement};
use crate::graph::Digest;

/// pip from within: its flags know no markers of other platforms.
const SCRIPT: &str = include_str!("resolve.py");

#[derive(Deserialize)]
struct Found {
    name: String,
    version: String,
    wheel: String,
    sha256: String,
    dependencies: Vec<String>,
    extras: Vec<String>,
}

/// Versions for `wanted` that go together, for Python `python`; those of `keep` stay as they are.
///
/// Fails with what pip says: no such package, no such version, no wheel, versions that exclude each other, no network.
pub fn resolve(python: &str, wanted: &[Requirement], keep: &Lock) -> Result<Lock> {
    let pins =
        keep.packages.values().map(|Locked { name, version, .. }| format!("{name}=={version}"));
    let question = json!({
        "python": python,
        "requirements": wanted.iter().map(Requirement::to_string).collect::<Vec<_>>(),
        "constraints": pins.collect::<Vec<_>>(),
    });
    let mut pip = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start python3, whose pip finds packages")?;
    if let Some(mut stdin) = pip.stdin.take() {
        // What it did not read it says itself.
        let _ = stdin.write_all(question.to_string().as_bytes());
    }
    let output = pip.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let names: Vec<_> = wanted.iter().map(Requirement::to_string).collect();
        bail!(
            "pip finds no wheels for {}\n{}\nhint: pip is 22.2 or newer, python3-pip of Debian; only wheels serve, not sources",
            names.join(", "),
            said.trim_end()
        );
    }
    let found: Vec<Found> =
        serde_json::from_slice(&output.stdout).context("pip's answer cannot be read")?;
    let mut lock = Lock::default();
    for Found { name, version, wheel, sha256, dependencies, extras } in found {
        let sha256 = Digest::parse(&sha256).with_context(|| format!("{wheel} has no sha256"))?;
        let dependencies = dependencies.into_iter().collect();
        let extras = extras.iter().map(|extra| super::normalized(extra)).collect();
        let locked = Locked { name: name.clone(), version, wheel, sha256, dependencies, extras };
        lock.packages.insert(name, locked);
    }
    Ok(lock)
}
