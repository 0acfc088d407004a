//! composectl, as a program: xtask builds it with cargo and runs wasm by it, and depends on nothing of it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

pub use crate::cargo::CargoOptions;
use crate::cargo::Program;
use crate::graph::{Context, Options, Process, Work, quote};

/// A built composectl.
#[derive(Clone, Debug)]
pub struct Composectl {
    program: PathBuf,
    cache_dir: PathBuf,
}

static PROGRAM: Program = Program::new("composectl");

/// Builds composectl if cargo finds that it is not up to date; returns its path.
pub fn build(options: CargoOptions) -> Result<PathBuf> {
    PROGRAM.build(options)
}

/// `composectl plan set`: puts the components in the files into the store, and names them in the plan.
pub fn plan_set<'a>(
    composectl: &Path,
    plan: &Path,
    store: &Path,
    named: impl IntoIterator<Item = (&'a str, &'a Path)>,
) -> Command {
    let mut command = Command::new(composectl);
    command.args(["plan", "set"]).arg(plan).arg("--store").arg(store);
    for (name, path) in named {
        command.arg(OsString::from_iter([name.as_ref(), OsStr::new("="), path.as_os_str()]));
    }
    command
}

/// Runs composectl for what it does; what it says is shown if it fails.
pub fn succeed(composectl: &mut Command) -> Result<()> {
    let output = composectl.output().context("cannot start composectl")?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        bail!("{}", text.trim().trim_start_matches("error: "));
    }
    Ok(())
}

impl Composectl {
    /// For use in a step.
    pub fn ensure(cx: &Context, work: &Work) -> Result<Composectl> {
        work.log("building composectl");
        let cache_dir = cx.cache_root().parent().unwrap_or(cx.cache_root()).to_owned();
        let Options { offline, locked, .. } = *cx.options();
        let program = build(CargoOptions { quiet: false, offline, locked })?;
        Ok(Composectl { program, cache_dir })
    }

    /// composectl in a step, with the compiled code beside the step outputs.
    pub fn process<'a>(&self, work: &'a Work<'_>) -> Process<'a> {
        work.process(&self.program).env("PYLON_CACHE_DIR", &self.cache_dir)
    }

    /// The same, for a shell script.
    pub fn shell_words(&self) -> String {
        let [cache, program] = [&self.cache_dir, &self.program].map(|path| quote(path.as_os_str()));
        format!("env PYLON_CACHE_DIR={cache} {program}")
    }
}
