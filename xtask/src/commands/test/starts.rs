//! How programs start and end, each a run of its own: of CPython, in `runtimes/cpython/tests/starts.toml`, here; of
//! MicroPython in `micropython/starts.rs`. The files say what their keys mean.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::micropython::engine;
use super::subject::Subject;
use super::suite::Test;

const FILE: &str = "runtimes/cpython/tests/starts.toml";
const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Starts {
    start: Vec<Start>,
}

/// A run of a program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub name: String,
    pub args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The guest's stack, where it is not to be composectl's default.
    stack: Option<String>,
    #[serde(default)]
    stdin: String,
    /// Whether the standard streams are a terminal.
    #[serde(default)]
    terminal: bool,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    shows: Vec<String>,
    #[serde(default)]
    stderr: Vec<String>,
    #[serde(default)]
    exit: i32,
    #[serde(default)]
    written: BTreeMap<String, String>,
}

/// The runs that the list at `file` of the checkout has.
pub fn load(root: &Path, file: &str) -> Result<Vec<Start>> {
    let text =
        std::fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))?;
    let starts: Starts = toml_edit::de::from_str(&text).with_context(|| file.to_owned())?;
    Ok(starts.start)
}

pub fn tests<'a>(subject: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let test = |start: Start| {
        Test::simple(format!("start {}", start.name), move || {
            start.check(|work| command(subject, &start, work))
        })
    };
    Ok(load(subject.session.root(), FILE)?.into_iter().map(test).collect())
}

fn command(subject: &Subject, start: &Start, work: &Path) -> Result<Command> {
    let mut command = subject.composectl()?;
    for (name, value) in &start.env {
        command.args(["--env", &format!("{name}={value}")]);
    }
    if let Some(stack) = &start.stack {
        command.args(["--max-wasm-stack", stack]);
    }
    if start.needs_a_folder() {
        command.args(["--dir", &format!("{}::/data", work.display())]);
    }
    command.arg(&subject.built()?.pylon).arg("--").args(&start.args);
    Ok(command)
}

impl Start {
    pub fn needs_a_folder(&self) -> bool {
        !self.files.is_empty() || !self.written.is_empty()
    }

    /// Runs the command that `command` makes for a folder with the files. Fails with all that is not as it should be.
    pub fn check(&self, command: impl FnOnce(&Path) -> Result<Command>) -> Result<()> {
        let work = tempfile::tempdir()?;
        for (name, text) in &self.files {
            let path = work.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(work.path()))?;
            std::fs::write(path, text)?;
        }
        let mut command = command(work.path())?;
        if self.terminal {
            command = on_a_terminal(&command, work.path());
        }
        let output = engine::output(&mut command, self.stdin.as_bytes(), TIMEOUT)?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let mut wrong = Vec::new();
        if output.status.code() != Some(self.exit) {
            wrong.push(format!("it ended with {}, not {}", output.status, self.exit));
        }
        for text in self.shows.iter().filter(|text| !stdout.contains(*text)) {
            wrong.push(format!("standard output lacks: {text}"));
        }
        if self.shows.is_empty() && stdout != self.stdout {
            wrong.push(format!("standard output should be\n{}", self.stdout));
        }
        if self.stderr.is_empty() && !stderr.is_empty() {
            wrong.push("standard error should be empty".to_owned());
        }
        for text in self.stderr.iter().filter(|text| !stderr.contains(*text)) {
            wrong.push(format!("standard error lacks: {text}"));
        }
        for (name, text) in &self.written {
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
}

/// Gives a command a terminal of its own. What is typed are the lines of standard input, each when a prompt has come;
/// what the terminal shows goes to standard output.
fn on_a_terminal(command: &Command, folder: &Path) -> Command {
    const TYPIST: &str = include_str!("terminal.py");
    let mut typist = Command::new("python3");
    typist.args(["-c", TYPIST]).arg(command.get_program()).args(command.get_args());
    typist.current_dir(folder);
    typist
}
