//! `cargo xtask run`: pylon.wasm or micropython.wasm by composectl.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use super::dynlink::Place;
use super::{Session, packages, usage};
use crate::cli::Runtime;
use crate::manifest::LINKER;
use crate::wasm::inspect;
use crate::{cli, composectl};

/// Whether a component resolves providers.
fn resolves(component: &Path) -> Result<bool> {
    let context = || format!("cannot read {}", component.display());
    let imports = inspect::interface(&fs::read(component).with_context(context)?)
        .with_context(context)?
        .imports;
    Ok(imports.iter().any(|import| import.name == LINKER))
}

/// Flags of composectl and arguments of Python. Flags come first, and clap leaves us the `--` only where something precedes it.
fn split(args: &[String]) -> (&[String], &[String]) {
    match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (&[], args),
    }
}

/// The folder of the packages that were asked for.
fn packages(session: &Session, args: &cli::Run) -> Result<Option<PathBuf>> {
    if args.with.is_empty() && args.lock.is_none() {
        return Ok(None);
    }
    if args.runtime != Runtime::CPython {
        return Err(usage("--with and --lock are of CPython: MicroPython has packages of its own"));
    }
    let script = split(&args.args).1.first().map(Path::new);
    let file = match &args.lock {
        Some(file) => file.clone(),
        None => packages::lock_of(session, script, &args.with),
    };
    packages::site(session, &args.with, &file, args.upgrade).map(Some)
}

pub fn run(session: &Session, args: cli::Run) -> Result<ExitCode> {
    let (file, compose) = match args.runtime {
        Runtime::CPython => ("target/pylon/pylon.wasm", "compose"),
        Runtime::MicroPython => ("target/pylon/micropython.wasm", "compose --runtime micropython"),
    };
    let pylon = session.root().join(file);
    if !pylon.is_file() {
        bail!("there is no {file} yet\nhint: run `cargo xtask {compose}`");
    }
    let program = composectl::build(session.cargo_options())?;
    let site = packages(session, &args)?;
    let (flags, rest) = split(&args.args);
    let mut command = Command::new(&program);
    command.arg("run");
    let place = Place::beside_pylon(session);
    let given = |name: &str| {
        let same = |flag: &String| flag.split('=').next() == Some(name);
        flags.iter().any(same)
    };
    // Without a plan it is the import of a module that fails, as with any name that no plan has.
    if place.plan.is_file() && !given("--plan") && resolves(&pylon)? {
        let [plan, file, store, folder] = place.flags();
        command.args([plan, file]);
        if !given("--store") {
            command.args([store, folder]);
        }
    }
    if let Some(site) = site {
        if given("--site") {
            return Err(usage("--site and --with both say which packages there are"));
        }
        command.arg("--site").arg(site);
    }
    session.finish();
    let error = command.args(flags).arg(&pylon).arg("--").args(rest).exec();
    bail!("cannot start {}: {error}", program.display())
}
