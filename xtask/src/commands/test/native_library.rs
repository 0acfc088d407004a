//! Vendor libraries as C tests in native processes are linked with: compiled once for all tests and runs, by the script that
//! compiles them where a test is run by hand.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::manifest::VendorRecipe;
use crate::source_files;

/// Compiles one, by `build_library.sh NAME OUTPUT_FOLDER SOURCE_FOLDER`; takes the result of this step from `PYLON_NATIVE`.
pub const SCRIPT: &str = "caps/common/tests/build_library.sh";

/// `<name>.a`, for this machine.
#[derive(Clone, Debug)]
pub struct NativeLibrary {
    pub recipe: VendorRecipe,
    pub source: Artifact,
    /// `CFLAGS`.
    pub flags: String,
}

impl NativeLibrary {
    fn own_headers(&self, cx: &Context) -> Result<Vec<PathBuf>> {
        let folder = cx.root().join(&self.recipe.dir);
        let files = source_files::below(&folder)?;
        Ok(files.into_iter().map(|file| folder.join(file)).collect())
    }
}

impl Step for NativeLibrary {
    const KIND: &'static str = "native";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("library {} for tests", self.recipe.name)
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.artifact("source", &self.source);
        inputs.text("flags", &self.flags);
        inputs.text("compiler", compiler_version()?);
        inputs.file(&cx.root().join(SCRIPT))?;
        self.own_headers(cx)?.iter().try_for_each(|file| inputs.file(file))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let made = work.scratch()?.join("made");
        let name = &self.recipe.name;
        work.process("sh")
            .current_dir(cx.root())
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("CC", compiler())
            .env("CFLAGS", &self.flags)
            .arg(SCRIPT)
            .arg(name)
            .arg(&made)
            .arg(self.source.dir.join(&self.recipe.source_root))
            .run()?;
        let library = format!("{name}.a");
        fs::copy(made.join(&library), work.out().join(&library))
            .map(drop)
            .context("cannot copy the library")
    }
}

/// `CC`, else `cc`.
pub fn compiler() -> String {
    std::env::var("CC").unwrap_or_else(|_| "cc".to_owned())
}

fn compiler_version() -> Result<String> {
    let output = Command::new("sh")
        .args(["-c", &format!("{} --version", compiler())])
        .output()
        .context("cannot start sh")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
