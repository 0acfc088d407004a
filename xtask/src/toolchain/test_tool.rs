//! Programs that only tests use: Debian packages, unpacked as they are.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::assemble::{self, Packages};
use super::debian::{Pins, Role};
use crate::graph::{Artifact, Context, Inputs, Step, Work};

/// The packages of one role, unpacked into one folder.
#[derive(Clone, Debug)]
pub struct TestTool {
    pins: Pins,
    role: Role,
}

impl TestTool {
    /// The tool of the checkout's pins.
    pub fn new(cx: &Context, role: Role) -> Result<TestTool> {
        Ok(TestTool { pins: Pins::load(cx.root())?, role })
    }

    /// Why it cannot be had on this machine, if so.
    pub fn unavailable(&self) -> Option<String> {
        self.pins.unavailable(self.role)
    }

    /// Fetches and unpacks it, if need be, and says how to start one of its programs.
    pub fn program(&self, cx: &Context, name: &str) -> Result<Program> {
        let folder = cx.ensure_files(self)?.dir;
        Ok(Program {
            path: folder.join("usr/bin").join(name),
            libraries: ["usr/lib", "lib"]
                .map(|lib| folder.join(lib).join("x86_64-linux-gnu"))
                .into_iter()
                .filter(|folder| folder.is_dir())
                .collect(),
        })
    }

    fn packages(&self, cx: &Context) -> Result<Artifact> {
        cx.ensure(&Packages { pins: self.pins.clone(), role: self.role })
    }
}

impl Step for TestTool {
    const KIND: &'static str = "unpack";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.role.describe().to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("packages", &self.packages(cx)?);
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        assemble::unpack(work, &self.packages(cx)?, work.out())
    }
}

/// A program with libraries of its own beside it.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    libraries: Vec<PathBuf>,
}

impl Program {
    /// The program, still without arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if let Ok(libraries) = std::env::join_paths(&self.libraries)
            && !libraries.is_empty()
        {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }
}
