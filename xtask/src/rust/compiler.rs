//! Which Rust compiles caps: the machine's, by which xtask was compiled, or Debian's where that cannot.

use std::path::Path;

use anyhow::{Result, bail};

use super::debian::DebianRust;
use super::rustc::Rustc;
use crate::graph::{Context, Inputs};

/// What compiles the crates of caps.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// The machine's, with the target.
    Machine,
    Debian(DebianRust),
}

impl Compiler {
    /// The machine's, to which rustup adds the target if it is not there; Debian's where the machine's is not rustup's and
    /// lacks it.
    ///
    /// Fails where neither can be had.
    pub fn choose(cx: &Context) -> Result<Compiler> {
        let rustc = Rustc::find()?;
        if rustc.has_target() || rustc.is_of_rustup() {
            rustc.ensure_target(cx)?;
            return Ok(Compiler::Machine);
        }
        let debian = DebianRust::new(cx.root())?;
        match debian.unavailable() {
            Some(why) => bail!(
                "{}\nDebian's packages, which are fetched otherwise: {why}",
                rustc.lacks_target()
            ),
            None => Ok(Compiler::Debian(debian)),
        }
    }

    /// Has it ready, so that it is there without the network.
    pub fn provide(&self, cx: &Context) -> Result<()> {
        match self {
            Compiler::Machine => Ok(()),
            Compiler::Debian(debian) => cx.ensure(debian).map(drop),
        }
    }

    /// Declares it as an input of a step.
    pub fn input(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        match self {
            Compiler::Machine => Rustc::find()?.input(inputs),
            Compiler::Debian(debian) => inputs.artifact("rust", &cx.ensure(debian)?),
        }
        Ok(())
    }

    pub fn rustc(&self, cx: &Context) -> Result<Rustc> {
        match self {
            Compiler::Machine => Rustc::find(),
            Compiler::Debian(debian) => debian.rustc(cx),
        }
    }
}

/// Whether caps in Rust can be compiled as this machine is, without a hand of the user's; or why not.
pub fn is_there(root: &Path) -> (bool, String) {
    let rustc = match Rustc::find() {
        Ok(rustc) => rustc,
        Err(error) => return (false, format!("{error:#}")),
    };
    let of_debian = || DebianRust::new(root).is_ok_and(|debian| debian.unavailable().is_none());
    let found = rustc.has_target() || (!rustc.is_of_rustup() && of_debian());
    (found, rustc.lacks_target())
}
