//! `cargo xtask run`: pylon.wasm or micropython.wasm by composectl.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use super::Session;
use super::dynlink::Place;
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
    // Flags of composectl come first, and clap leaves us the `--` only where something precedes it.
    let split = args.args.iter().position(|arg| arg == "--");
    let (flags, rest) = match split {
        Some(at) => (&args.args[..at], &args.args[at + 1..]),
        None => (&[][..], args.args.as_slice()),
    };
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
    let error = command.args(flags).arg(&pylon).arg("--").args(rest).exec();
    bail!("cannot start {}: {error}", program.display())
}
