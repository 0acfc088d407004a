//! Python scripts in a step. The Python is ours: the bootstrap interpreter, a component that composectl runs, so that
//! no Python of the machine has a part in what is built.

use std::path::Path;

use anyhow::{Result, bail};

use crate::composectl::Composectl;
use crate::graph::{Artifact, Context, Inputs, Work};

/// The bootstrap interpreter. [`crate::cpython::bootstrap`] makes it.
#[derive(Clone, Debug)]
pub struct Interpreter {
    /// Holds `python.wasm`.
    pub program: Artifact,
    /// CPython's sources; `Lib` is the library.
    pub source: Artifact,
}

/// `PYTHONHASHSEED`: scripts that print sets print them in the same order every time.
const ENVIRONMENT: &str = "PYTHONHASHSEED=0";

impl Interpreter {
    /// Declares it as an input of a step that runs scripts.
    pub fn input(&self, inputs: &mut Inputs) {
        inputs.artifact("bootstrap", &self.program);
        inputs.artifact("cpython", &self.source);
    }

    /// For scripts of one step: its output folder is `/out` for them. Nothing else can be written to.
    pub fn start<'a>(&self, cx: &Context, work: &'a Work<'a>) -> Result<Scripts<'a>> {
        let mut scripts = self.start_without_library(cx, work)?;
        scripts.mount(&self.source.path("Lib"), "/lib/python3.13");
        Ok(scripts)
    }

    /// The same, for who gives it the library in another way.
    pub fn start_without_library<'a>(
        &self,
        cx: &Context,
        work: &'a Work<'a>,
    ) -> Result<Scripts<'a>> {
        Ok(Scripts {
            work,
            composectl: Composectl::ensure(cx, work)?,
            interpreter: self.clone(),
            mounts: vec![format!("{}::/out", work.out().display())],
            environment: vec![ENVIRONMENT.to_owned()],
        })
    }
}

/// Runs scripts in a step.
pub struct Scripts<'a> {
    work: &'a Work<'a>,
    composectl: Composectl,
    interpreter: Interpreter,
    mounts: Vec<String>,
    environment: Vec<String>,
}

impl Scripts<'_> {
    /// Lets scripts read the folder `host` under the name `guest`, an absolute path.
    pub fn mount(&mut self, host: &Path, guest: &str) {
        self.mounts.push(format!("{}::{guest}:ro", host.display()));
    }

    /// Sets a variable of scripts.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push(format!("{name}={value}"));
    }

    /// Runs the script at the path `script` in a mounted folder; returns what it printed.
    ///
    /// Fails if it ends with anything but 0, with what it said on standard error; of a traceback, with the last line.
    pub fn run(&self, script: &str, args: &[&str]) -> Result<String> {
        let mounts = self.mounts.iter().flat_map(|mount| ["--dir", mount]);
        let program = self.interpreter.program.path("python.wasm");
        let command = self.composectl.process(self.work).quiet().arg("run").args(mounts);
        let environment = self.environment.iter().flat_map(|variable| ["--env", variable]);
        let command = command.args(environment).arg(program);
        let command = command.args(["--", "-B", script]).args(args);
        let output = command.output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{}",
                complaint(&said).unwrap_or(&format!("{script} ended with {}", output.status))
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// What a script said that failed.
fn complaint(said: &str) -> Option<&str> {
    let said = said.trim();
    let traceback = said.starts_with("Traceback ");
    let complaint = if traceback { said.lines().next_back()? } else { said };
    Some(complaint).filter(|complaint| !complaint.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_fails_with_what_it_said() {
        assert_eq!(complaint("no such module\nhint: look\n"), Some("no such module\nhint: look"));
        let traceback =
            "Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: no\n";
        assert_eq!(complaint(traceback), Some("ValueError: no"));
        assert_eq!(complaint(" \n"), None);
    }
}
