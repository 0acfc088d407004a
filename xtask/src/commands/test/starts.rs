//! `runtimes/cpython/tests/starts.toml`: how programs start and end, each a run of its own. The file says what its
//! keys mean.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::subject::Subject;
use super::suite::Test;

const FILE: &str = "runtimes/cpython/tests/starts.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Starts {
    start: Vec<Start>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    name: String,
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    stdin: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: Vec<String>,
    #[serde(default)]
    exit: i32,
    #[serde(default)]
    written: BTreeMap<String, String>,
}

pub fn tests<'a>(subject: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let text = std::fs::read_to_string(subject.session.root().join(FILE))
        .with_context(|| format!("cannot read {FILE}"))?;
    let starts: Starts = toml_edit::de::from_str(&text).with_context(|| FILE.to_owned())?;
    let test = |start: Start| {
        Test::simple(format!("start {}", start.name), move || check(subject, &start))
    };
    Ok(starts.start.into_iter().map(test).collect())
}

fn check(subject: &Subject, start: &Start) -> Result<()> {
    let work = tempfile::tempdir()?;
    for (name, text) in &start.files {
        let path = work.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(work.path()))?;
        std::fs::write(path, text)?;
    }
    let output = run(subject, start, work.path())?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut wrong = Vec::new();
    if output.status.code() != Some(start.exit) {
        wrong.push(format!("it ended with {}, not {}", output.status, start.exit));
    }
    if stdout != start.stdout {
        wrong.push(format!("standard output should be\n{}", start.stdout));
    }
    if start.stderr.is_empty() && !stderr.is_empty() {
        wrong.push("standard error should be empty".to_owned());
    }
    for text in start.stderr.iter().filter(|text| !stderr.contains(*text)) {
        wrong.push(format!("standard error lacks: {text}"));
    }
    for (name, text) in &start.written {
        let found = std::fs::read_to_string(work.path().join(name)).ok();
        if found.as_ref() != Some(text) {
            wrong.push(format!("{name} holds {found:?}, not {text:?}"));
        }
    }
    if !wrong.is_empty() {
        bail!("{}\nstandard output:\n{stdout}\nstandard error:\n{stderr}", wrong.join("\n"));
    }
    Ok(())
}

fn run(subject: &Subject, start: &Start, work: &Path) -> Result<Output> {
    let mut command = subject.composectl()?;
    command.args(["--timeout", "2m"]);
    for (name, value) in &start.env {
        command.args(["--env", &format!("{name}={value}")]);
    }
    if !start.files.is_empty() || !start.written.is_empty() {
        command.args(["--dir", &format!("{}::/data", work.display())]);
    }
    command.arg(&subject.built()?.pylon).arg("--").args(&start.args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start composectl")?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input is no failure.
        let _ = stdin.write_all(start.stdin.as_bytes());
    }
    Ok(child.wait_with_output()?)
}
