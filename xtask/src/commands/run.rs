//! `cargo xtask run`: pylon.wasm by composectl.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use super::Session;
use crate::{cli, composectl};

pub fn run(session: &Session, args: cli::Run) -> Result<ExitCode> {
    let pylon = session.root().join("target/pylon/pylon.wasm");
    if !pylon.is_file() {
        bail!("there is no target/pylon/pylon.wasm yet\nhint: run `cargo xtask compose`");
    }
    let program = composectl::build(session.cargo_options())?;
    // Flags of composectl come first, and clap leaves us the `--` only where something precedes it.
    let split = args.args.iter().position(|arg| arg == "--");
    let (flags, rest) = match split {
        Some(at) => (&args.args[..at], &args.args[at + 1..]),
        None => (&[][..], args.args.as_slice()),
    };
    let error =
        Command::new(&program).arg("run").args(flags).arg(&pylon).arg("--").args(rest).exec();
    bail!("cannot start {}: {error}", program.display())
}
