//! What a program sees of the options and the environment that it is started with, in the machine's CPython and in ours:
//! `tests/differential/options.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::differential::{FOLDER, SKIPPED, alike, compare, mount};
use super::micropython::engine;
use super::subject::Subject;
use super::suite::{Counts, Test};

const LIST: &str = "options.toml";
/// The program, a module of this name.
const MODULE: &str = "options";
/// Where a program in wasm sees it.
const GUEST: &str = "/programs";
const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Starts {
    start: Vec<Start>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Whether it is also found by its name.
    #[serde(default)]
    module: bool,
}

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::new("options cpython", move || run(subject))
}

fn run(subject: &Subject) -> Result<Counts> {
    let folder = subject.session.root().join(FOLDER);
    let Some(native) = alike(subject)? else { return Ok(SKIPPED) };
    let read = |file: &str| {
        let path = folder.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let starts: Starts = toml_edit::de::from_str(&read(LIST)?).context(LIST)?;
    let code = read(&format!("{MODULE}.py"))?;
    // Where Python may write byte code beside it.
    let programs = tempfile::tempdir()?;
    std::fs::write(programs.path().join(format!("{MODULE}.py")), &code)?;
    let (mut reference, mut found) = (String::new(), String::new());
    for start in &starts.start {
        let ways = [["-c", &code], ["-m", MODULE]];
        for way in ways.iter().take(if start.module { 2 } else { 1 }) {
            let shown = format!("{} {:?} {}", start.options.join(" "), start.env, way[0]);
            let mut command = Command::new(&native.program);
            command.env_clear().env("LC_ALL", "C.UTF-8").env("PYTHONPATH", programs.path());
            command.envs(&start.env);
            reference += &told(&shown, &mut command, start, way, &native.program)?;

            let mut command = subject.composectl()?;
            command.args(["--env", &format!("PYTHONPATH={GUEST}"), "--dir"]);
            command.arg(mount(programs.path(), &format!("{GUEST}:ro")));
            for (name, value) in &start.env {
                command.args(["--env", &format!("{name}={value}")]);
            }
            command.arg(&subject.built()?.pylon).arg("--");
            found += &told(&shown, &mut command, start, way, Path::new("python"))?;
        }
    }
    compare(&reference, &found)
}

/// What comes of a start, on one line.
fn told(
    shown: &str,
    command: &mut Command,
    start: &Start,
    way: &[&str; 2],
    program: &Path,
) -> Result<String> {
    command.args(&start.options).args(way).args(["a", "-b"]);
    let output = engine::output(command, b"", TIMEOUT)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, code) = (text(&output.stdout), output.status.code());
    let stderr = text(&output.stderr).replace(&program.display().to_string(), "python");
    Ok(format!("{shown}: {code:?} {stdout:?} {stderr:?}\n"))
}
