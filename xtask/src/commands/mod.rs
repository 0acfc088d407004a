//! One file a command. A command turns arguments into steps, ensures them, and says what came out.

pub mod bench;
pub mod build;
pub mod clean;
mod components;
pub mod compose;
pub mod copy;
pub mod doctor;
pub mod dynlink;
pub mod explain;
pub mod r#gen;
mod linkage_case;
pub mod list;
mod native_python;
pub mod new;
mod packages;
pub mod run;
pub mod run_mp;
pub mod setup;
pub mod static_mp;
pub mod test;
pub mod vendor;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use camino::Utf8PathBuf;
use serde_json::json;

use crate::bindings::Stale;
use crate::checkout;
use crate::cli::Global;
use crate::composectl;
use crate::cpython;
use crate::graph::{Context, Options, Report, Verbosity};
use crate::manifest::{Diagnostics, Workspace};
use crate::output;

/// Errors that have an exit code of their own; the rest is 1.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line or a variable is wrong: 2, as clap's own.
    #[error("{0}")]
    Usage(String),
    /// The checkout is wrong: 3.
    #[error("{0}")]
    Checkout(String),
    /// Tests failed: 4.
    #[error("{0}")]
    Tests(String),
}

/// For a name from the command line that the checkout does not have.
pub fn usage(error: impl std::fmt::Display) -> anyhow::Error {
    let text = error.to_string();
    Failure::Usage(text.trim().trim_start_matches("error: ").to_owned()).into()
}

/// Names a version of CPython where `--python` does not.
const PYTHON_VARIABLE: &str = "PYLON_PYTHON";
/// What the user named, for the processes that tests and measurements start.
static NAMED_PYTHON: OnceLock<String> = OnceLock::new();

/// One run of xtask: the checkout and the global flags; the manifests and the step engine when they are needed.
pub struct Session {
    pub global: Global,
    pub root: Utf8PathBuf,
    begun: Instant,
    report: Report,
    context: OnceLock<Context>,
    workspace: OnceLock<Workspace>,
}

impl Session {
    pub fn new(global: Global) -> Result<Session> {
        let root = checkout::to_work_on()?;
        let root = Utf8PathBuf::from_path_buf(root)
            .map_err(|path| anyhow!("the checkout's path {} is not UTF-8", path.display()))?;
        let report = Report::new(global.verbosity(), global.color);
        Ok(Session {
            global,
            root,
            begun: Instant::now(),
            report,
            context: OnceLock::new(),
            workspace: OnceLock::new(),
        })
    }

    pub fn root(&self) -> &Path {
        self.root.as_std_path()
    }

    /// The manifests and contracts of the checkout. All errors in them are reported at once.
    pub fn workspace(&self) -> Result<&Workspace> {
        if self.workspace.get().is_none() {
            let mut workspace = Workspace::load(&self.root)?;
            workspace.python = self.python()?;
            workspace.guided = guided()?;
            let notes = workspace.notes.to_string();
            if !notes.trim().is_empty() {
                self.report.note(notes.trim_end());
            }
            let _ = self.workspace.set(workspace);
        }
        self.workspace.get().ok_or_else(|| anyhow!("the workspace was not kept"))
    }

    /// The version of CPython that the user names, which is a pinned one.
    fn python(&self) -> Result<Option<String>> {
        let variable = std::env::var(PYTHON_VARIABLE).ok().filter(|version| !version.is_empty());
        let named = self.global.python.clone().or(variable);
        if let Some(version) = &named {
            cpython::Pin::load(self.root())?.archive(version).map_err(usage)?;
            // The same in each session of this process.
            let _ = NAMED_PYTHON.set(version.clone());
        }
        Ok(named)
    }

    /// What `cargo build` of composectl is to respect.
    pub fn cargo_options(&self) -> composectl::CargoOptions {
        let Global { quiet, offline, locked, .. } = self.global;
        composectl::CargoOptions { quiet, offline, locked }
    }

    /// The step engine.
    pub fn context(&self) -> Result<&Context> {
        if self.context.get().is_none() {
            let options = Options {
                jobs: self.global.jobs,
                dry_run: self.global.dry_run,
                keep_going: self.global.keep_going,
                offline: self.global.offline,
                locked: self.global.locked,
            };
            let context = Context::new(self.root(), &cache_dir()?, options, self.report.clone())?;
            let _ = self.context.set(context);
        }
        self.context.get().ok_or_else(|| anyhow!("the context was not kept"))
    }

    /// A line for the user, on standard error.
    pub fn note(&self, text: &str) {
        self.report.note(text);
    }

    /// The command's result: JSON on standard output with `--json`, else the lines.
    pub fn result(&self, json: serde_json::Value, lines: &str) -> Result<()> {
        if self.global.json {
            output::print(&format!("{json:#}\n"))
        } else if self.global.verbosity() > Verbosity::Quiet {
            output::print(&format!("{}\n", lines.trim_end()))
        } else {
            Ok(())
        }
    }

    /// In a dry run: prints the plan and returns true.
    pub fn planned(&self) -> Result<bool> {
        if !self.global.dry_run {
            return Ok(false);
        }
        let planned = self.context()?.planned();
        let lines: Vec<_> =
            planned.iter().map(|step| format!("{:>10} {}", step.kind, step.label)).collect();
        let text = match lines.len() {
            0 => "nothing to do".to_owned(),
            count => format!("{}\n{count} steps would run", lines.join("\n")),
        };
        self.result(json!({ "planned": planned }), &text)?;
        Ok(true)
    }

    /// What the steps of this run were, for `--json`.
    pub fn steps(&self) -> Result<serde_json::Value> {
        let finished = self.context()?.finished();
        let cached = finished.iter().filter(|step| step.cached).count();
        Ok(json!({
            "run": finished.len() - cached,
            "cached": cached,
            "seconds": self.begun.elapsed().as_secs_f64(),
            "steps": finished,
        }))
    }

    pub fn finish(&self) {
        let Some(context) = self.context.get() else { return };
        context.finish();
        if self.global.timings {
            let mut finished = context.finished();
            finished.retain(|step| !step.cached);
            finished.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
            for step in finished {
                output::say(&format!("{:8.2} s  {} {}", step.seconds, step.kind, step.label));
            }
            output::say(&format!("{:8.2} s  in all", self.begun.elapsed().as_secs_f64()));
        }
    }
}

/// Whether CPython is to be compiled with a profile: unless `PYLON_GUIDED` says otherwise.
fn guided() -> Result<bool> {
    match std::env::var("PYLON_GUIDED").unwrap_or_default().as_str() {
        "" | "1" => Ok(true),
        "0" => Ok(false),
        other => Err(usage(format!("PYLON_GUIDED is 0 or 1, not `{other}`"))),
    }
}

/// `PYLON_CACHE_DIR`, or `pylon` in the XDG cache folder.
pub fn cache_dir() -> Result<PathBuf> {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let dir = set("PYLON_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("pylon")))
        .or_else(|| set("HOME").map(|dir| dir.join(".cache/pylon")))
        .context("there is no folder for the cache: neither PYLON_CACHE_DIR nor HOME is set")?;
    std::path::absolute(&dir).with_context(|| format!("cannot use {} for the cache", dir.display()))
}

/// Prints an error and tells its exit code.
pub fn explain_failure(error: &anyhow::Error, json: bool) -> ExitCode {
    let (code, bare) = match error.downcast_ref::<Failure>() {
        Some(Failure::Usage(_)) => (2, false),
        Some(Failure::Checkout(_)) => (3, false),
        Some(Failure::Tests(_)) => (4, false),
        // They say `error:` themselves, once for each.
        None if error.is::<Diagnostics>() => (3, true),
        None if error.is::<Stale>() => (3, false),
        None => (1, false),
    };
    let text = format!("{error:#}");
    let said = || output::print(&format!("{:#}\n", json!({ "error": text, "code": code })));
    if json && said().is_ok() {
        // Who asked for JSON reads it there.
    } else if bare {
        output::say(text.trim_end());
    } else {
        output::say(&format!("error: {}", text.trim_end()));
    }
    ExitCode::from(code)
}
