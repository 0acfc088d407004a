//! What is tested: pylon.wasm with every cap, out of the step engine, and composectl to run it. Built when the
//! first test needs it; `target/pylon` and the user's switches have no part in it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::cli;
use crate::commands::{Session, compose};
use crate::composectl::{self, CargoOptions};
use crate::pylon::{Pylon, Recipe};

pub struct Subject<'a> {
    pub session: &'a Session,
    built: OnceLock<Result<Built, String>>,
}

/// Where the subject is.
pub struct Built {
    pub composectl: PathBuf,
    pub pylon: PathBuf,
    /// `(file name, path)` of python.wasm and each cap's component.
    pub parts: Vec<(String, PathBuf)>,
}

impl<'a> Subject<'a> {
    pub fn new(session: &'a Session) -> Subject<'a> {
        Subject { session, built: OnceLock::new() }
    }

    /// What `cargo xtask compose` builds in an environment without switches.
    fn recipe(&self) -> Result<Recipe> {
        let args = cli::Compose {
            profile: crate::manifest::profile::DEFAULT.to_owned(),
            output: None,
            no_snapshot: false,
            component: Vec::new(),
            switches: Vec::new(),
        };
        compose::recipe(self.session.workspace()?, &args, std::iter::empty())
    }

    /// Builds on the first call; who comes meanwhile waits.
    pub fn built(&self) -> Result<&Built> {
        let built = self.built.get_or_init(|| self.build().map_err(|error| format!("{error:#}")));
        built.as_ref().map_err(|error| anyhow!("{error}"))
    }

    fn build(&self) -> Result<Built> {
        let cx = self.session.context()?;
        let pylon = Pylon::new(cx, self.session.workspace()?, &self.recipe()?)?;
        let options = CargoOptions { quiet: true, ..self.session.cargo_options() };
        let built = Built {
            pylon: cx.ensure(&pylon)?.path("pylon.wasm"),
            parts: pylon.parts(cx)?,
            composectl: composectl::build(options)?,
        };
        // So that no test's time has it in.
        let output = Command::new(&built.composectl)
            .arg("precompile")
            .arg(&built.pylon)
            .output()
            .context("cannot start composectl")?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "composectl cannot compile pylon.wasm: {text}");
        Ok(built)
    }

    /// `composectl run`, still without grants, the file and arguments.
    pub fn composectl(&self) -> Result<Command> {
        let mut command = Command::new(&self.built()?.composectl);
        command.arg("run");
        Ok(command)
    }
}
