//! pylon-wamr, a real WAMR as a program: xtask builds it with cargo and runs flat images by it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::cargo::{CargoOptions, Program};

/// Bytes of stack that images are made for: MicroPython's own limit is reached before.
pub const STACK_SIZE: u32 = 1 << 20;

static PROGRAM: Program = Program::new("pylon-wamr");

/// Builds pylon-wamr if cargo finds that it is not up to date; returns its path.
pub fn build(options: CargoOptions) -> Result<PathBuf> {
    PROGRAM.build(options)
}

/// pylon-wamr (or iwasm) running an image with the stack that it needs. Grants go in front, so `flags` are taken here.
pub fn command<'a>(
    program: &Path,
    flags: impl IntoIterator<Item = &'a str>,
    image: &Path,
) -> Command {
    let mut command = Command::new(program);
    command.arg(format!("--stack-size={STACK_SIZE}")).args(flags).arg(image);
    command
}
