//! composectl, as a program: xtask builds it with cargo and runs wasm by it, and depends on nothing of it.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, bail};
use xshell::{Shell, cmd};

use crate::checkout;
use crate::graph::{Context, Options, Process, Work};

/// A built composectl.
#[derive(Clone, Debug)]
pub struct Composectl {
    program: PathBuf,
    cache_dir: PathBuf,
}

/// The flags of this run that concern cargo.
#[derive(Clone, Copy, Debug, Default)]
pub struct CargoOptions {
    /// Show nothing but errors.
    pub quiet: bool,
    pub offline: bool,
    pub locked: bool,
}

static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();

/// Builds composectl if cargo finds that it is not up to date; returns its path. It is that of
/// xtask's own checkout, whichever is worked on.
pub fn build(options: CargoOptions) -> Result<PathBuf> {
    let built = BUILT.get_or_init(|| cargo_build(options).map_err(|error| format!("{error:#}")));
    built.clone().map_err(|error| anyhow!(error))
}

fn cargo_build(options: CargoOptions) -> Result<PathBuf> {
    let CargoOptions { quiet, offline, locked } = options;
    let root = checkout::own()?;
    let shell = Shell::new()?;
    shell.change_dir(&root);
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let offline = offline.then_some("--offline");
    let locked = locked.then_some("--locked");
    let build =
        cmd!(shell, "{cargo} build --release --package composectl {offline...} {locked...}")
            // What cargo set for xtask is not composectl's.
            .env_remove("CARGO_MANIFEST_DIR");
    let mut child =
        Command::from(build).stderr(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut errors = String::new();
    for line in BufReader::new(child.stderr.take().context("cargo has no standard error")?).lines()
    {
        let line = line?;
        // What takes long is shown; that there was nothing to do is not worth a line in front of a program's output.
        if !quiet && !line.trim_start().starts_with("Finished") {
            eprintln!("{line}");
        }
        errors += &line;
        errors.push('\n');
    }
    if !child.wait()?.success() {
        bail!(
            "cannot build composectl{}",
            if quiet { format!(":\n{errors}") } else { String::new() }
        );
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(root.join(target).join("release/composectl"))
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
        format!("env PYLON_CACHE_DIR='{}' '{}'", self.cache_dir.display(), self.program.display())
    }
}
